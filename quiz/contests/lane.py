"""What the lane answers for contests: the start. A whole school presses it at the same bell.

What all pupils of a contest share (its groups, windows, specifications, who may enter) is read anew every few seconds;
what decides (window, cancellation, attempts left, one attempt at a time) is asked of the database by the inserting
statements themselves. Whatever is not plain is the view's: the words for early, late, not allowed, and a running attempt
whose time is up.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from question_bank.model import Item
from quiz.accounts.models import User, new_public_id
from quiz.attempts import outlines, rules
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.rules import Phase
from quiz.attempts.services.answers import ALIVE
from quiz.attempts.services.start import BEGIN_ATTEMPT, make_paper
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest, ContestGroup, Entry, TeamMember
from quiz.contests.teams.queries import of_pupil
from quiz.db import db
from quiz.direct import Statement, moment
from quiz.errors import ConflictError
from quiz.items import catalogue
from quiz.items.models import BankState
from quiz.papers.queries import rows_of
from quiz.papers.rules import SpecRow
from quiz.web import device, lane
from quiz.web.lane import Asked, Reply

SECONDS = 5  # for which a contest's card is believed


@dataclass(frozen=True)
class Group:
    """A group with its sitting, as far as a start needs it."""

    id: int
    kind: str
    sitting_id: int
    common: str | None  # the sitting's public id where all get the same items
    band: str
    paper_spec_id: int
    rows: tuple[SpecRow, ...]
    opens_at: datetime
    closes_at: datetime
    cancelled_at: datetime | None
    duration_seconds: int
    grace_seconds: int


@dataclass(frozen=True)
class Card:
    """What all pupils of a contest share. ``enrolled`` finds the place of one who may enter (parameter owner_id).

    In a stage by teams that is a member of one; the membership is held when the attempt is written.
    """

    contest_id: int
    is_by_teams: bool
    groups: dict[int, Group]
    enrolled: Statement
    until: float

    def group_of_kind(self, kind: str) -> Group | None:
        return next((group for group in self.groups.values() if group.kind == kind), None)


_ME = Statement(
    sa.select(
        Entry.group_id, Entry.school_id, Entry.class_id, Entry.extra_seconds, Entry.withdrawn_at,
        sa.select(BankState.revision).limit(1).scalar_subquery(),
    )
    .select_from(User)
    .outerjoin(Entry, sa.and_(Entry.user_id == User.id, Entry.contest_id == sa.bindparam("contest_id")))
    .where(User.id == sa.bindparam("owner_id"), ALIVE)
)  # fmt: skip
_RUNNING = Statement(
    sa.select(Attempt.public_id, Attempt.deadline_at).where(
        Attempt.sitting_id == sa.bindparam("sitting_id"),
        Attempt.user_id == sa.bindparam("owner_id"),
        Attempt.status == AttemptStatus.IN_PROGRESS,
    )
)
_entry = cast(sa.Table, Entry.__table__)
_bound = {
    name: sa.bindparam(name, type_=_entry.c[name].type)
    for name in ("contest_id", "group_id", "user_id", "school_id", "class_id", "extra_seconds", "created_at")
}
_ENTER = Statement(sa.insert(_entry).values(_bound).returning(_entry.c.id))
#: The pupil's entry with the minutes that the deadline was made from; minutes granted now wait, and reach this attempt.
_HOLD = Statement(
    sa.select(Entry.id)
    .where(
        Entry.contest_id == sa.bindparam("contest_id"),
        Entry.user_id == sa.bindparam("owner_id"),
        Entry.extra_seconds == sa.bindparam("extra"),
        Entry.withdrawn_at.is_(None),
    )
    .with_for_update(read=True)
)
#: The pupil's place in a team, kept until the commit: nobody stands in meanwhile.
_SEAT = Statement(
    of_pupil(sa.bindparam("owner_id"), sa.bindparam("contest_id"))
    .where(~TeamMember.is_reserve)
    .with_only_columns(TeamMember.team_id)
    .with_for_update(read=True, of=TeamMember)
)
_BEGIN = Statement(by_dialect=BEGIN_ATTEMPT)
_begun = BEGIN_ATTEMPT["postgresql"].cte("begun")
_entered = sa.insert(_entry).from_select(list(_bound), sa.select(*_bound.values()).select_from(_begun)).cte("entered")
#: PostgreSQL: _BEGIN and _ENTER in one statement, all or nothing, for each one costs a journey to the server.
_BEGIN_AND_ENTER = Statement(by_dialect={"postgresql": sa.select(_begun.c.id).add_cte(_entered)})


def start(asked: Asked) -> Reply | None:
    """Go to the running attempt, or begin one; a pupil's first start also enters the contest."""
    card = _card(asked.app, asked.match[1])
    me = {"owner_id": asked.signed_in.user_id, "now": asked.now}
    keys = me | {"login_session_id": asked.signed_in.session_id}
    found = asked.direct.first(_ME, keys | {"contest_id": card.contest_id}) if card else None
    if card is None or found is None:
        return None
    group_id, school_id, class_id, extra_seconds, withdrawn_at, revision = found
    if withdrawn_at is not None:
        return None
    is_entered = group_id is not None
    group = card.groups.get(group_id) if is_entered else None
    if not is_entered:
        place = asked.direct.first(card.enrolled, {"owner_id": asked.signed_in.user_id})
        if place is None:
            return None
        school_id, class_id, kind = place
        group, extra_seconds = card.group_of_kind(kind), 0
    if group is None or rules.phase(group.opens_at, group.closes_at, group.cancelled_at, asked.now) is not Phase.OPEN:
        return None
    if is_entered:  # nobody has an attempt before
        running = asked.direct.first(_RUNNING, {"owner_id": asked.signed_in.user_id, "sitting_id": group.sitting_id})
        if running is not None:
            is_late = rules.is_late(moment(running[1]), group.grace_seconds, asked.now)
            return None if is_late else _go_to(running[0])
    values = _attempt(card.contest_id, group, asked, school_id, class_id, extra_seconds, revision)
    return None if values is None else _write(asked, card, group, values, is_entered)


def _attempt(
    contest_id: int, group: Group, asked: Asked, school_id: int, class_id: int, extra_seconds: int, revision: int
) -> dict[str, Any] | None:
    """The row of a new attempt with its own paper; None when this process does not know the bank as it is now."""
    bank = catalogue.current(revision)
    if bank is None:
        return None
    try:
        paper = make_paper(group.rows, bank.pool(group.band), _item_of, group.common)
    except (ConflictError, LookupError):
        return None
    return {
        "public_id": new_public_id(), "sitting_id": group.sitting_id, "user_id": asked.signed_in.user_id,
        "school_id": school_id, "class_id": class_id, "status": AttemptStatus.IN_PROGRESS, "paper": paper,
        "rules_version": rules.RULES_VERSION, "extra_seconds": extra_seconds, "started_at": asked.now,
        "deadline_at": rules.deadline(asked.now, group.duration_seconds, extra_seconds, group.closes_at),
        "device_mark": device.mark(asked.app, contest_id, asked.signed_in.device),
        "now": asked.now, "closes_at": group.closes_at, "duration_seconds": group.duration_seconds,
        "paper_spec_id": group.paper_spec_id,
    }  # fmt: skip


def _write(asked: Asked, card: Card, group: Group, values: dict[str, Any], is_entered: bool) -> Reply | None:
    """One commit for entry and attempt; None when a twin was first or the database says no."""
    if card.is_by_teams:
        row = _begin_in_team(asked, card, group, values, is_entered)
    elif is_entered:
        held = {"contest_id": card.contest_id, "owner_id": values["user_id"], "extra": values["extra_seconds"]}
        with asked.direct.transaction():
            row = asked.direct.first(_BEGIN, values) if asked.direct.first(_HOLD, held) else None
    else:
        row = _begin_and_enter(asked, values | {
            "contest_id": card.contest_id, "group_id": group.id, "created_at": asked.now,
        })  # fmt: skip
    if row is None:
        return None
    outlines.keep(values["public_id"], row[0], values["user_id"], values["paper"], group.grace_seconds)
    return _go_to(values["public_id"])


def _begin_in_team(
    asked: Asked, card: Card, group: Group, values: dict[str, Any], is_entered: bool
) -> tuple[Any, ...] | None:
    """The same for a member of a team, whose place is held first."""
    me = {"contest_id": card.contest_id, "owner_id": values["user_id"]}
    with asked.direct.transaction():
        if asked.direct.first(_SEAT, me) is None:
            return None
        if is_entered and asked.direct.first(_HOLD, me | {"extra": values["extra_seconds"]}) is None:
            return None
        row = asked.direct.first(_BEGIN, values)
        if row is not None and not is_entered:
            more = {"contest_id": card.contest_id, "group_id": group.id, "created_at": asked.now}
            asked.direct.rows(_ENTER, values | more)
        return row


def _begin_and_enter(asked: Asked, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """A pupil's first start. An entry that was written meanwhile raises DriverError: it may hold minutes granted."""
    if not asked.direct.is_sqlite:
        return asked.direct.first(_BEGIN_AND_ENTER, values)
    with asked.direct.transaction():
        row = asked.direct.first(_BEGIN, values)
        if row is not None:
            asked.direct.rows(_ENTER, values)
        return row


def _go_to(public_id: str) -> Reply:
    location = ("Location", f"/attempts/{public_id}")
    return Reply("", "text/html; charset=utf-8", "303 See Other", [location])


def _item_of(entry: dict[str, Any]) -> Item:
    found = catalogue.known(entry["item_id"], entry["version"])
    if found is None:
        raise LookupError(entry["item_id"])
    return found


def _card(app: Flask, public_id: str) -> Card | None:
    cards: dict[str, Card] = app.extensions["contest_cards"]
    card = cards.get(public_id)
    if card is None or card.until < time.monotonic():
        card = _read_card(app, public_id)
        if card is not None:
            cards[public_id] = card
    return card


def _read_card(app: Flask, public_id: str) -> Card | None:
    query = (
        sa.select(Contest)
        .where(Contest.public_id == public_id, Contest.published_at.is_not(None), Contest.cancelled_at.is_(None))
        .options(
            selectinload(Contest.groups).joinedload(ContestGroup.sitting).joinedload(Sitting.paper_spec),
            selectinload(Contest.places),
        )
    )
    with app.app_context(), db.sessionmaker() as session:
        contest = session.scalar(query)
        if contest is None:
            return None
        catalogue.load(session)
        rows = eligible_enrolments(contest).subquery()
        enrolled = sa.select(rows.c.school_id, rows.c.class_id, rows.c.group)
        enrolled = enrolled.where(rows.c.user_id == sa.bindparam("owner_id", None, sa.Integer))
        groups = {group.id: _group(group) for group in contest.groups}
        return Card(contest.id, contest.is_by_teams, groups, Statement(enrolled), time.monotonic() + SECONDS)


def _group(group: ContestGroup) -> Group:
    sitting = group.sitting
    return Group(
        group.id, group.kind.value, sitting.id, sitting.public_id if sitting.has_common_items else None, sitting.band,
        sitting.paper_spec_id, rows_of(sitting.paper_spec), sitting.opens_at, sitting.closes_at, sitting.cancelled_at,
        sitting.duration_seconds, sitting.grace_seconds,
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Register the start."""
    app.extensions["contest_cards"] = {}
    lane.add(app, "POST", "/contests/<public_id>/start", start)
