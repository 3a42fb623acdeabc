"""Reads of awards. What lies outside the actor's places is never returned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, Role, RoleGrant, User
from quiz.attempts.models import Attempt, AttemptStatus, Release, ResultChange, Sitting
from quiz.awards.models import (
    OPEN_STATES,
    Award,
    AwardDraft,
    AwardNominee,
    AwardSetting,
    AwardTier,
    BatchState,
    CertificateBatch,
    CertificatePart,
)
from quiz.awards.rules import TierKind, TierWay, parse_serial, serial
from quiz.contests.models import Contest, ContestGroup, Entry, Team, TeamMember
from quiz.contests.queries import state_of
from quiz.contests.remarks.queries import is_applying
from quiz.contests.rules import ContestState
from quiz.db import in_batches
from quiz.errors import NotFoundError
from quiz.rankings.frozen import in_force
from quiz.rankings.models import BoardFreeze
from quiz.rankings.rules import results_open
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import class_order, classes_within, schools_within
from quiz.regions.rules import Scope

IN_BATCH = 5000  # certificates of one batch
AWARD_ROW: tuple[Any, ...] = (Award, SchoolClass)


def setting_of(session: Session, contest_id: int) -> AwardSetting | None:
    """What the contest's certificates share; None before anything was set."""
    return session.get(AwardSetting, contest_id)


def tiers_of(session: Session, contest_id: int) -> list[AwardTier]:
    """The tiers, the highest first."""
    query = sa.select(AwardTier).where(AwardTier.contest_id == contest_id)
    return list(session.scalars(query.order_by(AwardTier.position, AwardTier.id)))


def get_tier(session: Session, contest_id: int, tier_id: str) -> AwardTier:
    """A tier by decision of the contest; else NotFoundError."""
    number = int(tier_id) if tier_id.isascii() and tier_id.isdigit() and len(tier_id) < 10 else 0
    query = sa.select(AwardTier).where(
        AwardTier.contest_id == contest_id, AwardTier.id == number, AwardTier.way == TierWay.DECISION
    )
    tier = session.scalar(query)
    if tier is None:
        raise NotFoundError("没有找到这个奖项。")
    return tier


@dataclass(frozen=True)
class Nominee:
    """Somebody named by hand, with the words a page shows."""

    row: AwardNominee
    name: str
    place: str
    class_id: int | None


def nominees_of(session: Session, tier: AwardTier) -> list[Nominee]:
    """Who was named for a tier, in the order of naming."""
    return _nominees(session, AwardNominee.tier_id == tier.id)


def nominees_left_out(session: Session, draft: AwardDraft) -> list[Nominee]:
    """Those of a list who were named and receive nothing, as long as they are named."""
    ids = (draft.summary or {}).get("left_out", ())
    return _nominees(session, AwardNominee.id.in_(ids)) if ids else []


def _nominees(session: Session, which: sa.ColumnElement[bool]) -> list[Nominee]:
    query = (
        sa.select(AwardNominee, sa.func.coalesce(User.name, Team.name), School.name, Enrolment.class_id)
        .outerjoin(User, User.id == AwardNominee.user_id)
        .outerjoin(Team, Team.id == AwardNominee.team_id)
        .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
        .outerjoin(School, School.id == sa.func.coalesce(AwardNominee.school_id, Enrolment.school_id, Team.school_id))
        .where(which)
        .order_by(AwardNominee.id)
    )
    rows = session.execute(query)
    return [Nominee(row, name or school, school if name else "", class_id) for row, name, school, class_id in rows]


def find_pupils(session: Session, contest: Contest, name: str) -> Sequence[Any]:
    """Rows (user, class id, SchoolClass, school) of those who took part and are called exactly this."""
    query = (
        sa.select(User, Entry.class_id, SchoolClass, School.name.label("school"))
        .join(Entry, sa.and_(Entry.user_id == User.id, Entry.contest_id == contest.id))
        .join(SchoolClass, SchoolClass.id == Entry.class_id)
        .join(School, School.id == Entry.school_id)
        .where(User.name == name)
        .order_by(School.name, *class_order(), User.id)
        .limit(50)
    )
    return session.execute(query).all()


def find_teachers(session: Session, contest: Contest, name: str) -> Sequence[Any]:
    """Rows (user, class id, SchoolClass, school) of teachers of classes that took part, called exactly this."""
    query = (
        sa.select(User, RoleGrant.class_id, SchoolClass, School.name.label("school"))
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(SchoolClass, SchoolClass.id == RoleGrant.class_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(
            User.name == name, RoleGrant.role == Role.TEACHER, RoleGrant.revoked_at.is_(None),
            sa.exists().where(Entry.contest_id == contest.id, Entry.class_id == RoleGrant.class_id),
        )
        .order_by(School.name, User.id)
        .limit(50)
    )  # fmt: skip
    found = {row.User.id: row for row in session.execute(query)}
    return list(found.values())


def find_schools(session: Session, contest: Contest, name: str) -> list[School]:
    """Schools that took part and whose name holds this."""
    took_part = sa.exists().where(Entry.contest_id == contest.id, Entry.school_id == School.id)
    query = sa.select(School).where(School.name.contains(name, autoescape=True), took_part)
    return list(session.scalars(query.order_by(School.name).limit(50)))


def is_settled(session: Session, contest: Contest, now: datetime) -> bool:
    """Whether results can no longer change by themselves: the contest is over, nobody answers, all is counted and marked again."""
    if state_of(contest, now) is not ContestState.FINISHED or is_applying(session, contest.id):
        return False
    sittings = [group.sitting_id for group in contest.groups]
    waiting = sa.select(ResultChange.id).where(ResultChange.sitting_id.in_(sittings), ~ResultChange.is_folded)
    answering = sa.select(Attempt.id).where(
        Attempt.sitting_id.in_(sittings), Attempt.status == AttemptStatus.IN_PROGRESS
    )
    return all(session.scalar(query.limit(1)) is None for query in (waiting, answering))


# Lists


def drafts_of(session: Session, contest_id: int) -> list[AwardDraft]:
    """The lists of a contest, the latest first."""
    query = sa.select(AwardDraft).where(AwardDraft.contest_id == contest_id)
    return list(session.scalars(query.order_by(AwardDraft.id.desc())))


def get_draft(session: Session, contest_id: int, public_id: str) -> AwardDraft:
    """One list of the contest; else NotFoundError."""
    query = sa.select(AwardDraft).where(AwardDraft.contest_id == contest_id, AwardDraft.public_id == public_id)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这份名单。")
    return found


def open_draft(session: Session, contest_id: int) -> AwardDraft | None:
    """The list that is computed or waits for its second person."""
    query = sa.select(AwardDraft).where(AwardDraft.contest_id == contest_id, AwardDraft.state.in_(OPEN_STATES))
    return session.scalar(query)


def draft_awards(draft: AwardDraft, position: int | None = None) -> sa.Select[Any]:
    """The awards of a list in order, of one tier where ``position`` names it: rows (Award, SchoolClass or None)."""
    query: sa.Select[Any] = (
        sa.select(*AWARD_ROW)
        .outerjoin(SchoolClass, SchoolClass.id == Award.class_id)
        .where(Award.draft_id == draft.id)
        .order_by(Award.place)
    )
    return query if position is None else query.where(Award.tier_position == position)


def draft_job_key(draft_id: int) -> str:
    """The key of the job that computes a list."""
    return f"award-draft:{draft_id}"


def batch_job_key(batch_id: int) -> str:
    """The key of the job that makes a batch."""
    return f"certificates:{batch_id}"


# Issued awards


def issued(contest_id: int, scope: Scope, kind: TierKind | None = None) -> sa.Select[Any]:
    """Issued awards within a scope by number: rows (Award, SchoolClass or None). Revoked ones are among them."""
    query: sa.Select[Any] = (
        sa.select(*AWARD_ROW)
        .join(School, School.id == Award.school_id)
        .outerjoin(SchoolClass, SchoolClass.id == Award.class_id)
        .where(Award.contest_id == contest_id, Award.number.is_not(None), _within(scope))
        .order_by(Award.number)
    )
    return query if kind is None else query.where(Award.kind == kind)


def _within(scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: a pupil's class, a teacher's or honoured school lies in the scope (School and SchoolClass are joined)."""
    own_class = sa.and_(Award.kind == TierKind.PUPIL, classes_within(scope))
    return sa.or_(own_class, sa.and_(Award.kind != TierKind.PUPIL, schools_within(scope)))


def get_award(session: Session, contest_id: int, public_id: str, scope: Scope) -> Award:
    """An issued award of the contest within the scope; else NotFoundError."""
    found = session.execute(issued(contest_id, scope).where(Award.public_id == public_id)).first()
    if found is None:
        raise NotFoundError("没有找到这个奖。")
    return found[0]  # type: ignore[no-any-return]


def counts(session: Session, contest_id: int) -> dict[TierKind, int]:
    """How many valid awards of each kind."""
    query = sa.select(Award.kind, sa.func.count()).where(Award.contest_id == contest_id, *valid())
    return {kind: number for kind, number in session.execute(query.group_by(Award.kind))}


def valid() -> tuple[sa.ColumnElement[bool], ...]:
    """SQL: issued and not revoked."""
    return Award.number.is_not(None), Award.revoked_at.is_(None)


def successor(session: Session, award: Award) -> Award | None:
    """The award that was issued in place of this one."""
    return session.scalar(sa.select(Award).where(Award.replaces_id == award.id))


def serial_of(session: Session, award: Award) -> str:
    """The serial that is printed."""
    return serial(session.get_one(AwardSetting, award.contest_id).prefix, award.number or 0)


def by_serial(session: Session, text: str) -> Award | None:
    """The issued award with this serial, written exactly as printed."""
    found = parse_serial(text)
    if found is None:
        return None
    query = (
        sa.select(Award)
        .join(AwardSetting, AwardSetting.contest_id == Award.contest_id)
        .where(AwardSetting.prefix == found[0], Award.number == found[1])
    )
    return session.scalar(query)


@dataclass(frozen=True)
class OwnAward:
    """An award as its recipient meets it."""

    award: Award
    serial: str
    contest_public_id: str


def is_shown(now: datetime) -> sa.ColumnElement[bool]:
    """SQL: neither a freeze nor a release by hand keeps the award from its owner; until then it would tell rank or score.

    An award waits for the results of its own group, one of no group for those of all.
    """
    frozen = sa.select(BoardFreeze.contest_id).where(BoardFreeze.contest_id == Award.contest_id, in_force(now))
    withheld = (
        sa.select(ContestGroup.id)
        .join(Sitting, Sitting.id == ContestGroup.sitting_id)
        .where(
            ContestGroup.contest_id == Award.contest_id,
            sa.or_(Award.group_kind.is_(None), Award.group_kind == ContestGroup.kind),
            Sitting.release_results == Release.MANUAL,
            sa.or_(Sitting.results_released_at.is_(None), Sitting.results_released_at > now),
        )
    )
    return ~frozen.exists() & ~withheld.exists()


def is_withheld(contest: Contest, now: datetime) -> bool:
    """Whether results of a group wait for their release by hand; its awards wait as well (is_shown)."""
    sittings = [group.sitting for group in contest.groups]
    return any(one.release_results == Release.MANUAL and not results_open(one, now) for one in sittings)


def awards_of(session: Session, user_id: int, now: datetime, limit: int | None = None) -> list[OwnAward]:
    """Somebody's valid awards and those of their teams, as far as they are shown yet, the latest first."""
    query = (
        sa.select(Award, AwardSetting.prefix, Contest.public_id)
        .join(AwardSetting, AwardSetting.contest_id == Award.contest_id)
        .join(Contest, Contest.id == Award.contest_id)
        .where(Award.id.in_(_own(user_id)), *valid(), is_shown(now))
        .order_by(Award.issued_at.desc(), Award.id.desc())
    )
    rows = [row for row in session.execute(query) if is_of(row[0], user_id)][:limit]
    return [OwnAward(award, serial(prefix, award.number or 0), public_id) for award, prefix, public_id in rows]


def _own(user_id: int) -> sa.CompoundSelect[Any]:
    """The ids of the awards to somebody, and to the teams that somebody is in. Two ways, as each has its own index."""
    of_teams = (
        sa.select(Award.id)
        .join(TeamMember, sa.and_(TeamMember.contest_id == Award.contest_id, TeamMember.team_id == Award.team_id))
        .where(TeamMember.user_id == user_id, *valid())
    )
    return sa.union_all(sa.select(Award.id).where(Award.user_id == user_id), of_teams)


def is_of(award: Award, user_id: int) -> bool:
    """Whether an award honours somebody: by itself, or as one of the members that a team's certificate names."""
    return award.user_id == user_id or any(member == user_id for member, _name in award.members)


def own_award(session: Session, user_id: int, public_id: str, now: datetime) -> Award:
    """A valid award of this user, or of a team with this member, that is shown yet; else NotFoundError."""
    found = session.scalar(sa.select(Award).where(Award.public_id == public_id, *valid(), is_shown(now)))
    if found is None or not is_of(found, user_id):
        raise NotFoundError("没有找到这张证书。")
    return found


# Certificates


def batches_of(session: Session, contest_id: int) -> list[CertificateBatch]:
    """The batches of a contest, the latest first."""
    query = sa.select(CertificateBatch).where(CertificateBatch.contest_id == contest_id)
    return list(session.scalars(query.order_by(CertificateBatch.id.desc()).limit(20)))


def get_batch(session: Session, contest_id: int, public_id: str) -> CertificateBatch:
    """One batch of the contest; else NotFoundError."""
    query = sa.select(CertificateBatch).where(
        CertificateBatch.contest_id == contest_id, CertificateBatch.public_id == public_id
    )
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这批证书。")
    return found


def making(session: Session, contest_id: int, kind: TierKind, first_number: int) -> CertificateBatch | None:
    """The batch of this kind and beginning that is being made."""
    return session.scalar(
        sa.select(CertificateBatch).where(
            CertificateBatch.contest_id == contest_id, CertificateBatch.kind == kind,
            CertificateBatch.first_number == first_number, CertificateBatch.state == BatchState.MAKING,
        )
    )  # fmt: skip


def slices(session: Session, contest_id: int, kind: TierKind) -> list[tuple[int, int, int]]:
    """(first number, last number, how many) of valid awards of a kind, IN_BATCH at a time."""
    query = sa.select(Award.number).where(Award.contest_id == contest_id, Award.kind == kind, *valid())
    numbers = [number for number in session.scalars(query.order_by(Award.number)) if number is not None]
    return [(some[0], some[-1], len(some)) for some in in_batches(numbers, IN_BATCH)]


def awards_between(
    session: Session, contest_id: int, kind: TierKind, first: int, last: int, limit: int
) -> list[Award]:  # fmt: skip
    """Valid awards of a kind from one number to another, at most ``limit``."""
    query = sa.select(Award).where(
        Award.contest_id == contest_id, Award.kind == kind, Award.number >= first, Award.number <= last, *valid()
    )
    return list(session.scalars(query.order_by(Award.number).limit(limit)))


def parts_of(session: Session, batch: CertificateBatch) -> list[CertificatePart]:
    """The files of a batch in order, without their content."""
    query = sa.select(CertificatePart).where(CertificatePart.batch_id == batch.id)
    return list(session.scalars(query.order_by(CertificatePart.part)))


def revoked_in(session: Session, batch: CertificateBatch) -> list[Award]:
    """The awards that were revoked since their certificates were asked for; the files still hold them."""
    query = sa.select(Award).where(
        Award.contest_id == batch.contest_id, Award.kind == batch.kind,
        Award.number.between(batch.first_number, batch.last_number), Award.revoked_at >= batch.requested_at,
    )  # fmt: skip
    unprinted = {public_id for public_id, _letters in batch.left_out}
    return [award for award in session.scalars(query.order_by(Award.number)) if award.public_id not in unprinted]


def teachers_of(session: Session, class_ids: Iterable[int]) -> dict[int, list[int]]:
    """Class → the ids of the teachers who hold it now."""
    query = sa.select(RoleGrant.class_id, RoleGrant.user_id).where(
        RoleGrant.role == Role.TEACHER, RoleGrant.revoked_at.is_(None), RoleGrant.class_id.in_(list(class_ids))
    )
    found: dict[int, list[int]] = {}
    for class_id, user_id in session.execute(query.order_by(RoleGrant.id)):
        if class_id is not None and user_id not in found.setdefault(class_id, []):
            found[class_id].append(user_id)
    return found
