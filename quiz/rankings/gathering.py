"""Gather the facts of a contest from the database: who counts, who was expected. A handful of queries, whatever the size.

Expected schools are those in the contest's places with a class or enrolment figure in a grade of its groups.
Expected pupils are the school's enrolment figures for those grades where it has given them and takes part as a
whole, else the pupils enrolled in the classes concerned: those who have not left before the window closes, so
that next year's roster changes nothing.
"""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment
from quiz.attempts.queries import counted_attempts
from quiz.contests.eligibility import group_column, places_of
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.rules import group_of, scope_of
from quiz.rankings.standings import ClassFacts, ContestField, Result, SchoolFacts
from quiz.regions.models import School, SchoolClass, SchoolHeadcount
from quiz.regions.queries import classes_within, schools_within


def gather(session: Session, contest: Contest) -> ContestField:
    """All facts from which the contest's standings follow."""
    results = _results(session, contest)
    classes = _with_results(_classes(session, contest), results)
    headcounts = _headcounts(session, contest)
    schools = {one.school_id for one in classes} | {school_id for school_id, _ in headcounts}
    return ContestField(_schools(session, schools), classes, headcounts, results)


def opens_at(contest: Contest) -> datetime:
    """The day whose grades decide who belongs to which group."""
    return min(group.sitting.opens_at for group in contest.groups)


def closes_at(contest: Contest) -> datetime:
    """When the last window of the contest closes."""
    return max(group.sitting.closes_at for group in contest.groups)


def _results(session: Session, contest: Contest) -> tuple[Result, ...]:
    groups: dict[int, ContestGroup] = {group.sitting_id: group for group in contest.groups}
    return tuple(
        Result(
            user_id=one.user_id,
            attempt_id=one.attempt_id,
            group=groups[one.sitting_id].kind.value,
            school_id=one.school_id,
            class_id=one.class_id,
            score=one.score,
            elapsed_seconds=one.elapsed_seconds,
            has_passed=one.score >= groups[one.sitting_id].sitting.pass_hundredths,
        )
        for one in counted_attempts(session, list(groups))
    )


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


def _with_results(classes: list[ClassFacts], results: tuple[Result, ...]) -> tuple[ClassFacts, ...]:
    """Classes that have left or closed since are kept as far as they have results; nobody more is expected of them."""
    known = {one.id for one in classes}
    gone = {
        one.class_id: ClassFacts(one.class_id, one.school_id, one.group, 0)
        for one in results
        if one.class_id not in known
    }
    return (*classes, *gone.values())


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


def _schools(session: Session, ids: set[int]) -> dict[int, SchoolFacts]:
    # All schools, then a choice here: a list of a thousand ids is no good parameter for a statement.
    query = sa.select(School.id, School.kind, School.county_id, School.prefecture_id)
    rows = session.execute(query)
    return {row[0]: SchoolFacts(row[0], row[1].value, row[2], row[3]) for row in rows if row[0] in ids}
