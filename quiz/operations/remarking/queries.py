"""Reads of re-marks: which items can be marked again, what is under way, who is in a report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from quiz.accounts.models import User
from quiz.attempts.models import Attempt, Sitting
from quiz.attempts.queries import CLOSED, item_at
from quiz.contests.models import Contest
from quiz.contests.remarks.models import OPEN_STATES, Remark, RemarkChange
from quiz.errors import NotFoundError
from quiz.items.models import Item, ItemVersion
from quiz.jobs.models import Job
from quiz.jobs.queries import latest_job
from quiz.operations.remarking.rules import Result
from quiz.regions.models import School, SchoolClass

CHUNK = 5000


@dataclass(frozen=True)
class Correction:
    """An item that was corrected after a contest began: by this version its papers may be marked again."""

    item_id: str
    version: int
    stem: str
    published_at: datetime


def corrections(session: Session, contest: Contest) -> list[Correction]:
    """Items of the contest's bands with a version newer than the contest's beginning, the latest first."""
    opens = min(group.sitting.opens_at for group in contest.groups)
    bands = {group.sitting.band for group in contest.groups}
    query = (
        sa.select(Item.id, Item.bands, ItemVersion.version, ItemVersion.content, ItemVersion.published_at)
        .join(ItemVersion, sa.and_(ItemVersion.item_id == Item.id, ItemVersion.version == Item.current_version))
        .where(Item.current_version > 1, ItemVersion.published_at > opens)
        .order_by(ItemVersion.published_at.desc(), Item.id)
        .limit(200)
    )
    return [
        Correction(row.id, row.version, str(row.content["stem"]), row.published_at)
        for row in session.execute(query)
        if bands & set(row.bands)
    ]


@dataclass(frozen=True)
class KeyChange:
    """What the second person judges: the question, and its key before and after, in words."""

    stem: str
    before: str
    after: str


def key_change(session: Session, remark: Remark) -> KeyChange:
    """The corrected version against the one before it."""
    new = item_at(session, {"item_id": remark.item_id, "version": remark.version})
    old = item_at(session, {"item_id": remark.item_id, "version": max(1, remark.version - 1)})
    return KeyChange(new.stem, key_in_words(old), key_in_words(new))


def key_in_words(item: BankItem) -> str:
    """The key as people read it: the texts of the right choices, or the values of blanks, orders and pairs."""
    best = [choice.text for choice in item.choices if choice.id in item.answer_key or choice.grade == "best"]
    is_chosen = item.kind in {"single", "multiple", "true_false", "scenario"}
    return " · ".join(best if is_chosen and best else map(str, item.answer_key))


def remarks_of(session: Session, contest: Contest) -> list[Remark]:
    """The re-marks of a contest, the latest first."""
    query = sa.select(Remark).where(Remark.contest_id == contest.id).order_by(Remark.id.desc())
    return list(session.scalars(query))


def get_remark(session: Session, contest: Contest, public_id: str) -> Remark:
    """One re-mark of the contest; else NotFoundError."""
    query = sa.select(Remark).where(Remark.contest_id == contest.id, Remark.public_id == public_id)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这次重新判分。")
    return found


def open_remark(session: Session, contest: Contest) -> Remark | None:
    """The re-mark under way, if there is one."""
    return session.scalar(sa.select(Remark).where(Remark.contest_id == contest.id, Remark.state.in_(OPEN_STATES)))


def job_of(session: Session, remark: Remark) -> Job | None:
    """The latest background job of a re-mark, for its progress."""
    return latest_job(session, *(f"remark:{remark.id}:{step}" for step in ("count", "apply")))


def results(session: Session, sitting: Sitting) -> list[Result]:
    """Every closed attempt of a sitting with its stored score."""
    query = sa.select(
        Attempt.sitting_id, Attempt.id, Attempt.user_id, Attempt.number, Attempt.score, Attempt.elapsed_seconds
    ).where(Attempt.sitting_id == sitting.id, Attempt.status.in_(CLOSED))
    return [Result(*row[:4], row.score or 0, row.elapsed_seconds or 0) for row in session.execute(query)]


def applied_changes(session: Session, remark: Remark) -> dict[int, tuple[int, int]]:
    """Attempt → (score before, score after) of what has been applied."""
    query = sa.select(RemarkChange.attempt_id, RemarkChange.before, RemarkChange.after)
    rows = session.execute(query.where(RemarkChange.remark_id == remark.id, RemarkChange.is_applied))
    return {attempt_id: (before, after) for attempt_id, before, after in rows}


@dataclass(frozen=True)
class Person:
    """Whom a line of the report is about, as of the attempt's start."""

    name: str
    class_id: int
    class_name: SchoolClass
    school: str


def people(session: Session, remark: Remark, contest: Contest, user_ids: Iterable[int]) -> dict[int, Person]:
    """Names and places of pupils in a report, by user id."""
    sittings = [group.sitting_id for group in contest.groups]
    query = (
        sa.select(Attempt.user_id, User.name, Attempt.class_id, SchoolClass, School.name.label("school"))
        .join(User, User.id == Attempt.user_id)
        .join(SchoolClass, SchoolClass.id == Attempt.class_id)
        .join(School, School.id == Attempt.school_id)
        .where(Attempt.sitting_id.in_(sittings), Attempt.user_id.in_(list(user_ids)))
    )
    return {row.user_id: Person(row.name, row.class_id, row.SchoolClass, row.school) for row in session.execute(query)}


def change_rows(session: Session, remark: Remark) -> Sequence[Any]:
    """Every changed score with its pupil, in the order of the new ranks, for the file."""
    query = (
        sa.select(RemarkChange, User.name, Attempt.class_id, SchoolClass, School.name.label("school"))
        .select_from(RemarkChange)
        .join(Attempt, Attempt.id == RemarkChange.attempt_id)
        .join(User, User.id == Attempt.user_id)
        .join(SchoolClass, SchoolClass.id == Attempt.class_id)
        .join(School, School.id == Attempt.school_id)
        .where(RemarkChange.remark_id == remark.id)
        .order_by(RemarkChange.rank_after, RemarkChange.attempt_id)
    )
    return session.execute(query).all()
