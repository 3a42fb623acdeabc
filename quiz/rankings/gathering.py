"""Gather the facts of a contest from the database: who counts, who was expected. A handful of queries, whatever the size.

Expected schools are those in the contest's places with a class or enrolment figure in a grade of its groups.
Expected pupils are the school's enrolment figures for those grades where it has given them and takes part as a
whole, else the pupils enrolled in the classes concerned: those who have not left before the window closes, so
that next year's roster changes nothing. In a later stage, those with an entry were expected and nobody else; in a first
stage by teams, the members of its teams.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment
from quiz.attempts.models import Attempt
from quiz.attempts.queries import CLOSED
from quiz.contests.eligibility import group_column, places_of
from quiz.contests.models import Contest, ContestGroup, Entry, Team, TeamMember
from quiz.contests.queries import window_of
from quiz.contests.rules import group_of, scope_of
from quiz.rankings.counting import SittingFacts
from quiz.rankings.standings import ClassFacts, ClassSum, ContestField, SchoolFacts
from quiz.regions.models import School, SchoolClass, SchoolHeadcount
from quiz.regions.queries import classes_within, schools_within


@dataclass(frozen=True)
class Expected:
    """What is known of a contest without its results: who was expected, and where all schools stand."""

    schools: dict[int, SchoolFacts]
    classes: tuple[ClassFacts, ...]
    headcounts: dict[tuple[int, str], int]
    profile: str = ""  # by which the contest's units are compared

    def with_sums(self, sums: Sequence[ClassSum]) -> ContestField:
        """The facts of the contest.

        Classes that have left or closed since are kept as far as they have results; nobody more is expected of them.
        """
        known = {one.id for one in self.classes}
        gone = [ClassFacts(one.class_id, one.school_id, one.group, 0) for one in sums if one.class_id not in known]
        classes = (*self.classes, *gone)
        return ContestField(self.schools, classes, self.headcounts, tuple(sums))

    @property
    def digest(self) -> str:
        """The same for the same facts."""
        places = sorted((one.id, one.kind, one.county_id, one.prefecture_id or "") for one in self.schools.values())
        classes = [(one.id, one.school_id, one.group, one.enrolled) for one in self.classes]
        return sha256(repr((places, classes, sorted(self.headcounts.items()), self.profile)).encode()).hexdigest()


def gather(session: Session, contest: Contest) -> Expected:
    """Who was expected. A handful of queries that scan the rosters."""
    profile = contest.ranking_profile
    if contest.is_by_promotion:
        return Expected(schools_of(session), tuple(_promoted(session, contest)), {}, profile)
    if contest.is_by_teams:
        return Expected(schools_of(session), tuple(_in_teams(session, contest)), {}, profile)
    return Expected(
        schools_of(session), tuple(_classes(session, contest)), _headcounts(session, contest), profile
    )  # fmt: skip


def _promoted(session: Session, contest: Contest) -> list[ClassFacts]:
    """The entries of a later stage by class."""
    query = (
        sa.select(Entry.class_id, Entry.school_id, ContestGroup.kind, sa.func.count())
        .join(ContestGroup, ContestGroup.id == Entry.group_id)
        .where(Entry.contest_id == contest.id, Entry.withdrawn_at.is_(None))
        .group_by(Entry.class_id, Entry.school_id, ContestGroup.kind)
        .order_by(Entry.class_id)
    )
    return [ClassFacts(one, school, kind.value, pupils) for one, school, kind, pupils in session.execute(query)]


def _in_teams(session: Session, contest: Contest) -> list[ClassFacts]:
    """The members of teams by class; reserves are not expected."""
    query = (
        sa.select(TeamMember.class_id, Team.school_id, ContestGroup.kind, sa.func.count())
        .join(Team, Team.id == TeamMember.team_id)
        .join(ContestGroup, ContestGroup.id == Team.group_id)
        .where(Team.contest_id == contest.id, Team.withdrawn_at.is_(None), ~TeamMember.is_reserve)
        .group_by(TeamMember.class_id, Team.school_id, ContestGroup.kind)
        .order_by(TeamMember.class_id)
    )
    return [ClassFacts(one, school, kind.value, pupils) for one, school, kind, pupils in session.execute(query)]


def sittings_of(contest: Contest) -> list[SittingFacts]:
    """The contest's sittings in the order of its groups."""
    return [
        SittingFacts(
            group.sitting_id, group.kind.value, group.sitting.counting.value, group.sitting.pass_hundredths
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


def _classes(session: Session, contest: Contest) -> list[ClassFacts]:
    group = group_column(opens_at(contest))
    enrolled = (
        sa.select(Enrolment.class_id, sa.func.count().label("pupils"))
        .where(sa.or_(Enrolment.ended_at.is_(None), Enrolment.ended_at > closes_at(contest)))
        .group_by(Enrolment.class_id)
        .subquery()
    )
    query = (
        sa.select(SchoolClass.id, School.id, group, sa.func.coalesce(enrolled.c.pupils, 0))
        .join(School, School.id == SchoolClass.school_id)
        .outerjoin(enrolled, enrolled.c.class_id == SchoolClass.id)
        .where(
            School.is_active,
            SchoolClass.is_active,
            classes_within(scope_of(places_of(contest))),
            group.in_([one.kind.value for one in contest.groups]),
        )
        .order_by(SchoolClass.id)
    )
    return [ClassFacts(*row) for row in session.execute(query)]


def _headcounts(session: Session, contest: Contest) -> dict[tuple[int, str], int]:
    """Enrolment figures by school and group, of schools that take part as a whole."""
    whole = replace(scope_of(places_of(contest)), classes=frozenset())
    query = (
        sa.select(School.id, School.kind, SchoolHeadcount.grade, SchoolHeadcount.pupils)
        .join(SchoolHeadcount, SchoolHeadcount.school_id == School.id)
        .where(School.is_active, schools_within(whole))
    )
    groups = {group.kind for group in contest.groups}
    found: dict[tuple[int, str], int] = {}
    for school_id, kind, grade, pupils in session.execute(query):
        group = group_of(kind, grade)
        if group in groups and pupils:
            found[school_id, group.value] = found.get((school_id, group.value), 0) + pupils
    return found
