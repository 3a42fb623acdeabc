"""Writes of teams: registered, changed or dissolved until the stage opens; later a reserve steps in, with a reason.

The unique indexes hold the limits: names within a group, teams of a school, one team for each pupil. What is refused here
is refused before anything is kept: an answer of 4xx is rolled back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.contests.eligibility import open_enrolments
from quiz.contests.models import Contest, Entry
from quiz.contests.noting import note
from quiz.contests.queries import state_of
from quiz.contests.rules import ContestState, Timing
from quiz.contests.stages import previous_stage
from quiz.contests.teams import queries, rules
from quiz.contests.teams.models import ChangeKind, Team, TeamChange, TeamMember
from quiz.contests.teams.rules import Unit
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError, ManyErrors, NotFoundError
from quiz.regions.models import School
from quiz.regions.rules import Scope

PERMISSION = "teams.register"
ACTS = {
    ChangeKind.REGISTERED: "contest:team:registered",
    ChangeKind.CHANGED: "contest:team:changed",
    ChangeKind.DISSOLVED: "contest:team:dissolved",
    ChangeKind.STAND_IN: "contest:team:stand_in",
}


@dataclass(frozen=True)
class TeamInput:
    """What the form says: members and reserves as lines of student numbers or names."""

    name: str
    instructor: str
    members: str
    reserves: str
    school_code: str = ""


@dataclass(frozen=True)
class _Found:
    """A pupil who was named."""

    user_id: int
    class_id: int
    group: str
    name: str


def set_unit(session: Session, *, contest: Contest, unit: Unit, timing: Timing) -> None:
    """Who competes in a draft, which the caller holds. ConflictError while teams are registered."""
    rules.check_unit(unit)
    if unit == contest.unit_rule:
        check_stage(session, contest, timing)
        return
    if queries.has_teams(session, contest.id):
        raise ConflictError("已经有队报名，不能再改按什么比。请先让学校解散这些队。")
    contest.unit, contest.team_size = unit.kind, unit.size
    contest.team_reserves, contest.teams_per_school = unit.reserves, unit.per_school
    check_stage(session, contest, timing)
    session.flush()


def check_stage(session: Session, contest: Contest, timing: Timing) -> None:
    """Raise DomainError: teams need time to register; those of a stage before come as they are."""
    if contest.is_by_teams and timing.starts_at_publication:
        raise DomainError("按队比要先报队：请定好开始时间，给学校留出报队的日子。", field="start")
    before = previous_stage(session, contest)
    if before is not None and before.is_by_teams and contest.is_by_teams and before.team_size != contest.team_size:
        raise DomainError(
            "上一赛段每队 %(size)s 人，晋级的队原样参加，这里也要 %(size)s 人。",
            field="team_size",
            size=before.team_size,
        )


def register(session: Session, *, actor: Actor, contest: Contest, values: TeamInput, now: datetime) -> Team:
    """Register a team of one's own pupils. Raises DomainError naming the field and line that is wrong."""
    _check_open(session, contest, now)
    name, instructor = rules.checked_name(values.name), _instructor(values.instructor)
    scope = actor.scope(PERMISSION)
    school = _school(session, scope, values.school_code)
    members, reserves = _found(session, contest, scope, school, values)
    group = next(one for one in contest.groups if one.kind.value == members[0].group)
    team = _insert(session, contest, group.id, school, name, instructor, actor, now)
    _seat(session, contest, team, members, reserves)
    _note(session, contest, team, ChangeKind.REGISTERED, actor, now, name=name, school_id=school.id)
    return team


def change(
    session: Session, *, actor: Actor, contest: Contest, team: Team, values: TeamInput, now: datetime
) -> None:  # fmt: skip
    """Name, instructor and members anew, before the stage opens."""
    _check_open(session, contest, now)
    scope = actor.scope(PERMISSION)
    _hold_own(session, team, scope)
    name, instructor = rules.checked_name(values.name), _instructor(values.instructor)
    members, reserves = _found(session, contest, scope, session.get_one(School, team.school_id), values)
    group = next(one for one in contest.groups if one.id == team.group_id)
    if members[0].group != group.kind.value:
        raise DomainError("队员换了组别，请解散这个队，另报一个。", field="members")
    if rules.name_key(name) != team.name_key and _name_taken(session, team.group_id, name):
        raise _taken()
    team.name, team.name_key, team.instructor = name, rules.name_key(name), instructor
    session.execute(sa.delete(TeamMember).where(TeamMember.team_id == team.id))
    _seat(session, contest, team, members, reserves)
    _note(session, contest, team, ChangeKind.CHANGED, actor, now, name=name)


def dissolve(session: Session, *, actor: Actor, contest: Contest, team: Team, now: datetime) -> None:
    """Take a team out before the stage opens; its pupils are free for another. Again it changes nothing."""
    if team.withdrawn_at is not None:
        return
    _check_open(session, contest, now)
    _hold_own(session, team, actor.scope(PERMISSION))
    team.withdrawn_at = now
    session.execute(sa.delete(TeamMember).where(TeamMember.team_id == team.id))
    _note(session, contest, team, ChangeKind.DISSOLVED, actor, now, name=team.name)


def stand_in(
    session: Session, *, actor: Actor, contest: Contest, team: Team, out_public_id: str, in_public_id: str, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """A reserve takes a member's place, who becomes a reserve. Neither may have begun, and the stage is not over."""
    reason = reason.strip()
    if not reason:
        raise DomainError("请写明原因，例如“参赛当天发烧”。", field="reason")
    if state_of(contest, now) not in (ContestState.ANNOUNCED, ContestState.RUNNING):
        raise ConflictError("这个赛段已经结束或取消，不能再换人。")
    _hold_own(session, team, actor.scope(PERMISSION))
    held = sa.select(TeamMember).where(TeamMember.team_id == team.id).with_for_update()
    rows = {one.user_id: one for one in session.scalars(held, execution_options={"populate_existing": True})}
    ids: dict[str, int] = {
        public_id: user_id
        for user_id, public_id in session.execute(sa.select(User.id, User.public_id).where(User.id.in_(rows)))
    }
    left, came = rows.get(ids.get(out_public_id, 0)), rows.get(ids.get(in_public_id, 0))
    if left is None or left.is_reserve:
        raise DomainError("请选择下场的队员。", field="out")
    if came is None or not came.is_reserve:
        raise DomainError("请选择上场的候补。", field="come")
    if _begun(session, contest, (left.user_id, came.user_id)):
        raise ConflictError("两人里有人已经开始答题，不能再换。")
    left.is_reserve, came.is_reserve = True, False
    left.place, came.place = came.place, left.place
    session.flush()
    if contest.is_by_promotion:
        _swap_entries(session, contest, team, left, came, now)
    _note(
        session, contest, team, ChangeKind.STAND_IN, actor, now, reason=reason[: rules.LONGEST_REASON],
        left=left.user_id, came=came.user_id,
    )  # fmt: skip


def _check_open(session: Session, contest: Contest, now: datetime) -> None:
    if not contest.is_by_teams:
        raise ConflictError("这个赛段不按队比，不用报队。")
    if comes_from_teams(session, contest):
        if contest.playoff_of_id is not None:
            raise ConflictError("加赛的队就是成绩并列的队，不能另报或改队。要换人，用候补上场。")
        raise ConflictError("这个赛段的队由晋级名单决定。要换人，用候补上场。")
    if state_of(contest, now) is not ContestState.ANNOUNCED:
        raise ConflictError("现在不能报队或改队：比赛发布以后、开始以前可以。")


def comes_from_teams(session: Session, contest: Contest) -> bool:
    """Whether the teams of this one are written for it: by promotion from a stage by teams, or as those who are tied."""
    if contest.playoff_of_id is not None:
        return contest.is_by_teams
    before = previous_stage(session, contest) if contest.is_by_promotion else None
    return before is not None and before.is_by_teams


def _instructor(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > rules.LONGEST_INSTRUCTOR:
        raise DomainError("指导教师最多 40 个字，请缩短。", field="instructor")
    return text


def _school(session: Session, scope: Scope, code: str) -> School:
    """The school of the team: the only one somebody acts for, else the one whose code was written."""
    own = queries.own_schools(session, scope)
    if len(own) == 1:
        return own[0]
    if not code.strip():
        raise DomainError("请填学校代码。", field="school")
    school = session.scalar(sa.select(School).where(School.code == code.strip(), School.is_active))
    if school is None or (own and school.id not in {one.id for one in own}):
        raise DomainError("没有找到这所学校，请检查学校代码。", field="school")
    return school


def _found(
    session: Session, contest: Contest, scope: Scope, school: School, values: TeamInput
) -> tuple[list[_Found], list[_Found]]:
    """The pupils who were named, in order: eligible, of the school and the actor's own, of one group, each once."""
    members, reserves = rules.lines_of(values.members), rules.lines_of(values.reserves)
    rows = open_enrolments(contest, scope).subquery()
    texts = [text for _, text in members + reserves]
    query = sa.select(rows.c.user_id, rows.c.class_id, rows.c.group, User.name, rows.c.student_number).join(
        User, User.id == rows.c.user_id
    )
    query = query.where(rows.c.school_id == school.id, sa.or_(rows.c.student_number.in_(texts), User.name.in_(texts)))
    known = session.execute(query).all()
    seen: set[int] = set()
    errors = rules.wrong_numbers(contest.unit_rule, len(members), len(reserves))
    found: tuple[list[_Found], list[_Found]] = ([], [])
    for people, field, lines in zip(found, ("members", "reserves"), (members, reserves), strict=True):
        for number, text in lines:
            try:
                people.append(_one(known, number, text, field, seen))
            except DomainError as error:
                errors.append(error)
    if errors:
        raise ManyErrors(errors)
    group = found[0][0].group
    for field, people in zip(("members", "reserves"), found, strict=True):
        for one in people:
            if one.group != group:
                raise DomainError("%(name)s 和第一名队员不是同一个组别，不能在一个队。", field=field, name=one.name)
    return found


def _one(known: Sequence[Any], number: int, text: str, field: str, seen: set[int]) -> _Found:
    fitting = [row for row in known if row.student_number == text] or [row for row in known if row.name == text]
    if not fitting:
        raise DomainError(
            "第 %(line)s 行“%(text)s”：没有找到这名学生，或者不能参加这场比赛。请写学号或名册上的姓名。",
            field=field, line=number, text=text[:20],
        )  # fmt: skip
    if len(fitting) > 1:
        raise DomainError(
            "第 %(line)s 行“%(text)s”：有同名的学生，请改写学号。", field=field, line=number, text=text[:20]
        )
    row = fitting[0]
    if row.user_id in seen:
        raise DomainError("第 %(line)s 行“%(text)s”写了两次。", field=field, line=number, text=text[:20])
    seen.add(row.user_id)
    return _Found(row.user_id, row.class_id, row.group, row.name)


def _insert(
    session: Session, contest: Contest, group_id: int, school: School, name: str, instructor: str, actor: Actor,
    now: datetime,
) -> Team:  # fmt: skip
    """A row in the first free slot of the school; the unique indexes decide between two at once."""
    used = set(
        session.scalars(
            sa.select(Team.slot).where(
                Team.group_id == group_id, Team.school_id == school.id, Team.withdrawn_at.is_(None)
            )
        )
    )
    limit = contest.unit_rule.limit
    free = next((slot for slot in range(1, limit + 1) if slot not in used), None)
    if free is None:
        raise DomainError("你们学校在这个组别最多报 %(limit)s 队，已经报满。", field="name", limit=limit)
    values = {
        "contest_id": contest.id, "group_id": group_id, "school_id": school.id, "slot": free, "name": name,
        "name_key": rules.name_key(name), "instructor": instructor, "created_by": actor.user_id, "created_at": now,
    }  # fmt: skip
    made = session.scalar(insert_into(session, Team).values(**values).on_conflict_do_nothing().returning(Team.id))
    if made is None:
        if _name_taken(session, group_id, name):
            raise _taken()
        raise ConflictError("同一时间有人也在为你们学校报队，请再交一次。")
    return session.get_one(Team, made)


def _name_taken(session: Session, group_id: int, name: str) -> bool:
    query = sa.select(Team.id).where(
        Team.group_id == group_id, Team.name_key == rules.name_key(name), Team.withdrawn_at.is_(None)
    )
    return session.scalar(query) is not None


def _taken() -> DomainError:
    return DomainError("这个组别已经有同名的队，请换一个队名，例如加上学校简称。", field="name")


def _seat(
    session: Session, contest: Contest, team: Team, members: Sequence[_Found], reserves: Sequence[_Found]
) -> None:
    """Write the members, in the order of their ids, so that two who want the same pupils wait and do not block each other."""
    rows = [
        {
            "team_id": team.id, "user_id": one.user_id, "contest_id": contest.id, "class_id": one.class_id,
            "place": place, "is_reserve": place > len(members),
        }
        for place, one in enumerate([*members, *reserves], start=1)
    ]  # fmt: skip
    names = {one.user_id: one.name for one in [*members, *reserves]}
    statement = insert_into(session, TeamMember).on_conflict_do_nothing().returning(TeamMember.user_id)
    for row in sorted(rows, key=lambda one: int(one["user_id"])):
        if session.scalar(statement, row) is None:
            field = "reserves" if row["is_reserve"] else "members"
            raise DomainError(
                "%(name)s 已经在这场比赛的另一个队里，每人只能参加一个队。",
                field=field,
                name=names[int(row["user_id"])],
            )


def _hold_own(session: Session, team: Team, scope: Scope) -> None:
    """Lock a team of one's own pupils; NotFoundError for others, or where it has been dissolved meanwhile."""
    session.refresh(team, with_for_update=True)
    if team.withdrawn_at is not None or not queries.is_own(session, team, scope):
        raise NotFoundError(queries.NO_TEAM)


def _begun(session: Session, contest: Contest, user_ids: Sequence[int]) -> bool:
    sittings = [group.sitting_id for group in contest.groups]
    query = sa.select(Attempt.id).where(
        Attempt.sitting_id.in_(sittings), Attempt.user_id.in_(user_ids), Attempt.status != AttemptStatus.VOIDED
    )
    return session.scalar(query.limit(1)) is not None


def _swap_entries(
    session: Session, contest: Contest, team: Team, left: TeamMember, came: TeamMember, now: datetime
) -> None:
    """In a later stage the place of the one who left is taken back, and the one who came gets an entry."""
    session.execute(
        sa.update(Entry)
        .where(Entry.contest_id == contest.id, Entry.user_id == left.user_id)
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    values = {
        "contest_id": contest.id, "group_id": team.group_id, "user_id": came.user_id, "school_id": team.school_id,
        "class_id": came.class_id, "extra_seconds": 0, "created_at": now,
    }  # fmt: skip
    statement = insert_into(session, Entry).values(**values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["contest_id", "user_id"], set_={"withdrawn_at": None})
    )


def _note(
    session: Session, contest: Contest, team: Team, kind: ChangeKind, actor: Actor, now: datetime, *, reason: str = "",
    left: int | None = None, came: int | None = None, **details: Any,
) -> None:  # fmt: skip
    """The team's own history and the audit log."""
    session.add(
        TeamChange(
            team_id=team.id, kind=kind, out_user_id=left, in_user_id=came, reason=reason, by=actor.user_id, at=now
        )
    )
    session.flush()
    more = {"out_user_id": left, "in_user_id": came, "reason": reason} if kind is ChangeKind.STAND_IN else {}
    note(session, contest, ACTS[kind], actor.user_id, now, team=team.public_id, **more, **details)


def check_removable(session: Session, contest: Contest, group_id: int) -> None:
    """Raise ConflictError for a group in which teams have registered."""
    if queries.has_teams(session, contest.id, group_id):
        raise ConflictError("有一个组别已经有队报名，不能去掉。请先让学校解散这些队。")


def remove_all(session: Session, contest: Contest) -> None:
    """Throw the teams of a draft away with their history; the draft itself is being deleted."""
    teams = sa.select(Team.id).where(Team.contest_id == contest.id)
    session.execute(sa.delete(TeamMember).where(TeamMember.contest_id == contest.id))
    session.execute(sa.delete(TeamChange).where(TeamChange.team_id.in_(teams)))
    session.execute(sa.delete(Team).where(Team.contest_id == contest.id))
