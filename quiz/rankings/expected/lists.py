"""Who has excused how many, by school or class: the remarkable ones first, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.rankings.expected import queries
from quiz.rankings.expected.models import ExpectedCount
from quiz.rankings.expected.numbers import NONE, numbers_by
from quiz.rankings.expected.rules import Numbers, is_unusual
from quiz.rankings.gathering import gather
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import class_order
from quiz.regions.rules import Scope

MOST_ROWS = 200


@dataclass(frozen=True)
class Line:
    """A school or class: its numbers, who excused how many, how many of the excused have sat all the same."""

    id: int
    name: str
    numbers: Numbers
    recorders: tuple[tuple[str, int], ...]
    sat: int

    @property
    def is_unusual(self) -> bool:
        """Whether somebody should look at it."""
        return is_unusual(self.numbers)


@dataclass(frozen=True)
class Overview:
    """All numbers of what the viewer may see, and its schools or classes."""

    level: str
    numbers: Numbers
    lines: Sequence[Line]
    sat: int

    @property
    def unusual(self) -> int:
        """How many lines somebody should look at."""
        return sum(line.is_unusual for line in self.lines)


def overview(
    session: Session, contest: Contest, count: ExpectedCount | None, within: Sequence[Scope], level: str, at: datetime
) -> Overview:
    """By school, only those that have excused somebody; by class, every class, so that each can be opened."""
    facts = gather(session, contest, within)
    numbers = numbers_by(facts, level)
    found: dict[int, list[Any]] = {}
    for row in queries.excuses_by_recorder(session, contest, count, within):
        found.setdefault(row.school_id if level == "school" else row.class_id, []).append(row)
    ids = found.keys() if level == "school" else numbers.keys()
    names, order = _names(session, level, list(ids), at)
    lines = [
        Line(
            one, names.get(one, str(one)), numbers.get(one, NONE), _recorders(found.get(one, ())),
            sum(row.sat if level == "school" else row.expected for row in found.get(one, ())),
        )
        for one in ids
    ]  # fmt: skip
    if level == "school":
        lines.sort(key=lambda line: (not line.is_unusual, -sum(line.numbers.excused), line.id))
    else:
        lines.sort(key=lambda line: (order.get(line.id, len(order)), line.id))
    has_schools = any(one.schools or one.regions or one.everywhere for one in within) or not within
    whole = numbers_by(facts, "school") if has_schools else numbers
    total = sum(whole.values(), NONE)
    return Overview(level, total, lines, sum(line.sat for line in lines))


def _recorders(rows: Sequence[Any]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for row in rows:
        found[row.recorder] = found.get(row.recorder, 0) + row.pupils
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _names(session: Session, level: str, ids: list[int], at: datetime) -> tuple[dict[int, str], dict[int, int]]:
    """The names of schools or classes, and in which order classes stand: by grade and then by number."""
    if level == "school":
        return dict(session.execute(sa.select(School.id, School.name).where(School.id.in_(ids))).all()), {}
    query = sa.select(SchoolClass).join(SchoolClass.school).where(SchoolClass.id.in_(ids))
    classes = session.scalars(query.order_by(School.name, School.id, *class_order())).all()
    return {one.id: one.label(at) for one in classes}, {one.id: at for at, one in enumerate(classes)}
