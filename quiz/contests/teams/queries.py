"""Reads of teams. What lies outside the actor's places is never returned."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.accounts.models import Enrolment, User
from quiz.contests.teams.models import Team, TeamChange, TeamMember
from quiz.db import in_batches
from quiz.errors import NotFoundError, msgid
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.queries import schools_within
from quiz.regions.rules import Scope

NO_TEAM = msgid("没有找到这个队。")
SOME = 500  # ids of one question


def seated(contest_id: Any) -> sa.Select[Any]:
    """SQL: the pupils (user ids) who count for a team of the stage; reserves do not."""
    return (
        sa.select(TeamMember.user_id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(TeamMember.contest_id == contest_id, ~TeamMember.is_reserve, Team.withdrawn_at.is_(None))
    )


def of_pupil(user_id: Any, contest_id: Any) -> sa.Select[Any]:
    """SQL: the membership of one pupil in a stage, reserves too."""
    return (
        sa.select(TeamMember)
        .join(Team, Team.id == TeamMember.team_id)
        .where(TeamMember.user_id == user_id, TeamMember.contest_id == contest_id, Team.withdrawn_at.is_(None))
    )


def hold_membership(session: Session, contest_id: int, user_id: int) -> TeamMember | None:
    """A pupil's membership as it is now, kept so until the commit: nobody stands in meanwhile."""
    held = of_pupil(user_id, contest_id).with_for_update(read=True, of=TeamMember)
    found: TeamMember | None = session.scalar(held, execution_options={"populate_existing": True})
    return found


def reserve_stages(session: Session, user_id: int, contest_ids: Collection[int]) -> set[int]:
    """Of these stages, those in which a pupil is a reserve."""
    query = sa.select(TeamMember.contest_id).where(
        TeamMember.user_id == user_id, TeamMember.contest_id.in_(contest_ids), TeamMember.is_reserve
    )
    return set(session.scalars(query))


@dataclass(frozen=True)
class TeamLine:
    """A team as staff lists it."""

    team: Team
    school: str
    school_code: str
    county: str


@dataclass(frozen=True)
class MemberLine:
    """A member of a team."""

    team_id: int
    user_id: int
    public_id: str
    name: str
    class_id: int
    school_class: SchoolClass
    student_number: str | None
    is_reserve: bool


def lines(contest_id: int, scope: Scope | None = None, *, text: str = "") -> sa.Select[Any]:
    """The teams of a stage with their schools, by county and school; ``scope`` leaves out teams of others."""
    query: Any = (
        sa.select(Team, School.name, School.code, Region.name)
        .join(School, School.id == Team.school_id)
        .join(Region, Region.id == School.county_id)
        .where(Team.contest_id == contest_id, Team.withdrawn_at.is_(None))
        .order_by(Region.rank, School.name, School.id, Team.group_id, Team.slot)
    )
    if scope is not None:
        query = query.where(within(scope))
    if text:
        query = query.where(
            sa.or_(Team.name.contains(text, autoescape=True), School.name.contains(text, autoescape=True))
        )
    found: sa.Select[Any] = query
    return found


def within(scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: the team's school lies in the scope, or one of its members' classes does (join School)."""
    if scope.everywhere:
        return sa.true()
    own = sa.exists().where(TeamMember.team_id == Team.id, TeamMember.class_id.in_(scope.classes))
    return sa.or_(schools_within(scope), own)


def get_line(session: Session, contest_id: int, public_id: str, scope: Scope | None) -> TeamLine:
    """One team of the stage (within a scope); else NotFoundError."""
    row = session.execute(lines(contest_id, scope).where(Team.public_id == public_id)).first()
    if row is None:
        raise NotFoundError(NO_TEAM)
    return TeamLine(*row)


def is_own(session: Session, team: Team, scope: Scope) -> bool:
    """Whether all pupils of a team belong to the scope: whoever has only some of them does not change it."""
    mine = sa.select(SchoolClass.id).join(School, School.id == SchoolClass.school_id)
    if not scope.everywhere:
        mine = mine.where(sa.or_(schools_within(scope), SchoolClass.id.in_(scope.classes)))
    other = sa.select(TeamMember.user_id).where(TeamMember.team_id == team.id, TeamMember.class_id.not_in(mine))
    return session.scalar(other.limit(1)) is None


def members_of(session: Session, team_ids: Collection[int]) -> dict[int, list[MemberLine]]:
    """The members of teams, in their order."""
    found: dict[int, list[MemberLine]] = {one: [] for one in team_ids}
    for some in in_batches(sorted(found), SOME):
        query: Any = (
            sa.select(
                TeamMember.team_id, User.id, User.public_id, User.name, TeamMember.class_id, SchoolClass,
                Enrolment.student_number, TeamMember.is_reserve,
            )
            .join(User, User.id == TeamMember.user_id)
            .join(SchoolClass, SchoolClass.id == TeamMember.class_id)
            .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
            .where(TeamMember.team_id.in_(some))
            .order_by(TeamMember.team_id, TeamMember.is_reserve, TeamMember.place)
        )  # fmt: skip
        for row in session.execute(query):
            found[row[0]].append(MemberLine(*row))
    return found


@dataclass(frozen=True)
class OwnTeam:
    """A pupil's team with all its members."""

    team: Team
    is_reserve: bool
    members: list[MemberLine]


def own_team(session: Session, contest_id: int, user_id: int) -> OwnTeam | None:
    """The team of a pupil in a stage."""
    mine = session.scalar(of_pupil(user_id, contest_id))
    if mine is None:
        return None
    return OwnTeam(
        session.get_one(Team, mine.team_id), mine.is_reserve, members_of(session, [mine.team_id])[mine.team_id]
    )  # fmt: skip


@dataclass(frozen=True)
class ChangeLine:
    """A step of a team's history with the names in it."""

    change: TeamChange
    by: str
    out_name: str | None
    in_name: str | None


def history(session: Session, team: Team) -> list[ChangeLine]:
    """What was done to a team, the latest first."""
    by, left, came = aliased(User), aliased(User), aliased(User)
    query = (
        sa.select(TeamChange, by.name, left.name, came.name)
        .join(by, by.id == TeamChange.by)
        .outerjoin(left, left.id == TeamChange.out_user_id)
        .outerjoin(came, came.id == TeamChange.in_user_id)
        .where(TeamChange.team_id == team.id)
        .order_by(TeamChange.id.desc())
    )
    return [ChangeLine(*row) for row in session.execute(query)]


def own_schools(session: Session, scope: Scope) -> list[School]:
    """The schools for whose pupils somebody acts; empty for who acts everywhere and has to name one."""
    if scope.everywhere or scope.regions:
        return []
    of_classes = sa.select(SchoolClass.school_id).where(SchoolClass.id.in_(scope.classes))
    query = sa.select(School).where(sa.or_(School.id.in_(scope.schools), School.id.in_(of_classes)))
    return list(session.scalars(query.order_by(School.name)))


def has_teams(session: Session, contest_id: int, group_id: int | None = None) -> bool:
    """Whether a stage (or one group of it) has teams."""
    query = sa.select(Team.id).where(Team.contest_id == contest_id, Team.withdrawn_at.is_(None))
    if group_id is not None:
        query = query.where(Team.group_id == group_id)
    return session.scalar(query.limit(1)) is not None


def number_of(session: Session, contest_id: int) -> int:
    """How many teams a stage has."""
    query = sa.select(sa.func.count()).where(Team.contest_id == contest_id, Team.withdrawn_at.is_(None))
    return session.scalar(query.select_from(Team)) or 0
