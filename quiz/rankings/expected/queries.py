"""Reads of the expected numbers: which count is valid, what it says, who is excused.

Until a contest has been counted the same statements read the enrolments of now: an estimate. In a later stage those
with an entry are expected and nothing is counted: an entry keeps its class.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.accounts.models import Enrolment, User
from quiz.attempts.models import Attempt
from quiz.attempts.queries import CLOSED
from quiz.contests.eligibility import group_column, group_of_grade, places_of
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import window_of
from quiz.contests.rules import scope_of
from quiz.contests.teams.rules import StageUnit
from quiz.rankings.expected.models import Excuse, ExpectedClass, ExpectedCount, ExpectedHeadcount
from quiz.rankings.expected.rules import KINDS, Excused, ExcuseKind, count_moment
from quiz.regions.models import School, SchoolClass, SchoolHeadcount
from quiz.regions.queries import classes_within, schools_within
from quiz.regions.rules import Scope


def count_at(contest: Contest) -> datetime:
    """The moment whose enrolments are counted first; at the latest the end, should the window have moved since."""
    opens_at, closes_at = window_of(contest)
    return min(count_moment(contest.expected_on, opens_at), closes_at)


def counts_of(session: Session, contest: Contest) -> Sequence[ExpectedCount]:
    """All counts of a contest, the valid one first."""
    query = sa.select(ExpectedCount).where(ExpectedCount.contest_id == contest.id)
    return session.scalars(query.order_by(ExpectedCount.number.desc())).all()


#: SQL: the count is of this contest as it is published now; one that was taken back may have changed since.
IS_OF_CONTEST = sa.and_(ExpectedCount.contest_id == Contest.id, ExpectedCount.made_at >= Contest.published_at)


def valid_count(session: Session, contest_id: int) -> ExpectedCount | None:
    """The count that the expected numbers come from; None before the first one."""
    query = sa.select(ExpectedCount).join(Contest, IS_OF_CONTEST).where(Contest.id == contest_id)
    return session.scalar(query.order_by(ExpectedCount.number.desc()).limit(1))


def basis_of(session: Session, contest: Contest) -> tuple[ExpectedCount | None, bool]:
    """The valid count, and whether anybody is excused: one question, for pages that are asked for often."""
    has_excuses = sa.exists().where(Excuse.contest_id == contest.id, Excuse.withdrawn_at.is_(None))
    query: Any = (
        sa.select(ExpectedCount, has_excuses)
        .select_from(Contest)
        .outerjoin(ExpectedCount, IS_OF_CONTEST)
        .where(Contest.id == contest.id)
        .order_by(ExpectedCount.number.is_(None), ExpectedCount.number.desc())
        .limit(1)
    )
    count, is_any = session.execute(query).one()
    return count, bool(is_any)


def enrolled_at(moment: datetime) -> sa.ColumnElement[bool]:
    """SQL: the enrolment held at a moment. Whoever moves at that very moment counts at the new place only."""
    return sa.and_(
        Enrolment.started_at <= moment, sa.or_(Enrolment.ended_at.is_(None), Enrolment.ended_at > moment)
    )  # fmt: skip


def enrolled_now(contest: Contest) -> sa.ColumnElement[bool]:
    """SQL: enrolled and not gone before the window closes, so that next year's roster changes nothing."""
    return sa.or_(Enrolment.ended_at.is_(None), Enrolment.ended_at > window_of(contest)[1])


def classes_query(
    contest: Contest, is_enrolled: sa.ColumnElement[bool], within: Sequence[Scope] = ()
) -> sa.Select[Any]:
    """SQL: (class, school, group, enrolled pupils) of every class whose pupils may enter."""
    group = group_column(window_of(contest)[0])
    enrolled = (
        sa.select(Enrolment.class_id, sa.func.count().label("pupils"))
        .where(is_enrolled)
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
    return query.where(*map(classes_within, within))


def headcounts_query(contest: Contest, within: Sequence[Scope] = ()) -> sa.Select[Any]:
    """SQL: (school, group, reported pupils) of schools that take part as a whole."""
    whole = replace(scope_of(places_of(contest)), classes=frozenset())
    group = group_of_grade(SchoolHeadcount.grade)
    query = (
        sa.select(School.id, group, sa.func.sum(SchoolHeadcount.pupils))
        .join(SchoolHeadcount, SchoolHeadcount.school_id == School.id)
        .where(
            School.is_active,
            schools_within(whole),
            SchoolHeadcount.pupils > 0,
            group.in_([one.kind.value for one in contest.groups]),
        )
        .group_by(School.id, group)
    )
    return query.where(*map(schools_within, within))


def counted_classes_query(contest_id: int, within: Sequence[Scope] = ()) -> sa.Select[Any]:
    """SQL: what :func:`classes_query` said at the count."""
    one = ExpectedClass
    query: Any = sa.select(one.class_id, one.school_id, one.group_kind, one.pupils).where(one.contest_id == contest_id)
    if within:
        query = query.join(SchoolClass, SchoolClass.id == one.class_id).join(School, School.id == one.school_id)
        query = query.where(*map(classes_within, within))
    found: sa.Select[Any] = query.order_by(one.class_id)
    return found


def counted_headcounts_query(contest_id: int, within: Sequence[Scope] = ()) -> sa.Select[Any]:
    """SQL: what :func:`headcounts_query` said at the count."""
    one = ExpectedHeadcount
    query: Any = sa.select(one.school_id, one.group_kind, one.pupils).where(one.contest_id == contest_id)
    if within:
        query = query.join(School, School.id == one.school_id).where(*map(schools_within, within))
    found: sa.Select[Any] = query
    return found


def has_result(contest: Contest, user_id: Any, *more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """SQL: the pupil has handed in (or run out of time) in the contest."""
    return sa.exists().where(
        Attempt.sitting_id.in_([group.sitting_id for group in contest.groups]),
        Attempt.user_id == user_id,
        Attempt.status.in_(CLOSED),
        *more,
    )


def is_expected_again(contest: Contest, user_id: Any, class_id: Any) -> sa.ColumnElement[bool]:
    """SQL: the pupil's class expects them in spite of an excuse: they have sat, and not in another class after a move."""
    in_class = has_result(contest, user_id, Attempt.class_id == class_id)
    return sa.or_(in_class, sa.and_(Excuse.kind != ExcuseKind.MOVED, has_result(contest, user_id)))


def places_query(contest: Contest, count: ExpectedCount | None) -> sa.Select[Any]:
    """SQL: (pupil, class, school, student number) of whoever is counted as expected, where the count has them."""
    columns: tuple[Any, ...] = (
        Enrolment.user_id, Enrolment.class_id, Enrolment.school_id, Enrolment.student_number
    )  # fmt: skip
    if contest.is_by_promotion:
        columns = (Entry.user_id, Entry.class_id, Entry.school_id, Enrolment.student_number)
        current = sa.and_(Enrolment.user_id == Entry.user_id, Enrolment.ended_at.is_(None))
        entries: Any = sa.select(*columns).select_from(Entry).outerjoin(Enrolment, current)
        found: sa.Select[Any] = entries.where(Entry.contest_id == contest.id, Entry.withdrawn_at.is_(None))
        return found
    if count is None:
        classes = classes_query(contest, sa.false()).with_only_columns(SchoolClass.id).order_by(None)
        return sa.select(*columns).where(Enrolment.ended_at.is_(None), Enrolment.class_id.in_(classes))
    stored = sa.select(ExpectedClass.class_id).where(ExpectedClass.contest_id == contest.id)
    return sa.select(*columns).where(enrolled_at(count.counted_at), Enrolment.class_id.in_(stored))


def excused_by_class(
    session: Session, contest: Contest, count: ExpectedCount | None, within: Sequence[Scope] = ()
) -> dict[int, tuple[Excused, int]]:
    """How many pupils of a class are excused, by kind, and how many of them have moved and sat in another class.

    Who has sat all the same is expected like everybody else: who moved by all but the old class, others by it as well.
    """
    excused = sa.select(Excuse.user_id).where(Excuse.contest_id == contest.id, Excuse.withdrawn_at.is_(None))
    pupils = places_query(contest, count)
    place = pupils.where(pupils.selected_columns[0].in_(excused)).subquery()
    sat = sa.func.sum(sa.case((has_result(contest, Excuse.user_id), 1), else_=0))
    query = (
        sa.select(place.c.class_id, Excuse.kind, sa.func.count(), sat)
        .join(Excuse, Excuse.user_id == place.c.user_id)
        .where(
            Excuse.contest_id == contest.id,
            Excuse.withdrawn_at.is_(None),
            ~is_expected_again(contest, Excuse.user_id, place.c.class_id),
        )
        .group_by(place.c.class_id, Excuse.kind)
    )
    if within:
        query = query.join(SchoolClass, SchoolClass.id == place.c.class_id)
        query = query.join(School, School.id == SchoolClass.school_id).where(*map(classes_within, within))
    found: dict[int, list[int]] = {}
    elsewhere: dict[int, int] = {}
    for class_id, kind, number, have_sat in session.execute(query):
        found.setdefault(class_id, [0] * len(KINDS))[KINDS.index(kind)] = number
        elsewhere[class_id] = elsewhere.get(class_id, 0) + have_sat
    return {class_id: ((one[0], one[1], one[2]), elsewhere[class_id]) for class_id, one in found.items()}


def due(session: Session, now: datetime) -> list[Contest]:
    """Contests whose moment has come and that were not counted yet."""
    query = sa.select(Contest).where(
        Contest.published_at.is_not(None), Contest.cancelled_at.is_(None), Contest.first_stage_id.is_(None),
        Contest.playoff_of_id.is_(None), Contest.unit == StageUnit.PUPIL,
        ~sa.exists().where(IS_OF_CONTEST),
    )  # fmt: skip
    return [one for one in session.scalars(query.order_by(Contest.id)) if count_at(one) <= now]


def totals_query(contest_id: int) -> sa.Select[Any]:
    """SQL: schools, classes and pupils of what is stored: reported figures go before the classes of their school."""
    classes = sa.select(ExpectedClass).where(ExpectedClass.contest_id == contest_id).subquery()
    reported = sa.select(ExpectedHeadcount).where(ExpectedHeadcount.contest_id == contest_id).subquery()
    schools = sa.union(sa.select(classes.c.school_id), sa.select(reported.c.school_id)).subquery()
    is_reported = sa.exists().where(
        reported.c.school_id == classes.c.school_id, reported.c.group_kind == classes.c.group_kind
    )
    enrolled = sa.select(sa.func.coalesce(sa.func.sum(classes.c.pupils), 0)).where(~is_reported).scalar_subquery()
    figures = sa.select(sa.func.coalesce(sa.func.sum(reported.c.pupils), 0)).scalar_subquery()
    return sa.select(
        sa.select(sa.func.count()).select_from(schools).scalar_subquery(),
        sa.select(sa.func.count()).select_from(classes).scalar_subquery(),
        enrolled + figures,
    )


def excuse_of(session: Session, contest_id: int, user_id: int) -> Excuse | None:
    """The excuse that stands for a pupil."""
    mine = (Excuse.contest_id == contest_id, Excuse.user_id == user_id, Excuse.withdrawn_at.is_(None))
    return session.scalar(sa.select(Excuse).where(*mine))


def pupils_of_class(
    session: Session, contest: Contest, count: ExpectedCount | None, class_id: int, public_id: str | None = None
) -> Sequence[Any]:
    """The pupils who are counted in a class, with what stands against them: who, why, by whom, and whether they sat.

    ``has_sat``: so that the class expects them; ``has_sat_anywhere`` also in another class.
    """
    pupils = places_query(contest, count)
    place = pupils.where(pupils.selected_columns[1] == class_id).subquery()
    recorder = aliased(User)
    query = (
        sa.select(
            User.id, User.public_id, User.name, place.c.class_id, place.c.student_number, Excuse.id.label("excuse_id"),
            Excuse.kind, Excuse.reason, Excuse.recorded_at, recorder.name.label("recorder"),
            is_expected_again(contest, User.id, place.c.class_id).label("has_sat"),
            has_result(contest, User.id).label("has_sat_anywhere"),
        )
        .select_from(place)
        .join(User, User.id == place.c.user_id)
        .outerjoin(
            Excuse,
            sa.and_(
                Excuse.user_id == User.id, Excuse.contest_id == contest.id, Excuse.withdrawn_at.is_(None)
            ),
        )
        .outerjoin(recorder, recorder.id == Excuse.recorded_by)
        .order_by(place.c.student_number, User.id)
    )  # fmt: skip
    if public_id is not None:
        query = query.where(User.public_id == public_id)
    return session.execute(query).all()


def excuses_by_recorder(
    session: Session, contest: Contest, count: ExpectedCount | None, within: Sequence[Scope] = ()
) -> Sequence[Any]:
    """Rows (school_id, class_id, kind, recorder, pupils, sat, expected): who has excused how many.

    ``sat``: how many of those have sat all the same; ``expected``: how many their class expects again.
    """
    excused = (Excuse.contest_id == contest.id, Excuse.withdrawn_at.is_(None))
    pupils = places_query(contest, count)
    place = pupils.where(pupils.selected_columns[0].in_(sa.select(Excuse.user_id).where(*excused))).subquery()
    sat = sa.func.sum(sa.case((has_result(contest, Excuse.user_id), 1), else_=0))
    again = is_expected_again(contest, Excuse.user_id, place.c.class_id)
    query = (
        sa.select(
            place.c.school_id, place.c.class_id, Excuse.kind, User.name.label("recorder"),
            sa.func.count().label("pupils"), sat.label("sat"),
            sa.func.sum(sa.case((again, 1), else_=0)).label("expected"),
        )
        .join(Excuse, Excuse.user_id == place.c.user_id)
        .join(User, User.id == Excuse.recorded_by)
        .join(SchoolClass, SchoolClass.id == place.c.class_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(*excused, *map(classes_within, within))
        .group_by(place.c.school_id, place.c.class_id, Excuse.kind, User.name)
        .order_by(place.c.school_id, place.c.class_id, User.name)
    )  # fmt: skip
    return session.execute(query).all()


def totals_now(session: Session, contest: Contest, now: datetime) -> int:
    """How many pupils a count as of now would find."""
    classes = classes_query(contest, enrolled_at(now))
    reported = {(school, group): pupils for school, group, pupils in session.execute(headcounts_query(contest))}
    enrolled = sum(pupils for _, school, group, pupils in session.execute(classes) if (school, group) not in reported)
    return int(enrolled + sum(reported.values()))


def names_of(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """The names of members of staff."""
    rows = session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids)))
    return {user_id: name for user_id, name in rows}
