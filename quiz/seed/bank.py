"""The editors' desk of the demonstration: drafts at every stage, and a reported problem."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Choice, ChoiceGrade, GradeBand, Item, ItemKind
from quiz.accounts.models import User
from quiz.accounts.rules import Actor
from quiz.items.concerns.services import report_item
from quiz.items.editing.models import ItemDraft
from quiz.items.editing.rules import DraftStep
from quiz.items.editing.services import create_draft, edit_item, take_step

_UPPER = (GradeBand.JUNIOR, GradeBand.SENIOR, GradeBand.ADULT)
_SCENARIO = Item(
    id="",
    kind=ItemKind.SCENARIO,
    topic="refusal",
    subtopic="saying-no",
    stem="校运会后，邻校选手递来一支“能量棒”，包装上没有一个汉字。你怎么做最好？",
    choices=(
        Choice("a", "说“谢谢，我不吃”，去找带队老师", None, ChoiceGrade.BEST, "拒绝清楚，大人也知道了。"),
        Choice("b", "收下来不吃，放进自己的书包里", None, ChoiceGrade.ACCEPTABLE, "没有吃是对的，不收更安全。"),
        Choice("c", "先咬一小口，看看是什么味道", "first-time-safe", ChoiceGrade.DANGEROUS, "一小口也可能出问题。"),
    ),
    answer_key=(),
    explanation="说“谢谢，我不吃”，再告诉带队老师。看不懂来历的东西，不吃也不收。",
    bands=_UPPER,
    difficulty=2,
    sources=("fact:JQ-01", "fact:JQ-03"),
)
_SINGLE = Item(
    id="",
    kind=ItemKind.SINGLE,
    topic="refusal",
    subtopic="help-and-reporting",
    stem="想举报毒品违法行为，又怕说不清楚，先做哪一步最合适？",
    choices=(
        Choice("a", "先告诉家长，由大人一起去反映"),
        Choice("b", "先自己跟上去，多看几天再说"),
        Choice("c", "先发到班级群里，让大家评理"),
        Choice("d", "先去当面问问，他是不是那样"),
    ),
    answer_key=("a",),
    explanation="先告诉家长，由大人打110或去反映。举报人的信息会依法保密。",
    bands=_UPPER,
    difficulty=2,
    sources=("fact:JQ-11",),
)


def has_desk(session: Session) -> bool:
    """Whether the drafts of the demonstration are there."""
    editor = sa.select(User.id).where(User.username_key == "demo-editor")
    return session.scalar(sa.select(ItemDraft.id).where(ItemDraft.created_by.in_(editor)).limit(1)) is not None


def play_desk(session: Session, *, pupil: int, now: datetime) -> None:
    """Let the demonstration's editors work: one draft at each stage, one report of a pupil."""
    writer, checker = _staff(session, "demo-editor"), _staff(session, "demo-checker")
    create_draft(session, actor=writer, content=replace(_SINGLE, explanation="", sources=()), now=now)
    waiting = create_draft(session, actor=writer, content=_SCENARIO, now=now)
    _step(session, waiting, writer, DraftStep.SUBMIT, now)
    halfway = edit_item(session, actor=writer, item_id="refusal-0001", now=now)
    halfway.content = {**halfway.content, "difficulty": 3}
    _step(session, halfway, writer, DraftStep.SUBMIT, now)
    _step(session, halfway, checker, DraftStep.CONFIRM_SOURCE, now)
    reporter = Actor(pupil, "", "", "pupil", "", 1)
    report_item(session, actor=reporter, item_id="refusal-0002", kind="unclear", text="第三个选项有点看不懂。", now=now)
    session.flush()


def _staff(session: Session, username: str) -> Actor:
    user = session.scalars(sa.select(User).where(User.username_key == username)).one()
    return Actor(user.id, user.public_id, user.name, "staff", "", 1)


def _step(session: Session, draft: ItemDraft, actor: Actor, step: DraftStep, now: datetime) -> None:
    take_step(
        session, actor=actor, public_id=draft.public_id, step=step, revision=draft.revision, comment="", now=now
    )  # fmt: skip
