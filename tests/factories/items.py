"""Items for tests: what an author would write, and drafts taken as far as a test needs them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from question_bank.model import Choice, GradeBand, Item, ItemKind
from quiz.accounts.rules import Actor
from quiz.db import db
from quiz.items.editing import services
from quiz.items.editing.models import ItemDraft
from quiz.items.editing.rules import DraftStep

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)

SOUND = Item(
    id="",
    kind=ItemKind.SINGLE,
    topic="refusal",
    subtopic="saying-no",
    stem="夏令营里，新认识的营员劝你尝他自己卷的烟丝。哪种回答合适？",
    choices=(
        Choice("a", "就尝这一回", misconception="first-time-safe"),
        Choice("b", "谢谢，我不要"),
        Choice("c", "你先我再来"),
        Choice("d", "留着明天吸"),
    ),
    answer_key=("b",),
    explanation="说“谢谢，我不要”，然后离开。来历不明的东西可能有害。",
    bands=(GradeBand.JUNIOR, GradeBand.SENIOR, GradeBand.ADULT),
    difficulty=2,
    sources=("fact:JQ-03",),
)


def actor(user_id: int) -> Actor:
    """Somebody who acts in a service call."""
    return Actor(user_id, "x", "x", "staff", "s", 1)


def a_draft(session: Session, author: int, **changes: Any) -> ItemDraft:
    """A draft of a new item, as far as its author wrote it."""
    return services.create_draft(session, actor=actor(author), content=replace(SOUND, **changes), now=NOW)


def step(session: Session, draft: ItemDraft, who: int, wanted: DraftStep, comment: str = "") -> ItemDraft:
    """Somebody takes a step with a draft as it is now."""
    return services.take_step(
        session, actor=actor(who), public_id=draft.public_id, step=wanted, revision=draft.revision, comment=comment,
        now=NOW,
    )  # fmt: skip


def published(app: Flask, author: int, first: int, second: int, **changes: Any) -> str:
    """The id of a new item that three people brought through."""
    with app.app_context():
        draft = a_draft(db.session, author, **changes)
        for who, wanted in (
            (author, DraftStep.SUBMIT), (first, DraftStep.CONFIRM_SOURCE), (second, DraftStep.CONFIRM_SAFETY),
        ):  # fmt: skip
            draft = step(db.session, draft, who, wanted)
        db.session.commit()
        assert draft.item_id is not None
        return draft.item_id
