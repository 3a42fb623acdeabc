"""What happens to an issued award: revoked with a reason, issued again in its place."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.accounts.rules import Actor
from quiz.awards import queries
from quiz.awards.gathering import printed_title
from quiz.awards.models import Award, AwardSetting
from quiz.awards.rules import new_code
from quiz.awards.services.drafts import take_numbers
from quiz.awards.services.scope import check_scope
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest, Team
from quiz.contests.noting import note
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError
from quiz.regions.models import School

KEPT = (
    "contest_id", "kind", "tier", "tier_position", "group_kind", "user_id", "school_id", "class_id", "team_id", "rank", "is_tied",
    "value", "place",
)  # fmt: skip


def revoke(
    session: Session, *, actor: Actor, contest: Contest, award: Award, reason: str, now: datetime
) -> None:  # fmt: skip
    """Take an award back; the verification page says so from now on. Said twice, the first reason stays."""
    check_scope(session, actor, contest)
    if not reason.strip():
        raise DomainError("请写明为什么撤销，例如“替考，经申诉复核属实”。", field="reason")
    if _revoke(session, actor, award, reason, now):
        note(
            session,
            contest,
            "contest:awards:revoke",
            actor.user_id,
            now,
            award=award.public_id,
            reason=reason.strip()[:200],
        )


def _revoke(session: Session, actor: Actor, award: Award, reason: str, now: datetime) -> bool:
    done = session.scalar(
        sa.update(Award)
        .where(Award.id == award.id, Award.number.is_not(None), Award.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=actor.user_id, revoke_reason=reason.strip()[:200])
        .returning(Award.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(award)
    return done is not None


def reissue(
    session: Session, *, actor: Actor, contest: Contest, award: Award, reason: str, now: datetime
) -> Award:  # fmt: skip
    """The same award to the same recipient with today's names, school, title and issuers, a new serial and check code.

    The members of a team stay those who were honoured. The old one is revoked and points to the new one. Asked for twice,
    the first new one is returned. ConflictError for one that was revoked: giving it back takes two people and a list.
    """
    check_scope(session, actor, contest)
    if not reason.strip():
        raise DomainError("请写明为什么重发，例如“姓名写错，已在名册改正”。", field="reason")
    if not _revoke(session, actor, award, reason, now):
        if (found := queries.successor(session, award)) is not None:
            return found
        raise ConflictError("这个奖已经撤销，不能再重发。要还回去，请重新试算名单，由另一个人确认颁发。")
    setting = session.get_one(AwardSetting, contest.id)
    number = take_numbers(session, contest, 1)
    school = session.get_one(School, award.school_id).name
    person = session.get_one(User, award.user_id).name if award.user_id else school
    if award.team_id is not None:
        person = session.get_one(Team, award.team_id).name
    values = {name: getattr(award, name) for name in KEPT} | {
        "name": person, "school": school, "title": printed_title(contest), "issuers": setting.issuers, "number": number,
        "check_code": new_code(), "issued_at": now, "replaces_id": award.id, "reason": _reason(session, award),
        "signed_on": setting.signed_on or now.astimezone(LOCAL_ZONE).date(),
    }  # fmt: skip
    made = session.scalar(insert_into(session, Award).values(**values).on_conflict_do_nothing().returning(Award.id))
    if made is None:
        found = queries.successor(session, award)
        if found is None:
            raise ConflictError("这个人在这场比赛里已经有另一个有效的奖，先撤销它。")
        return found
    new = session.get_one(Award, made)
    note(
        session, contest, "contest:awards:reissue", actor.user_id, now, award=award.public_id, new=new.public_id,
        reason=reason.strip()[:200],
    )  # fmt: skip
    return new


def _reason(session: Session, award: Award) -> dict[str, Any]:
    """The award's reason with its members called what they are called today."""
    if not award.members:
        return award.reason
    ids = [user_id for user_id, _name in award.members]
    rows = session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))
    names = {user_id: name for user_id, name in rows}
    return award.reason | {"members": [[user_id, names[user_id]] for user_id in ids]}
