"""Reads of integrity signals: the papers of a class, and the list for people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from question_bank.kinds import kind_of
from question_bank.model import Item, ItemKind
from quiz.accounts.models import User
from quiz.attempts.models import Attempt, ItemResponse
from quiz.attempts.queries import CLOSED, counted_attempts, paper_items
from quiz.contests.models import Contest, Entry
from quiz.errors import NotFoundError
from quiz.jobs.models import Job, JobState
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import classes_within, schools_within
from quiz.regions.rules import Scope
from quiz.reports.signals.devices import FEWEST_ACCOUNTS, Use
from quiz.reports.signals.letters import ALPHABET, Lettered
from quiz.reports.signals.models import ComputerRoom, IntegritySignal, SignalNote, SignalScan
from quiz.reports.signals.rules import Sheet

PICKED = (ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.SCENARIO)  # kinds whose choices are shuffled


def classes_with_results(session: Session, contest: Contest) -> list[int]:
    """The classes in which somebody has closed an attempt."""
    sittings = [group.sitting_id for group in contest.groups]
    query = sa.select(Attempt.class_id).where(Attempt.sitting_id.in_(sittings), Attempt.status.in_(CLOSED)).distinct()
    return sorted(session.scalars(query))


def sheets_of(session: Session, contest: Contest, class_id: int) -> list[Sheet]:
    """The counting attempts of a class, with what was answered wrongly and when answers came."""
    sittings = [group.sitting_id for group in contest.groups]
    ids = [one.attempt_id for one in counted_attempts(session, sittings, class_id=class_id)]
    answers = _answers(session, ids)
    query = sa.select(
        Attempt.id,
        Attempt.user_id,
        Attempt.paper,
        Attempt.marks,
        Attempt.score,
        Attempt.elapsed_seconds,
        Attempt.started_at,
    ).where(Attempt.id.in_(ids), Attempt.reduced_at.is_(None))
    return [_sheet(session, row, answers[row.id]) for row in session.execute(query)]


def _answers(session: Session, attempt_ids: Sequence[int]) -> dict[int, list[Any]]:
    query = (
        sa.select(ItemResponse.attempt_id, ItemResponse.position, ItemResponse.choices, ItemResponse.arrived_at)
        .where(ItemResponse.attempt_id.in_(attempt_ids))
        .order_by(ItemResponse.attempt_id, ItemResponse.number)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        found[row.attempt_id].append(row)
    return found


def _sheet(session: Session, row: Any, answers: Sequence[Any]) -> Sheet:
    items = {entry["position"]: f"{entry['item_id']}#{entry['version']}" for entry in row.paper}
    given = {one.position: tuple(one.choices) for one in answers}
    wrong = {
        items[mark["position"]]: given.get(mark["position"], ()) for mark in row.marks or [] if not mark["is_correct"]
    }
    return Sheet(
        user_id=row.user_id, elapsed_seconds=row.elapsed_seconds or 0, score=row.score or 0,
        asked=frozenset(items.values()), wrong=wrong,
        saved_at=[(one.arrived_at - row.started_at).total_seconds() for one in answers],
        letters=lettered(row.paper, paper_items(session, row.paper), given),
    )  # fmt: skip


def lettered(
    paper: Sequence[Mapping[str, Any]], items: Mapping[int, Item], given: Mapping[int, Sequence[str]]
) -> list[Lettered]:
    """The items of a paper that were answered by picking, in the letters of its page and of the bank."""
    found = []
    for entry in paper:
        at, item = entry["position"], items[entry["position"]]
        if item.kind in PICKED and given.get(at):
            right = kind_of(item).right_response(item)
            found.append(
                Lettered(
                    f"{item.id}#{entry['version']}", at, len(entry["order"]), _in(entry["order"], given[at]),
                    _in(entry["order"], right), _in(item.choice_ids, right),
                )
            )  # fmt: skip
    return found


def _in(order: Sequence[str], choices: Sequence[str]) -> str:
    return "".join(letter for letter, choice in zip(ALPHABET, order, strict=False) if choice in choices)


def devices_of(session: Session, contest: Contest) -> dict[str, list[Use]]:
    """Closed attempts on devices with several accounts, by mark."""
    sittings = [group.sitting_id for group in contest.groups]
    closed = (Attempt.sitting_id.in_(sittings), Attempt.status.in_(CLOSED), Attempt.device_mark.is_not(None))
    shared = sa.select(Attempt.device_mark).where(*closed).group_by(Attempt.device_mark)
    shared = shared.having(sa.func.count(Attempt.user_id.distinct()) >= FEWEST_ACCOUNTS)
    query = sa.select(
        Attempt.device_mark, Attempt.user_id, Attempt.class_id, Attempt.school_id, Attempt.started_at,
        Attempt.closed_at, Attempt.elapsed_seconds, Attempt.paper,
    ).where(*closed, Attempt.device_mark.in_(shared)).order_by(Attempt.id)  # fmt: skip
    found: dict[str, list[Use]] = defaultdict(list)
    for mark, user_id, class_id, school_id, began, ended, seconds, paper in session.execute(query):
        found[mark].append(Use(user_id, class_id, school_id, began, ended, seconds or 0, len(paper)))
    return found


def rooms_of(session: Session, contest: Contest) -> list[tuple[ComputerRoom, str, str]]:
    """The declared computer rooms with the names of school and who declared it."""
    query = (
        sa.select(ComputerRoom, School.name, User.name)
        .join(School, School.id == ComputerRoom.school_id)
        .join(User, User.id == ComputerRoom.declared_by)
        .where(ComputerRoom.contest_id == contest.id)
        .order_by(School.name)
    )
    found: Any = session.execute(query)
    return list(found)


def schools_of(session: Session, scope: Scope) -> list[School]:
    """Schools that lie in the scope, or hold a class of it."""
    of_classes = sa.select(SchoolClass.school_id).where(SchoolClass.id.in_(scope.classes))
    where = sa.or_(schools_within(scope), School.id.in_(of_classes))
    return list(session.scalars(sa.select(School).where(where, School.is_active).order_by(School.name)))


def accounts_of(session: Session, contest: Contest, signal: IntegritySignal) -> list[tuple[str, int, str, SchoolClass]]:
    """(name, class id, school, class) of the accounts that a device's signal names."""
    query = (
        sa.select(User.name, SchoolClass.id, School.name, SchoolClass)
        .join(Entry, sa.and_(Entry.user_id == User.id, Entry.contest_id == contest.id))
        .join(SchoolClass, SchoolClass.id == Entry.class_id)
        .join(School, School.id == Entry.school_id)
        .where(User.id.in_(signal.evidence.get("users", ())))
        .order_by(School.name, SchoolClass.id, User.id)
    )
    found: Any = session.execute(query)
    return list(found)


@dataclass(frozen=True)
class SignalLine:
    """A signal with the names in it."""

    signal: IntegritySignal
    name: str
    other: str | None
    school: str
    school_class: SchoolClass


def lines(contest: Contest, scope: Scope | None = None) -> sa.Select[Any]:
    """The signals of a contest, those nobody has looked at first; ``scope`` leaves out other classes."""
    other = aliased(User)
    query: Any = (
        sa.select(IntegritySignal, User.name, other.name, School.name, SchoolClass)
        .join(User, User.id == IntegritySignal.user_id)
        .outerjoin(other, other.id == IntegritySignal.other_id)
        .join(SchoolClass, SchoolClass.id == IntegritySignal.class_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(IntegritySignal.contest_id == contest.id)
        .order_by(IntegritySignal.looked_at.is_not(None), IntegritySignal.kind, IntegritySignal.id)
    )
    found: sa.Select[Any] = query if scope is None else query.where(classes_within(scope))
    return found


def get_signal(session: Session, contest: Contest, public_id: str, scope: Scope | None) -> SignalLine:
    """One signal of the contest within the scope; else NotFoundError."""
    row = session.execute(lines(contest, scope).where(IntegritySignal.public_id == public_id)).first()
    if row is None:
        raise NotFoundError("没有找到这条线索。")
    return SignalLine(*row)


@dataclass(frozen=True)
class NoteLine:
    """A note with who wrote it."""

    note: SignalNote
    by: str


def notes_of(session: Session, signal: IntegritySignal) -> list[NoteLine]:
    """What people made of a signal, in order."""
    query = sa.select(SignalNote, User.name).join(User, User.id == SignalNote.by)
    rows = session.execute(query.where(SignalNote.signal_id == signal.id).order_by(SignalNote.id))
    return [NoteLine(*row) for row in rows]


def scan_of(session: Session, contest: Contest) -> SignalScan | None:
    """The latest scan of a contest."""
    return session.get(SignalScan, contest.id)


def is_scanning(session: Session, contest: Contest) -> bool:
    """Whether a scan is queued or under way."""
    query = sa.select(Job.id).where(
        Job.key == f"signals:{contest.id}", Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    return session.scalar(query.limit(1)) is not None
