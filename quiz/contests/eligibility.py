"""Who may enter a contest, as SQL: enrolled now, at one of its places, in a grade of one of its groups.

The grade is that of the day the contest opens, so that the turn of a school year within a long window changes
nobody's group. In a later stage it is whoever has an entry there, and the group is the entry's. In a stage by teams, whoever
of these is a member of a team, and not its reserve.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, User
from quiz.contests.models import Contest, ContestGroup, ContestPlace, Entry
from quiz.contests.rules import GROUP_TABLE, ContestGroupKind, Place, scope_of
from quiz.contests.teams.queries import seated
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import classes_within
from quiz.regions.rules import NO_GRADE, NOT_YET, Scope, school_year


def places_of(contest: Contest) -> tuple[Place, ...]:
    """The places whose pupils may enter."""
    return tuple(place_of(row) for row in contest.places)


def place_of(row: ContestPlace) -> Place:
    """A stored place as a value."""
    if row.region_id is not None:
        return Place("region", row.region_id)
    if row.school_id is not None:
        return Place("school", str(row.school_id))
    return Place("class", str(row.class_id))


def group_column(at: datetime) -> sa.ColumnElement[Any]:
    """SQL: the group of a class (join School and SchoolClass), NULL where it takes no part."""
    rising = SchoolClass.entry_grade + school_year(at) - SchoolClass.cohort_year
    grade = sa.case((SchoolClass.entry_grade <= NO_GRADE, NO_GRADE), (rising > NO_GRADE, rising), else_=NOT_YET)
    return group_of_grade(grade)


def group_of_grade(grade: Any) -> sa.ColumnElement[Any]:
    """SQL: the group of a grade (join School), NULL where it takes no part."""
    return sa.case(
        *[
            (sa.and_(School.kind == kind, grade.between(first, last)), sa.literal(group.value))
            for kind, rows in GROUP_TABLE.items()
            for first, last, group in rows
        ],
        else_=sa.null(),
    )


def eligible(
    *, places: tuple[Place, ...], groups: Iterable[ContestGroupKind], at: datetime, within: Scope | None = None
) -> sa.Select[Any]:
    """Rows (user_id, student_number, school_id, class_id, county_id, prefecture_id, group) of who may enter.

    ``within`` narrows to a staff member's scope.
    """
    group = group_column(at)
    return _within(
        _enrolled(group).where(
            User.is_active,
            School.is_active,
            SchoolClass.is_active,
            classes_within(scope_of(places)),
            group.in_([kind.value for kind in groups]),
        ),
        within,
    )


def _enrolled(group: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Whoever is enrolled now, in the columns of :func:`eligible`."""
    return (
        sa.select(
            Enrolment.user_id,
            Enrolment.student_number,
            Enrolment.school_id,
            Enrolment.class_id,
            School.county_id,
            School.prefecture_id,
            group.label("group"),
        )
        .join(School, School.id == Enrolment.school_id)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .join(User, User.id == Enrolment.user_id)
        .where(Enrolment.ended_at.is_(None))
    )


def _within(query: sa.Select[Any], within: Scope | None) -> sa.Select[Any]:
    return query if within is None else query.where(classes_within(within))


def _promoted(contest: Contest, within: Scope | None) -> sa.Select[Any]:
    """Who has a place in a later stage, in the columns of :func:`eligible`; a class that was closed keeps nobody out."""
    query = (
        _enrolled(sa.type_coerce(ContestGroup.kind, sa.String))
        .join(Entry, Entry.user_id == Enrolment.user_id)
        .join(ContestGroup, ContestGroup.id == Entry.group_id)
        .where(Entry.contest_id == contest.id, Entry.withdrawn_at.is_(None), User.is_active)
    )
    return _within(query, within)


def eligible_enrolments(contest: Contest, within: Scope | None = None) -> sa.Select[Any]:
    """The rows of :func:`eligible` for a stored contest; of a later stage, those with an entry; of teams, their members."""
    query = open_enrolments(contest, within)
    return query.where(Enrolment.user_id.in_(seated(contest.id))) if contest.is_by_teams else query


def open_enrolments(contest: Contest, within: Scope | None = None) -> sa.Select[Any]:
    """Whoever could take part, were they in a team: from them teams are registered."""
    if contest.is_by_promotion:
        return _promoted(contest, within)
    return eligible(
        places=places_of(contest),
        groups=[group.kind for group in contest.groups],
        at=min(one.sitting.opens_at for one in contest.groups) if contest.groups else contest.created_at,
        within=within,
    )


def eligible_counts(session: Session, contest: Contest) -> dict[ContestGroupKind, int]:
    """How many pupils may enter, by group (groups without any are 0); in a stage by teams, how many could be in one."""
    rows = open_enrolments(contest).subquery()
    counted = session.execute(sa.select(rows.c.group, sa.func.count()).group_by(rows.c.group))
    found = {ContestGroupKind(group): number for group, number in counted}
    return {group.kind: found.get(group.kind, 0) for group in contest.groups}
