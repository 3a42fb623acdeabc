"""Reads of sittings, attempts and the answer log.

Nothing here hides keys: pages show items through question_bank's pupil_view until keys_visible().
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from question_bank.model import Item
from quiz.attempts import rules
from quiz.attempts.models import Attempt, AttemptStatus, Counting, ItemResponse, Sitting
from quiz.attempts.rules import mark_paper
from quiz.errors import NotFoundError
from quiz.items.catalogue import Catalogue

CLOSED = (AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED)

#: Versions never change, so reading them needs no look at the bank's revision.
_VERSIONS = Catalogue(revision=0, pools={})


def get_attempt(session: Session, public_id: str, user_id: int) -> Attempt:
    """The user's own attempt with its sitting; NotFoundError when there is none or it is someone else's."""
    query = sa.select(Attempt).where(Attempt.public_id == public_id, Attempt.user_id == user_id)
    found = session.scalar(query.options(joinedload(Attempt.sitting)))
    if found is None:
        raise NotFoundError("没有找到这次答题。")
    return found


def answering_until(session: Session, sitting: Sitting, now: datetime) -> datetime | None:
    """Until when somebody may still answer, or begin, a paper of a sitting's specification, its grace included.

    Papers of other groups are drawn by the same specification, often from the same items, and their windows may be later.
    None when nobody may. Attempts that are over and wait for the sweep to close them do not count: they take no answers.
    """
    beside = (Sitting.paper_spec_id == sitting.paper_spec_id, Sitting.cancelled_at.is_(None))
    open_attempts = sa.select(sa.func.max(Attempt.deadline_at)).where(
        Attempt.sitting_id.in_(sa.select(Sitting.id).where(*beside)), Attempt.status == AttemptStatus.IN_PROGRESS
    )
    windows = sa.select(sa.func.max(Sitting.closes_at)).where(*beside, Sitting.closes_at > now)
    found = session.execute(sa.select(open_attempts.scalar_subquery(), windows.scalar_subquery())).one()
    until = max((moment for moment in found if moment is not None), default=None)
    until = until and until + timedelta(seconds=sitting.grace_seconds)
    return until if until is not None and until >= now else None


def keys_visible_from(session: Session, attempt: Attempt, now: datetime) -> datetime | None:
    """When the owner of a closed attempt may see its keys, as far as that is known now (rules.keys_visible_from)."""
    return rules.keys_visible_from(attempt.sitting, attempt, answering_until(session, attempt.sitting, now))


def keys_visible(session: Session, attempt: Attempt, now: datetime) -> bool:
    """Whether the owner of an attempt may see its keys now: released, and nobody still answers (answering_until)."""
    return rules.keys_visible(attempt.sitting, attempt, now, answering_until(session, attempt.sitting, now))


def item_at(session: Session, entry: Mapping[str, Any]) -> Item:
    """The item version of one entry of a paper snapshot, key included."""
    return _VERSIONS.get(session, entry["item_id"], entry["version"])


def paper_items(session: Session, paper: Sequence[Mapping[str, Any]]) -> dict[int, Item]:
    """The item versions of a paper snapshot by position, keys included."""
    return {entry["position"]: item_at(session, entry) for entry in paper}


class LogState(NamedTuple):
    """What the answer log says at one moment."""

    answers: dict[int, list[str]]  # current choices by position; cleared positions are left out
    last_seq: int

    @property
    def answered(self) -> int:
        """How many positions hold an answer."""
        return len(self.answers)


_LATEST = (
    sa.select(sa.func.max(ItemResponse.seq).label("seq"))
    .where(ItemResponse.attempt_id == sa.bindparam("attempt_id"))
    .group_by(ItemResponse.position)
    .subquery()
)
_STATE = sa.select(ItemResponse.position, ItemResponse.seq, ItemResponse.choices).join(
    _LATEST, sa.and_(ItemResponse.attempt_id == sa.bindparam("attempt_id"), ItemResponse.seq == _LATEST.c.seq)
)


def log_state(session: Session, attempt_id: int) -> LogState:
    """The current answers and the highest number."""
    rows = session.execute(_STATE, {"attempt_id": attempt_id}).all()
    answers = {row.position: list(row.choices) for row in sorted(rows, key=lambda row: row.position) if row.choices}
    return LogState(answers, max((row.seq for row in rows), default=0))


def current_answers(session: Session, attempt_id: int) -> dict[int, list[str]]:
    """The choices that stand now, by position; positions without an answer are left out."""
    return log_state(session, attempt_id).answers


def last_seq(session: Session, attempt_id: int) -> int:
    """The highest sequence number stored for an attempt; 0 before the first."""
    return session.scalar(sa.select(sa.func.max(ItemResponse.seq)).where(ItemResponse.attempt_id == attempt_id)) or 0


class CountedAttempt(NamedTuple):
    """The attempt that counts for one user in one sitting; score in hundredths."""

    sitting_id: int
    user_id: int
    attempt_id: int
    school_id: int
    class_id: int
    score: int
    elapsed_seconds: int
    number: int


def counted_attempts(
    session: Session, sitting_ids: Sequence[int], *, class_id: int | None = None, closed_by: datetime | None = None
) -> list[CountedAttempt]:
    """The counting attempt of every user who has closed one, by each sitting's policy.

    Best: highest score, then fewest seconds, then the earlier one. Open and voided attempts never count. With
    ``class_id`` only the counting attempts that were made in that class: who has changed classes since the
    first of two attempts is found where the counting one was made. With ``closed_by`` as it was at that time.
    """
    is_best, is_last = Sitting.counting == Counting.BEST, Sitting.counting == Counting.LAST
    order = (
        sa.case((is_best, -Attempt.score), (is_last, -Attempt.number), else_=Attempt.number),
        sa.case((is_best, Attempt.elapsed_seconds), else_=0),
        Attempt.number,
    )
    place = sa.func.row_number().over(partition_by=(Attempt.sitting_id, Attempt.user_id), order_by=order)
    columns = (
        Attempt.sitting_id, Attempt.user_id, Attempt.id, Attempt.school_id, Attempt.class_id, Attempt.score,
        Attempt.elapsed_seconds, Attempt.number,
    )  # fmt: skip
    closed: tuple[sa.ColumnElement[bool], ...] = (Attempt.sitting_id.in_(sitting_ids), Attempt.status.in_(CLOSED))
    if closed_by is not None:
        closed = (*closed, Attempt.closed_at <= closed_by)
    candidates = (
        sa.select(*columns, place.label("place")).join(Sitting, Sitting.id == Attempt.sitting_id).where(*closed)
    )
    if class_id is not None:
        candidates = candidates.where(
            Attempt.user_id.in_(sa.select(Attempt.user_id).where(*closed, Attempt.class_id == class_id))
        )
    ranked = candidates.subquery()
    query = sa.select(*list(ranked.c)[:-1]).where(ranked.c.place == 1)
    if class_id is not None:
        query = query.where(ranked.c.class_id == class_id)
    return [CountedAttempt(*row) for row in session.execute(query)]


def counts(session: Session, sitting_ids: Sequence[int]) -> dict[int, dict[AttemptStatus, int]]:
    """How many attempts of each status every sitting has."""
    found: dict[int, dict[AttemptStatus, int]] = {}
    rows = session.execute(
        sa.select(Attempt.sitting_id, Attempt.status, sa.func.count())
        .where(Attempt.sitting_id.in_(sitting_ids))
        .group_by(Attempt.sitting_id, Attempt.status)
    )
    for sitting_id, status, count in rows:
        found.setdefault(sitting_id, {})[status] = count
    return found


@dataclass(frozen=True)
class Difference:
    """A closed attempt whose stored score or marks are not what its log gives; scores in hundredths."""

    attempt_id: int
    stored: int | None
    recomputed: int
    marks: list[dict[str, Any]]


def differences(session: Session, sitting_id: int | None = None) -> Iterator[Difference]:
    """Recompute closed attempts (of one sitting, or all) from the answer log; yields those that differ.

    Attempts whose log was erased after its time (retention) have nothing left to recompute from and are passed over.
    """
    query = sa.select(
        Attempt.id, Attempt.paper, Attempt.score, Attempt.marks, Attempt.rules_version
    ).where(Attempt.status.in_(CLOSED), Attempt.reduced_at.is_(None)).order_by(Attempt.id)  # fmt: skip
    if sitting_id is not None:
        query = query.where(Attempt.sitting_id == sitting_id)
    last = 0
    while rows := session.execute(query.where(Attempt.id > last).limit(500)).all():
        answers = answers_of_many(session, [row.id for row in rows])
        for row in rows:
            items = paper_items(session, row.paper)
            score, marks = mark_paper(row.paper, answers.get(row.id, {}), items, row.rules_version)
            if (score, marks) != (row.score, row.marks):
                yield Difference(row.id, row.score, score, marks)
        last = rows[-1].id


def count_reduced(session: Session) -> int:
    """How many attempts have no answer log any more (retention)."""
    return session.scalar(sa.select(sa.func.count()).where(Attempt.reduced_at.is_not(None))) or 0


def answers_of_many(session: Session, attempt_ids: Sequence[int]) -> dict[int, dict[int, list[str]]]:
    """The last choices of many attempts by attempt and position, read in one query; cleared positions are empty."""
    query = (
        sa.select(ItemResponse.attempt_id, ItemResponse.position, ItemResponse.choices)
        .where(ItemResponse.attempt_id.in_(attempt_ids))
        .order_by(ItemResponse.seq)
    )
    found: dict[int, dict[int, list[str]]] = {}
    for attempt_id, position, choices in session.execute(query):
        found.setdefault(attempt_id, {})[position] = choices
    return found
