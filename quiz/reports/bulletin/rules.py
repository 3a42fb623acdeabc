"""What a bulletin states, pure: which units are listed, what they add up to, what may be said of them.

The figures are those of the boards and the shares come from quiz.rankings.profiles, so that no second place rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from quiz.rankings.profiles import NATIONAL, Figures, Profile
from quiz.rankings.rules import MOST_UNITS, SMALLEST_UNIT, BoardLevel, SittingFacts, results_open, upper_part

#: Municipalities have no prefectures: their counties lie directly below.
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})


@dataclass(frozen=True)
class Line:
    """One unit of the table. ``source`` says where the number of expected pupils comes from.

    Without a rank: nobody has taken part, or the unit is compared on another level (a county directly under a province).
    """

    name: str
    within: str
    figures: Figures
    source: str
    index: int | None
    rank: int | None = None
    is_tied: bool = False


@dataclass(frozen=True)
class Shares:
    """The shares of a unit as the boards compute them, in hundredths, before any cap; None of nothing."""

    parts: int | None
    pupils: int | None
    passed: int | None
    full_marks: int | None
    average: int | None


@dataclass(frozen=True)
class Bulletin:
    """The facts of one copy. ``lines`` are those that it lists; everything else speaks of all units."""

    level: BoardLevel
    is_public: bool
    lines: tuple[Line, ...]
    total: Line
    hides_scores: bool
    leaders: tuple[Line, ...]
    first: tuple[Line, ...]
    idle: tuple[Line, ...]

    @property
    def parts_idle(self) -> int:
        """Expected schools (or classes) in which nobody has taken part."""
        return max(0, self.total.figures.parts_expected - self.total.figures.parts)


def levels_of(region_id: str | None) -> tuple[BoardLevel, ...]:
    """What a host's bulletin may list, the usual level first; None for a contest of a school or a class."""
    if region_id is None:
        return (BoardLevel.CLASS,)
    if region_id in MUNICIPALITIES:
        return BoardLevel.COUNTY, BoardLevel.SCHOOL
    if region_id.endswith("0000"):
        return BoardLevel.PREFECTURE, BoardLevel.COUNTY
    return (BoardLevel.COUNTY, BoardLevel.SCHOOL) if region_id.endswith("00") else (BoardLevel.SCHOOL, BoardLevel.CLASS)


def shares(figures: Figures) -> Shares:
    """All five shares of a unit, whatever profile its contest is ranked by."""
    terms = {term.key: term for term in NATIONAL.explain(figures)}
    found = {one.name: terms[one.name] for one in fields(Shares)}
    return Shares(**{name: term.raw if term.denominator else None for name, term in found.items()})


def pupils_share(figures: Figures) -> int | None:
    """Of the shares above only that of pupils: asked of every unit, where the page prints the others of a few."""
    return NATIONAL.raw("pupils", figures)


def total_of(lines: Sequence[Line], profile: Profile) -> Line:
    """All units together: their figures added up, the index by the same formula."""
    names = [one.name for one in fields(Figures)]
    figures = Figures(**{name: sum(getattr(line.figures, name) for line in lines) for name in names})
    sources = {line.source for line in lines}
    source = sources.pop() if len(sources) == 1 else "mixed"
    return Line("", "", figures, source, profile.index(figures))


def listed(lines: Sequence[Line]) -> list[Line]:
    """What a copy for the public or for schools lists: as the public board, the upper half without small units."""
    size = sum(line.rank is not None for line in lines)
    large = [line for line in lines if line.rank is not None and line.figures.pupils >= SMALLEST_UNIT]
    return upper_part(large, size=size, most=MOST_UNITS, rank_of=lambda line: line.rank or 0)


def compose(lines: Sequence[Line], *, level: BoardLevel, profile: Profile, is_public: bool) -> Bulletin:
    """The facts of a copy from all units of its level, which come in order of rank."""
    shown = listed(lines) if is_public else list(lines)
    total = total_of(lines, profile)
    return Bulletin(
        level=level,
        is_public=is_public,
        lines=tuple(shown),
        total=total,
        hides_scores=is_public and _gives_away(total, shown),
        leaders=_only_if_all(_leaders(lines), shown),
        first=_only_if_all([line for line in lines if line.rank == 1], shown),
        idle=() if is_public else tuple(line for line in lines if not line.figures.pupils),
    )


def _gives_away(total: Line, shown: Sequence[Line]) -> bool:
    """Whether the total less the listed units would be the scores of a few pupils."""
    rest = total.figures.pupils - sum(line.figures.pupils for line in shown)
    return 0 < rest < SMALLEST_UNIT or total.figures.pupils < SMALLEST_UNIT


def _leaders(lines: Sequence[Line]) -> list[Line]:
    """The units with the highest share of pupils as the table prints it."""
    found = [(pupils_share(line.figures), line) for line in lines if line.figures.pupils]
    known = [(share, line) for share, line in found if share is not None]
    best = max((share for share, _ in known), default=None)
    return [line for share, line in known if share == best]


def _only_if_all(lines: Sequence[Line], shown: Sequence[Line]) -> tuple[Line, ...]:
    """A superlative may be said only where everybody whom it fits is listed."""
    listed_ones = {id(line) for line in shown}
    return tuple(lines) if all(id(line) in listed_ones for line in lines) else ()


def may_leave_the_house(sittings: Sequence[SittingFacts], now: datetime) -> bool:
    """Whether a copy for the public or for schools may be made: not before pupils may see their own results."""
    return all(results_open(sitting, now) for sitting in sittings)
