"""The pupil's board: the own places first, then the upper half, with masked names where nobody consented to more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from markupsafe import escape
from sqlalchemy.orm import Session

from quiz import clock
from quiz.accounts.publication.queries import publishable
from quiz.accounts.publication.rules import public_name
from quiz.attempts.models import Sitting
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.queries import contest_for_pupil
from quiz.db import db
from quiz.direct import Direct, Statement, moment
from quiz.errors import ConflictError
from quiz.rankings import labels, places, queries
from quiz.rankings.boards import Board, PupilLine
from quiz.rankings.frozen import freeze_in_force, seen
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import BoardFreeze, ContestTally, PupilStanding, StandingBoard, UnitStanding
from quiz.rankings.places import OwnRank
from quiz.rankings.profiles import PROGRESS
from quiz.rankings.rules import ALL, SMALLEST_UNIT, BoardLevel, is_frozen, results_open
from quiz.rankings.snapshot import snapshot
from quiz.rankings.standings import own_category
from quiz.rankings.views import shared
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import Asked, Choices, asked, chosen
from quiz.rankings.views.own import explained, own_places, patterns, seconds_text
from quiz.web.access import pupil_only

TRIES = 5  # of reading the own places and the board of the same tally; a tally a second moves on between them
POLICY = (
    Sitting.opens_at, Sitting.closes_at, Sitting.grace_seconds, Sitting.release_results, Sitting.results_released_at,
    Sitting.cancelled_at, BoardFreeze.freezes_at, BoardFreeze.unfreezes_at,
)  # fmt: skip


def with_policy(rows: sa.Select[Any]) -> sa.Select[Any]:
    """Join the sitting of the own group, and the freeze of the boards, to places.own_statement()."""
    is_own = ContestGroup.kind == sa.cast(StandingBoard.group_kind, sa.String)
    return rows.join(
        ContestGroup, sa.and_(ContestGroup.contest_id == ContestTally.contest_id, is_own)
    ).join(Sitting, Sitting.id == ContestGroup.sitting_id).outerjoin(
        BoardFreeze, BoardFreeze.contest_id == ContestTally.contest_id
    )  # fmt: skip


#: A published contest by its public id, which is asked once: one joined into OF_PUPIL, and the database might begin with all
#: boards there have ever been.
PUBLISHED = Statement(sa.select(Contest.id).where(
    Contest.public_id == sa.bindparam("public_id"), Contest.published_at.is_not(None)
))  # fmt: skip
OF_PUPIL = (
    PupilStanding.user_id == sa.bindparam("user_id"),
    ContestTally.contest_id == sa.bindparam("contest_id"),
)
_OWN = Statement(places.own_statement(*OF_PUPIL, further=POLICY, join=with_policy))
_UNIT_PUPILS = Statement(sa.select(UnitStanding.pupils).where(
    UnitStanding.contest_id == sa.bindparam("contest_id"), UnitStanding.generation == sa.bindparam("generation"),
    UnitStanding.category == sa.bindparam("category"), UnitStanding.level == sa.bindparam("level"),
    UnitStanding.unit_id == sa.bindparam("unit_id"),
))  # fmt: skip


class MovedError(Exception):
    """There has been another tally since the viewer's own places were read."""


@dataclass(frozen=True)
class Viewer:
    """A pupil before a board: the own group and places (None without a result), and the tally they are of.

    ``frozen_at`` is since when the boards are frozen; there are no own places then, whatever is stored.
    """

    group: str
    sitting: Any
    number: int
    own: OwnRank | None
    frozen_at: datetime | None = None

    @property
    def mark(self) -> str:
        """Which standings the viewer sees."""
        return str(self.number) if self.frozen_at is None else f"frozen {self.frozen_at.timestamp()}"


@bp.get("/rankings/<public_id>")
@pupil_only
def board(public_id: str) -> ResponseReturnValue:
    for _ in range(TRIES):
        now = clock.now()
        viewer = _with_result(public_id, now) or _without_result(public_id, now)
        if not results_open(viewer.sitting, now):
            return _waiting(public_id, now)
        try:
            return _board(public_id, viewer)
        except MovedError:
            continue
    raise ConflictError("排名正在更新，请再试一次。")


def _with_result(public_id: str, now: datetime) -> Viewer | None:
    """The usual case in two statements: who has a result has entered, in the group of the result."""
    direct: Direct = current_app.extensions["direct"]
    contest = direct.first(PUBLISHED, {"public_id": public_id})
    if contest is None:
        return None
    row = direct.first(_OWN, {"user_id": current_user.user_id, "contest_id": contest[0]})
    return None if row is None else viewer_of(row, now)


def viewer_of(row: Sequence[Any], now: datetime) -> Viewer:
    """Who looks, from a row of own_statement() with the columns of POLICY as the driver gives them."""
    own = places.own_of((*row[:3], moment(row[3]), *row[4:]))
    values = row[places.OWN_COLUMNS : places.OWN_COLUMNS + len(POLICY)]
    facts = {
        column.key: moment(value) if value is not None and column.key.endswith("_at") else value
        for column, value in zip(POLICY, values, strict=True)
    }
    if is_frozen(facts["freezes_at"], facts["unfreezes_at"], now):
        return Viewer(own.group_kind, SimpleNamespace(**facts), own.number, None, facts["freezes_at"])
    return Viewer(own.group_kind, SimpleNamespace(**facts), own.number, own)


def _without_result(public_id: str, now: datetime) -> Viewer:
    """Whoever may enter the contest may look at its board; NotFoundError for anybody else."""
    db.session.rollback()  # look anew at every try
    found = contest_for_pupil(db.session, current_user, public_id, now)
    tally = queries.tally_of(db.session, found.contest.id)
    freeze = freeze_in_force(db.session, found.contest.id, now)
    frozen_at = freeze.freezes_at if freeze else None
    return Viewer(found.group.kind.value, found.sitting, tally.number if tally else 0, None, frozen_at)


def _waiting(public_id: str, now: datetime) -> str:
    found = contest_for_pupil(db.session, current_user, public_id, now)
    return render_template("rankings/waiting.html", contest=found.contest, sitting=found.sitting, now=now)


def key_of(public_id: str, wanted: Asked, viewer: Viewer) -> str:
    """Under which the shared page of a viewer is kept."""
    return f"board:{public_id}:{wanted.level.value}:{wanted.show}:{viewer.group}:{viewer.mark}"


def _board(public_id: str, viewer: Viewer) -> str:
    wanted = asked()
    page = shared.shared_page(key_of(public_id, wanted, viewer), lambda: _make(public_id, wanted, viewer))
    elapsed = seconds_text(viewer.own.elapsed_seconds) if viewer.own else ""
    direct: Direct = current_app.extensions["direct"]
    slots, owner, mine = personal(page, viewer, wanted.level, current_user.user_id, current_user.name, elapsed, direct)
    return shared.fill(page, slots, owner, mine)


def personal(
    page: shared.Page, viewer: Viewer, level: BoardLevel, user_id: int, name: str, elapsed: str, direct: Direct
) -> tuple[dict[str, str], str, dict[str, str]]:
    """What a board has of its viewer: the slots, which row is the viewer's own, and what stands in it."""
    own = viewer.own
    unit_id = own.unit_id(level) if own else None
    slots = {
        "name": str(escape(name)),
        "plain": "" if own else " board--plain",
        "own": own_places(page["own"], own, elapsed) if own else "",
        "explained": "",
    }
    if own and unit_id is not None and page["is_open"] and _is_explained(direct, own, level, unit_id):
        slots["explained"] = explained(page["own"], unit_id)
    owner = str(user_id) if level == BoardLevel.PUPIL else unit_id or ""
    if viewer.frozen_at is not None:
        owner = ""  # the own row among the others would tell the rank
    return slots, owner, page["mine"] | {"name": slots["name"]}


def _is_explained(direct: Direct, own: OwnRank, level: BoardLevel, unit_id: str) -> bool:
    """Whether at least five of the own unit have taken part: asked only where they are not so many of the own group."""
    place = own.places.get(level)
    if place is not None and place.size >= SMALLEST_UNIT:
        return True
    row = direct.first(_UNIT_PUPILS, {
        "contest_id": own.contest_id, "generation": own.generation, "category": own_category(own.group_kind),
        "level": level.value, "unit_id": unit_id,
    })  # fmt: skip
    return row is not None and row[0] >= SMALLEST_UNIT


def _make(public_id: str, wanted: Asked, viewer: Viewer) -> shared.Page:
    """The shared page of the viewer's tally, from one snapshot; raises MovedError when that is past."""
    now = clock.now()
    with snapshot(db.session) as session:
        contest = session.scalars(
            sa.select(Contest).where(Contest.public_id == public_id).options(*queries.WITH_GROUPS)
        ).one()
        shown = seen(session, contest.id, now, is_manager=False)
        tally = shown.tally
        if (shown.freeze.freezes_at if shown.freeze else None) != viewer.frozen_at:
            raise MovedError
        if shown.freeze is None and (tally.number if tally else 0) != viewer.number:
            raise MovedError
        choices = chosen(session, contest, tally, "rankings.board", wanted, own_group=viewer.group)
        found = lines(session, contest, tally, choices, is_open=_is_open(contest, choices.group, now))
        page = shared.render(
            "rankings/board.html", contest=contest, labels=labels, freeze=shown.freeze,
            current_user=SimpleNamespace(is_authenticated=True, is_staff=False, is_pupil=True, name=shared.Slots().name),
            **found,
        )  # fmt: skip
    return page | {
        "own": patterns(public_id, choices.level, viewer.group, choices.levels, compares_time=choices.compares_time),
        "is_open": _is_open(contest, ALL, now),
        "mine": _mine(choices.level, viewer.group),
    }


def _mine(level: BoardLevel, group: str) -> dict[str, str]:
    """What the own row of a board has beyond the others'."""
    text = gettext("你") if level == BoardLevel.PUPIL else labels.own_place(level, group)
    return {"class": ' class="is-me"', "badge": f'<span class="badge badge--bloom">{escape(text)}</span> '}


def _is_open(contest: Contest, of_group: str, now: datetime) -> bool:
    """Boards of another group, or of all groups, wait for those groups' results."""
    groups = [group for group in contest.groups if group.kind.value == of_group] or contest.groups
    return all(results_open(group.sitting, now) for group in groups)


def lines(
    session: Session, contest: Contest, tally: ContestTally | None, choices: Choices, *, is_open: bool = True
) -> dict[str, Any]:
    """What the templates of boards need: the choices and the upper part of the board."""
    rows: Any = []
    size = 0
    if tally is not None and is_open and choices.level == BoardLevel.PUPIL:
        rows, size = Board(session, tally, choices.group, choices.school_kind).top(opens_at(contest))
    elif tally is not None and is_open:
        rows, size = queries.top_units(session, tally, level=choices.level, category=choices.show, at=opens_at(contest))
    is_people = choices.level == BoardLevel.PUPIL
    apart = 0
    if tally is not None and choices.profile == PROGRESS and not is_people:
        units = queries.units_query(tally, level=choices.level, category=choices.show)
        apart = queries.count(session, queries.apart(units))
    return {
        "apart": apart,
        "choices": choices, "rows": rows, "size": size, "tally": tally, "is_people": is_people,
        "name_of": _public_names(session, rows) if is_people else None,
    }  # fmt: skip


def _public_names(session: Session, rows: Sequence[PupilLine]) -> Callable[[PupilLine], str]:
    """The names of these rows as everybody may see them; consents are asked for once, when the page is made."""
    open_names = publishable(session, [row.user_id for row in rows])
    return lambda row: public_name(row.name, row.user_id in open_names)
