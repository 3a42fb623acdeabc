"""What of a board is asked for: level, group, kind of school. Unknown values fall back to the default."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.contests.rules import ADULT_GROUPS
from quiz.rankings import labels, queries
from quiz.rankings.models import ContestTally
from quiz.rankings.notes import notes_of
from quiz.rankings.profiles import Profile, profile_of
from quiz.rankings.rules import ALL, BoardLevel
from quiz.rankings.standings import own_category

LONGEST_SHOW = 40  # of what an address may ask to show


@dataclass(frozen=True)
class Option:
    """One entry of the filter; ``value`` is what the address carries."""

    value: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class Tab:
    """A level of the board."""

    label: Any
    url: str
    is_current: bool


@dataclass(frozen=True)
class Choices:
    """The board that is shown. ``show`` is ``group`` or ``group/kind`` for pupils, a category for units."""

    level: BoardLevel
    show: str
    options: tuple[Option, ...]
    tabs: tuple[Tab, ...]
    profile: Profile
    levels: tuple[BoardLevel, ...]
    compares_time: bool
    notes: tuple[
        str, ...
    ] = ()  # of a board of units: as of when pupils were counted, what progress is measured against

    @property
    def group(self) -> str:
        """The group of a board of pupils."""
        return self.show.partition("/")[0]

    @property
    def school_kind(self) -> str | None:
        """The kind of school to which a board of pupils is narrowed."""
        return self.show.partition("/")[2] or None

    @property
    def chain(self) -> str:
        """The tie-break chain in words."""
        if self.level != BoardLevel.PUPIL:
            return str(labels.UNIT_CHAIN_TEXT)
        return str(labels.PUPIL_CHAIN_TEXT if self.compares_time else labels.SCORE_CHAIN_TEXT)


@dataclass(frozen=True)
class Asked:
    """What an address asks for; ``show`` as it was sent."""

    level: BoardLevel
    show: str


def asked() -> Asked:
    """Read level and filter from the address."""
    return read(request.args.get("level", ""), request.args.get("show", ""))


def read(level: str, show: str) -> Asked:
    """What these parameters of an address ask for."""
    known = next((one for one in BoardLevel if one.value == level), BoardLevel.PUPIL)
    return Asked(known, show[:LONGEST_SHOW])


def chosen(
    session: Session, contest: Contest, tally: ContestTally | None, endpoint: str, wanted: Asked, *,
    own_group: str | None = None,
) -> Choices:  # fmt: skip
    """The board that is asked for; without a choice the pupil's own group, or everything for units."""
    level = wanted.level
    groups = [group.kind.value for group in contest.groups]
    pairs = queries.group_kinds(session, tally) if tally and level == BoardLevel.PUPIL else []
    if level == BoardLevel.PUPIL:
        values = _pupil_values(groups, pairs)
        with_results = [group for group, _ in pairs]
        default = own_group or next((one for one in groups if one in with_results), groups[0])
    else:
        values = _unit_values(session, groups, tally)
        default = own_category(own_group) if own_group else ALL
        default = default if default in values else ALL
    show = wanted.show if wanted.show in values else default
    levels = levels_of(contest)
    named = [show] if show in groups else groups
    tabs = tuple(
        Tab(
            labels.level_word(one, named), url_for(endpoint, public_id=contest.public_id, level=one.value), one == level
        )
        for one in levels
    )
    if contest.is_by_teams:
        own = "rankings.public_teams" if endpoint == "rankings.public_board" else "rankings.teams"
        tabs = (Tab(labels.TEAMS, url_for(own, public_id=contest.public_id), False), *tabs)
    words = {ALL: gettext("全部学校")} if is_mixed(groups) else {}
    options = tuple(Option(value, words.get(value) or _label(value), value == show) for value in values)
    notes = () if level == BoardLevel.PUPIL else notes_of(session, contest)
    return Choices(
        level, show, options, tabs, profile_of(contest.ranking_profile), levels, contest.compares_time, notes
    )  # fmt: skip


def is_mixed(groups: Sequence[str]) -> bool:
    """Whether pupils and adults take part, so that “all” units are the schools among them."""
    return len({group in ADULT_GROUPS for group in groups}) == 2


def levels_of(contest: Contest) -> tuple[BoardLevel, ...]:
    """The levels with more than one row to compare, going by the place that holds the contest."""
    if contest.host_class_id is not None:
        return (BoardLevel.PUPIL, BoardLevel.CLASS) if len(contest.places) > 1 else (BoardLevel.PUPIL,)
    if contest.host_school_id is not None:
        return (BoardLevel.PUPIL, BoardLevel.CLASS)
    region = contest.host_region_id or ""
    if not region.endswith("00"):
        return (BoardLevel.PUPIL, BoardLevel.CLASS, BoardLevel.SCHOOL)
    if not region.endswith("0000"):
        return tuple(level for level in BoardLevel if level != BoardLevel.PREFECTURE)
    return tuple(BoardLevel)


def _pupil_values(groups: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Every group, and its kinds of school where there is more than one."""
    values: list[str] = []
    for group in groups:
        kinds = [kind for of_group, kind in pairs if of_group == group]
        values += [group, *(f"{group}/{kind}" for kind in kinds if len(kinds) > 1)]
    return values


def _unit_values(session: Session, groups: Sequence[str], tally: ContestTally | None) -> list[str]:
    found = queries.categories_of(session, tally) if tally else []
    kinds = [kind for kind in labels.KINDS if kind in found]
    return [ALL, *(groups if len(groups) > 1 else []), *(kinds if len(kinds) > 1 else [])]


def _label(value: str) -> str:
    return " · ".join(labels.category(part) for part in value.split("/"))
