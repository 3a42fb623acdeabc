"""Gather the facts of a contest from the database: who counts, who was expected. A handful of queries, whatever the size.

Expected schools are those in the contest's places with a class or enrolment figure in a grade of its groups.
Expected pupils are the school's enrolment figures for those grades where it has given them and takes part as a
whole, else the pupils enrolled in the classes concerned, as they were counted once (quiz/rankings/expected), less
those who are excused. Before the count the rosters of now serve as an estimate. In a later stage, those with an entry
are expected and nobody else; in a first stage by teams, the members of its teams.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt
from quiz.attempts.queries import CLOSED
from quiz.contests.models import Contest, ContestGroup, Entry, Team, TeamMember
from quiz.contests.queries import window_of
from quiz.contests.rules import ADULT_GROUPS
from quiz.rankings.counting import SittingFacts
from quiz.rankings.expected.queries import (
    basis_of,
    classes_query,
    counted_classes_query,
    counted_headcounts_query,
    enrolled_now,
    excused_by_class,
    headcounts_query,
)
from quiz.rankings.expected.rules import Excused
from quiz.rankings.models import ContestTally, ExpectedCount, UnitStanding
from quiz.rankings.profiles import PROGRESS
from quiz.rankings.standings import ClassFacts, ClassSum, ContestField, Earlier, SchoolFacts, UnitKey
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import classes_within
from quiz.regions.rules import Scope


@dataclass(frozen=True)
class Expected:
    """What is known of a contest without its results: who was expected, and where all schools stand."""

    schools: dict[int, SchoolFacts]
    classes: tuple[ClassFacts, ...]
    headcounts: dict[tuple[int, str], int]
    profile: str = ""  # by which the contest's units are compared
    earlier: Mapping[UnitKey, Earlier] = field(default_factory=dict)  # of the contest that progress is measured against
    count: ExpectedCount | None = None  # that the numbers come from; None: an estimate, or entries
    only_adults: bool = False

    def with_sums(self, sums: Sequence[ClassSum]) -> ContestField:
        """The facts of the contest.

        Classes that have left or closed since are kept as far as they have results; nobody more is expected of them.
        """
        known = {one.id for one in self.classes}
        gone = [ClassFacts(one.class_id, one.school_id, one.group, 0) for one in sums if one.class_id not in known]
        classes = (*self.classes, *gone)
        return ContestField(self.schools, classes, self.headcounts, tuple(sums), self.earlier, self.only_adults)

    @property
    def digest(self) -> str:
        """The same for the same facts."""
        places = sorted((one.id, one.kind, one.county_id, one.prefecture_id or "") for one in self.schools.values())
        classes = [
            (one.id, one.school_id, one.group, one.enrolled, one.excused, one.sat_elsewhere) for one in self.classes
        ]
        facts = (places, classes, sorted(self.headcounts.items()), self.profile, sorted(self.earlier.items()))
        return sha256(repr(facts).encode()).hexdigest()


def gather(session: Session, contest: Contest, within: Sequence[Scope] = ()) -> Expected:
    """Who is expected; ``within`` narrows to what lies in all of these. A handful of queries; before the count they scan the rosters."""
    count, has_excuses = basis_of(session, contest)
    headcounts: dict[tuple[int, str], int] = {}
    if contest.is_by_promotion:
        classes = _promoted(session, contest, within)
    elif contest.is_by_teams:
        classes = _in_teams(session, contest, within)
    elif count is None:
        classes = _facts(session, classes_query(contest, enrolled_now(contest), within))
        headcounts = _headcounts(session, headcounts_query(contest, within))
    else:
        classes = _facts(session, counted_classes_query(contest.id, within))
        headcounts = _headcounts(session, counted_headcounts_query(contest.id, within))
    excused = excused_by_class(session, contest, count, within) if has_excuses else {}
    classes = [_excused(one, *excused[one.id]) if one.id in excused else one for one in classes]
    ids = None if not within else {one.school_id for one in classes} | {school for school, _ in headcounts}
    return Expected(
        schools_of(session, ids), tuple(classes), headcounts, contest.ranking_profile, earlier_of(session, contest), count,
        only_adults(contest),
    )  # fmt: skip


def _excused(one: ClassFacts, excused: Excused, sat_elsewhere: int) -> ClassFacts:
    return replace(one, excused=excused, sat_elsewhere=sat_elsewhere)


def only_adults(contest: Contest) -> bool:
    """Whether no pupils take part, so that “all” are adults."""
    return all(group.kind in ADULT_GROUPS for group in contest.groups)


def groups_of_all(contest: Contest) -> list[ContestGroup]:
    """The groups that “all” are made of: those of pupils, in a contest of adults alone every one."""
    return [group for group in contest.groups if group.kind not in ADULT_GROUPS] or list(contest.groups)


def earlier_of(session: Session, contest: Contest) -> dict[UnitKey, Earlier]:
    """What the units had in the contest that progress is measured against; nothing under another profile."""
    if contest.ranking_profile != PROGRESS.key or contest.earlier_contest_id is None:
        return {}
    tally = session.get(ContestTally, contest.earlier_contest_id)
    if tally is None:
        return {}
    one = UnitStanding
    query = sa.select(one.category, one.level, one.unit_id, one.figures).where(
        one.contest_id == tally.contest_id, one.generation == tally.generation, one.pupils > 0
    )
    return {
        (category, level, unit_id): (figures["pupils"], figures["pupils_expected"], figures["score_sum"])
        for category, level, unit_id, figures in session.execute(query)
    }


def _promoted(session: Session, contest: Contest, within: Sequence[Scope]) -> list[ClassFacts]:
    """The entries of a later stage by class."""
    query = (
        sa.select(Entry.class_id, Entry.school_id, ContestGroup.kind, sa.func.count())
        .join(ContestGroup, ContestGroup.id == Entry.group_id)
        .where(Entry.contest_id == contest.id, Entry.withdrawn_at.is_(None))
        .group_by(Entry.class_id, Entry.school_id, ContestGroup.kind)
        .order_by(Entry.class_id)
    )
    if within:
        query = query.join(SchoolClass, SchoolClass.id == Entry.class_id).join(School, School.id == Entry.school_id)
        query = query.where(*map(classes_within, within))
    return [ClassFacts(one, school, kind.value, pupils) for one, school, kind, pupils in session.execute(query)]


def _in_teams(session: Session, contest: Contest, within: Sequence[Scope]) -> list[ClassFacts]:
    """The members of teams by class; reserves are not expected."""
    query = (
        sa.select(TeamMember.class_id, Team.school_id, ContestGroup.kind, sa.func.count())
        .join(Team, Team.id == TeamMember.team_id)
        .join(ContestGroup, ContestGroup.id == Team.group_id)
        .where(Team.contest_id == contest.id, Team.withdrawn_at.is_(None), ~TeamMember.is_reserve)
        .group_by(TeamMember.class_id, Team.school_id, ContestGroup.kind)
        .order_by(TeamMember.class_id)
    )
    if within:
        query = query.join(SchoolClass, SchoolClass.id == TeamMember.class_id).join(School, School.id == Team.school_id)
        query = query.where(*map(classes_within, within))
    return [ClassFacts(one, school, kind.value, pupils) for one, school, kind, pupils in session.execute(query)]


def sittings_of(contest: Contest) -> list[SittingFacts]:
    """The contest's sittings in the order of its groups."""
    return [
        SittingFacts(
            group.sitting_id, group.kind.value, group.sitting.counting.value, group.sitting.pass_hundredths,
            group.sitting.compares_time,
        )
        for group in contest.groups
    ]  # fmt: skip


def attempts_query(sittings: Sequence[SittingFacts]) -> sa.Select[Any]:
    """The closed attempts of these sittings, in the columns that counting.py names."""
    columns: tuple[Any, ...] = (
        Attempt.sitting_id, Attempt.user_id, Attempt.id, Attempt.school_id, Attempt.class_id,
        sa.func.coalesce(Attempt.score, 0), sa.func.coalesce(Attempt.elapsed_seconds, 0), Attempt.number,
    )  # fmt: skip
    return sa.select(*columns).where(
        Attempt.sitting_id.in_([sitting.id for sitting in sittings]), Attempt.status.in_(CLOSED)
    )


def schools_of(session: Session, ids: Collection[int] | None = None) -> dict[int, SchoolFacts]:
    """Where schools stand; all of them without ``ids``."""
    query = sa.select(School.id, School.kind, School.county_id, School.prefecture_id)
    if ids is not None:
        query = query.where(School.id.in_(ids))
    return {row[0]: SchoolFacts(row[0], row[1].value, row[2], row[3]) for row in session.execute(query)}


def opens_at(contest: Contest) -> datetime:
    """The day whose grades decide who belongs to which group."""
    return window_of(contest)[0]


def closes_at(contest: Contest) -> datetime:
    """When the last window of the contest closes."""
    return window_of(contest)[1]


def _facts(session: Session, query: sa.Select[Any]) -> list[ClassFacts]:
    return [ClassFacts(*row) for row in session.execute(query)]


def _headcounts(session: Session, query: sa.Select[Any]) -> dict[tuple[int, str], int]:
    """Enrolment figures by school and group."""
    return {(school_id, group): int(pupils) for school_id, group, pupils in session.execute(query)}
