"""Writes of practice: start a run, take an answer, keep the notebook and the review cards."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.kinds import BadResponse, MarkingPolicy, kind_of
from question_bank.model import Item as BankItem
from quiz.accounts.models import User
from quiz.db import Base, insert_into
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.items import catalogue
from quiz.items.rules import PoolItem
from quiz.practice import queries, scheduling
from quiz.practice.models import Mistake, PracticeAnswer, PracticeRun, PracticeSource, ReviewCard, ReviewLog
from quiz.practice.rules import RUN_LENGTH, MistakeState, Outcome, after_answer, choose, outcome_of, school_day

RESUME_WITHIN = timedelta(hours=24)
POINTS = 100


def start_run(
    session: Session,
    *,
    user_id: int,
    source: PracticeSource,
    topic: str | None,
    band: str,
    now: datetime,
    rng: random.Random,
) -> PracticeRun:
    """A new run of up to ten items, or the same kind of run begun within a day and not finished.

    Raises ConflictError when there is nothing to practise.
    """
    session.execute(sa.select(User.id).where(User.id == user_id).with_for_update())  # a double tap starts one run
    same = sa.select(PracticeRun).where(
        PracticeRun.user_id == user_id,
        PracticeRun.source == source,
        PracticeRun.topic.is_(None) if topic is None else PracticeRun.topic == topic,
        PracticeRun.finished_at.is_(None),
        PracticeRun.started_at >= now - RESUME_WITHIN,
    )
    if run := session.scalar(same.order_by(PracticeRun.id.desc()).limit(1)):
        return run
    chosen = _choose(session, user_id=user_id, source=source, topic=topic, band=band, now=now, rng=rng)
    if not chosen:
        raise ConflictError("这里暂时没有可以练的题目。回到练习页，换一个主题。")
    run = PracticeRun(
        user_id=user_id, source=source, topic=topic, items=_snapshot(session, chosen, rng), started_at=now
    )
    session.add(run)
    session.flush()
    return run


def _choose(
    session: Session,
    *,
    user_id: int,
    source: PracticeSource,
    topic: str | None,
    band: str,
    now: datetime,
    rng: random.Random,
) -> list[PoolItem]:
    if source == PracticeSource.REVIEW:
        return queries.due_items(session, user_id=user_id, now=now)[:RUN_LENGTH]
    if source == PracticeSource.MISTAKES:
        found = [mistake.item for mistake in queries.open_mistakes(session, user_id=user_id)]
        return [item for item in found if topic in (None, item.topic)][:RUN_LENGTH]
    pool = [item for item in catalogue.load(session).pool(band) if topic in (None, item.topic)]
    return choose(pool, queries.last_outcomes(session, user_id), rng)


def _snapshot(session: Session, chosen: Sequence[PoolItem], rng: random.Random) -> list[dict[str, object]]:
    """The run's items with this run's order of choices."""
    bank = catalogue.load(session)
    contents = [(entry, bank.get(session, entry.item_id, entry.version)) for entry in chosen]
    return [
        {
            "position": position,
            "item_id": entry.item_id,
            "version": entry.version,
            "order": list(kind_of(content).shuffle(content, rng)),
        }
        for position, (entry, content) in enumerate(contents, 1)
    ]


def run_item(session: Session, run: PracticeRun, position: int) -> tuple[BankItem, list[str]]:
    """Content and order of choices at a position; NotFoundError when the run has no such position."""
    if not 1 <= position <= len(run.items):
        raise NotFoundError("这次练习没有这一题。")
    entry = run.items[position - 1]
    return catalogue.load(session).get(session, entry["item_id"], entry["version"]), entry["order"]


def answer(
    session: Session, *, run: PracticeRun, position: int, choices: Sequence[str], now: datetime
) -> PracticeAnswer:
    """Mark and keep the first answer to a position; a repeat returns what was kept and changes nothing.

    Raises DomainError (field ``choices``) when nothing, or nothing that the item offers, was picked.
    """
    item, _order = run_item(session, run, position)
    kind = kind_of(item)
    try:
        response = kind.parse_response(list(choices), item)
    except BadResponse:
        raise DomainError("请从这道题的选项里选。", field="choices") from None
    if not response:
        raise DomainError("先选一个答案，再看解析。", field="choices")
    outcome = outcome_of(kind.mark(item, response, POINTS, MarkingPolicy()).awarded, POINTS)
    values = {
        "run_id": run.id, "position": position, "user_id": run.user_id, "item_id": item.id,
        "choices": list(response), "outcome": outcome.value, "answered_at": now,
    }  # fmt: skip
    if _insert_once(session, PracticeAnswer, values):
        take_answer(session, user_id=run.user_id, item_id=item.id, outcome=outcome, now=now)
        _finish_if_complete(session, run, now)
    return session.scalars(
        sa.select(PracticeAnswer).where(PracticeAnswer.run_id == run.id, PracticeAnswer.position == position)
    ).one()


def take_answer(session: Session, *, user_id: int, item_id: str, outcome: Outcome, now: datetime) -> None:
    """Let an answer given now change the notebook and, where the item has ever been missed, its review card."""
    mistake = note(session, user_id=user_id, item_id=item_id, outcome=outcome, at=now)
    if mistake is not None:
        _review(session, user_id=user_id, item_id=item_id, outcome=outcome, now=now)


def note(session: Session, *, user_id: int, item_id: str, outcome: Outcome, at: datetime) -> Mistake | None:
    """Apply an answer to the notebook (rules.after_answer); returns the item's mistake, if it has one."""
    row = _mistake(session, user_id, item_id)
    state = after_answer(None if row is None else _state(row), outcome, at)
    if state is None:
        return None
    if row is None:
        inserted = _insert_once(session, Mistake, {"user_id": user_id, "item_id": item_id, **state.__dict__})
        row = _mistake(session, user_id, item_id)
        if inserted or row is None:
            return row
        state = after_answer(_state(row), outcome, at) or state  # another answer opened it meanwhile
    for name, value in state.__dict__.items():
        setattr(row, name, value)
    session.flush()
    return row


def collect(session: Session, *, user_id: int, item_id: str, at: datetime, now: datetime) -> None:
    """Note a wrong contest answer given ``at``; its review card, if there was none, begins ``now``."""
    note(session, user_id=user_id, item_id=item_id, outcome=Outcome.WRONG, at=at)
    which = sa.select(ReviewCard.id).where(ReviewCard.user_id == user_id, ReviewCard.item_id == item_id)
    if session.scalar(which) is None:
        _review(session, user_id=user_id, item_id=item_id, outcome=Outcome.WRONG, now=now)


def _review(session: Session, *, user_id: int, item_id: str, outcome: Outcome, now: datetime) -> None:
    """Review the item's card, once a school day; the first time makes the card."""
    which = sa.select(ReviewCard).where(ReviewCard.user_id == user_id, ReviewCard.item_id == item_id)
    card = session.scalar(which.with_for_update())
    if card is None:
        card = scheduling.new_card(user_id=user_id, item_id=item_id, outcome=outcome, now=now)
        session.add(card)
        session.flush()
        _log(session, card.id, outcome, now)
    elif _log(session, card.id, outcome, now):
        scheduling.review(card, outcome, now)
        session.flush()


def _log(session: Session, card_id: int, outcome: Outcome, now: datetime) -> bool:
    """Write a review to the log; False when the card has already been reviewed today."""
    values = {
        "card_id": card_id, "rating": int(scheduling.RATINGS[outcome]),
        "reviewed_on": school_day(now), "reviewed_at": now,
    }  # fmt: skip
    return _insert_once(session, ReviewLog, values)


def _mistake(session: Session, user_id: int, item_id: str) -> Mistake | None:
    return session.scalar(
        sa.select(Mistake).where(Mistake.user_id == user_id, Mistake.item_id == item_id).with_for_update()
    )


def _state(row: Mistake) -> MistakeState:
    return MistakeState(**{name: getattr(row, name) for name in MistakeState.__dataclass_fields__})


def _finish_if_complete(session: Session, run: PracticeRun, now: datetime) -> None:
    answered = session.scalar(sa.select(sa.func.count(PracticeAnswer.id)).where(PracticeAnswer.run_id == run.id))
    if answered == len(run.items):
        run.finished_at = now
        session.flush()


def _insert_once(session: Session, model: type[Base], values: dict[str, object]) -> bool:
    """Insert unless a unique constraint already holds such a row; says whether a row was written."""
    primary_key = sa.inspect(model).primary_key[0]
    statement = insert_into(session, model).values(**values).on_conflict_do_nothing().returning(primary_key)
    return session.scalar(statement) is not None
