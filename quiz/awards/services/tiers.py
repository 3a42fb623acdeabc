"""The tiers of a contest, what its certificates share, and who is named by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.accounts.rules import Actor
from quiz.awards import queries
from quiz.awards.models import AwardNominee, AwardSetting, AwardTier
from quiz.awards.rules import MOST_TIERS, Tier, TierKind, TierWay, check_prefix, check_tier, default_prefix, preset
from quiz.awards.services.scope import check_scope
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.organisers import Organisers
from quiz.contests.teams.queries import get_line
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.regions.models import Region, School, SchoolClass

MOST_ISSUERS = 3  # lines of organisations on a certificate
MOST_ISSUER = 30  # characters of one
TRIES = 50  # prefixes tried before the contest's own id is taken


@dataclass(frozen=True)
class Settings:
    """What an organiser sets for all certificates; ``issuers`` has one organisation a line."""

    prefix: str
    issuers: str
    verify_address: str
    signed_on: date | None = None


def check_settings(settings: Settings) -> None:
    """Raise DomainError naming the field that cannot be printed."""
    check_prefix(settings.prefix)
    lines = settings.issuers.split("\n") if settings.issuers else []
    if not 1 <= len(lines) <= MOST_ISSUERS:
        raise DomainError("落款写 1 到 %(most)s 行，一行一个单位。", field="issuers", most=MOST_ISSUERS)
    if any(len(line) > MOST_ISSUER for line in lines):
        raise DomainError("落款每行最多 %(most)s 个字，请缩短。", field="issuers", most=MOST_ISSUER)
    address = urlsplit(settings.verify_address)
    if (
        address.scheme not in {"http", "https"}
        or not address.hostname
        or any(map(str.isspace, settings.verify_address))
    ):
        raise DomainError("核验网址要以 http:// 或 https:// 开头，例如本站首页加 /verify。", field="verify_address")


def ensure_setting(session: Session, contest: Contest, *, verify_address: str, now: datetime) -> AwardSetting:
    """The contest's setting, made with good defaults where there is none."""
    found = queries.setting_of(session, contest.id)
    if found is not None:
        return found
    proposed = defaults(session, contest, verify_address=verify_address, now=now)
    for number in range(1, TRIES):
        prefix = proposed.prefix if number == 1 else f"{proposed.prefix}-{number}"
        values = {**proposed.__dict__, "prefix": prefix, "contest_id": contest.id, "next_number": 1}
        session.execute(insert_into(session, AwardSetting).values(**values).on_conflict_do_nothing())
        if found := queries.setting_of(session, contest.id):
            return found
    values = {
        **proposed.__dict__,
        "prefix": f"{proposed.prefix}-C{contest.id}",
        "contest_id": contest.id,
        "next_number": 1,
    }
    session.execute(insert_into(session, AwardSetting).values(**values).on_conflict_do_nothing())
    return session.get_one(AwardSetting, contest.id)


def defaults(session: Session, contest: Contest, *, verify_address: str, now: datetime) -> Settings:
    """A prefix of the province and year; as issuers the first of the hosting organisations, or the place that holds it."""
    region_id, host = _host(session, contest)
    hosts = Organisers.from_dict(contest.organisers).host or (host,)
    return Settings(
        prefix=default_prefix(region_id, now.astimezone(LOCAL_ZONE).year),
        issuers="\n".join(name[:MOST_ISSUER] for name in hosts[:MOST_ISSUERS]), verify_address=verify_address,
    )  # fmt: skip


def _host(session: Session, contest: Contest) -> tuple[str, str]:
    """The code of the region in which the contest is hosted, and the host's name."""
    if contest.host_region_id:
        region = session.get_one(Region, contest.host_region_id)
        return region.id, region.name
    school_id = contest.host_school_id
    if school_id is None:
        school_id = session.get_one(SchoolClass, contest.host_class_id).school_id
    school = session.get_one(School, school_id)
    return school.county_id, school.name


def save(
    session: Session, *, actor: Actor, contest: Contest, tiers: Sequence[Tier], settings: Settings, now: datetime
) -> None:
    """Keep the tiers, the highest first, and the settings. A tier with the id 0 is new; one that is missing goes.

    Raises DomainError naming the row and field, ConflictError while a list is open.
    """
    check_scope(session, actor, contest)
    settings = replace(settings, issuers="\n".join(filter(None, map(str.strip, settings.issuers.splitlines()))))
    check_settings(settings)
    if len(tiers) > MOST_TIERS:
        raise DomainError("最多 %(most)s 个奖项。", most=MOST_TIERS)
    for tier in tiers:
        check_tier(tier)
    _check_not_open(session, contest)
    _save_settings(session, contest, settings, now)
    _save_tiers(session, contest, tiers)
    note(
        session, contest, "contest:awards:tiers", actor.user_id, now, tiers=[tier.to_dict() for tier in tiers], prefix=settings.prefix
    )  # fmt: skip


def _check_not_open(session: Session, contest: Contest) -> None:
    if queries.open_draft(session, contest.id) is not None:
        raise ConflictError("有一份获奖名单还没有处理完。先确认或撤回它，再改奖项。")


def _save_settings(session: Session, contest: Contest, settings: Settings, now: datetime) -> None:
    setting = ensure_setting(session, contest, verify_address=settings.verify_address, now=now)
    session.refresh(setting, with_for_update=True)
    if setting.next_number > 1 and settings.prefix != setting.prefix:
        raise DomainError("已经颁发过证书，编号前缀不能再改。", field="serial_prefix")
    taken = sa.select(AwardSetting.contest_id).where(
        AwardSetting.prefix == settings.prefix, AwardSetting.contest_id != contest.id
    )
    if session.scalar(taken) is not None:
        raise DomainError("这个编号前缀已经有别的比赛在用，请换一个，例如在后面加字母。", field="serial_prefix")
    for name, value in settings.__dict__.items():
        setattr(setting, name, value)
    session.flush()


def _save_tiers(session: Session, contest: Contest, tiers: Sequence[Tier]) -> None:
    if not contest.is_by_teams and any(tier.kind is TierKind.TEAM for tier in tiers):
        raise DomainError("这个赛段不按队比，不能设颁给队的奖项。")
    stored = {tier.id: tier for tier in queries.tiers_of(session, contest.id)}
    kept = {tier.id for tier in tiers}
    for tier_id in stored.keys() - kept:
        session.execute(sa.delete(AwardNominee).where(AwardNominee.tier_id == tier_id))
        session.delete(stored[tier_id])
    for position, tier in enumerate(tiers):
        row = stored.get(tier.id) or AwardTier(contest_id=contest.id)
        if row.id and (row.kind is not tier.kind or tier.way is not TierWay.DECISION):
            session.execute(sa.delete(AwardNominee).where(AwardNominee.tier_id == row.id))
        row.position, row.name, row.kind, row.group_kind = position, tier.name.strip(), tier.kind, tier.group
        row.way, row.amount = tier.way, None if tier.way is TierWay.DECISION else tier.amount
        session.add(row)
    session.flush()


def use_preset(session: Session, *, actor: Actor, contest: Contest, verify_address: str, now: datetime) -> None:
    """The usual tiers with one click; where there are tiers already, nothing is changed."""
    check_scope(session, actor, contest)
    setting = ensure_setting(session, contest, verify_address=verify_address, now=now)
    session.refresh(setting, with_for_update=True)
    if queries.tiers_of(session, contest.id):
        return
    tiers = preset(is_by_teams=contest.is_by_teams)
    _save_tiers(session, contest, tiers)
    note(
        session,
        contest,
        "contest:awards:tiers",
        actor.user_id,
        now,
        tiers=[tier.to_dict() for tier in tiers],
        preset=True,
    )


# Named by hand


def nominate(
    session: Session, *, actor: Actor, contest: Contest, tier: AwardTier, public_id: str, reason: str, now: datetime
) -> None:
    """Name a pupil, teacher or school for a tier by decision. Named twice, the reason is the latest.

    NotFoundError for who did not take part, DomainError without a reason.
    """
    check_scope(session, actor, contest)
    _check_not_open(session, contest)
    if not reason.strip():
        raise DomainError("请写明为什么获奖，例如“组委会决定”。", field="reason")
    whom = _whom(session, contest, tier, public_id)
    column = next(iter(whom))
    values = {**whom, "tier_id": tier.id, "named_by": actor.user_id, "named_at": now, "reason": reason.strip()[:200]}
    first = insert_into(session, AwardNominee).values(**values)
    session.execute(first.on_conflict_do_update(index_elements=["tier_id", column], set_={"reason": values["reason"]}))
    note(session, contest, "contest:awards:nominate", actor.user_id, now, tier=tier.name, **whom)


def _whom(session: Session, contest: Contest, tier: AwardTier, public_id: str) -> dict[str, int]:
    if tier.kind is TierKind.TEAM:
        return {"team_id": get_line(session, contest.id, public_id, None).team.id}
    if tier.kind is TierKind.SCHOOL:
        school = session.scalar(sa.select(School).where(School.code == public_id))
        if school is None or school not in queries.find_schools(session, contest, school.name):
            raise NotFoundError("没有找到这所学校。")
        return {"school_id": school.id}
    user = session.scalar(sa.select(User).where(User.public_id == public_id))
    find = queries.find_pupils if tier.kind is TierKind.PUPIL else queries.find_teachers
    if user is None or user.id not in {row.User.id for row in find(session, contest, user.name)}:
        raise NotFoundError("没有找到这个人。")
    return {"user_id": user.id}


def withdraw_nominee(
    session: Session, *, actor: Actor, contest: Contest, tier: AwardTier, nominee_id: str, now: datetime
) -> None:
    """Take a name off the tier again; taken off twice, nothing happens."""
    check_scope(session, actor, contest)
    _check_not_open(session, contest)
    found = [one.row for one in queries.nominees_of(session, tier) if str(one.row.id) == nominee_id]
    for row in found:
        session.delete(row)
        note(
            session, contest, "contest:awards:denominate", actor.user_id, now, tier=tier.name, user_id=row.user_id,
            school_id=row.school_id,
        )  # fmt: skip
