"""What is looked at before a contest is published, in plain words: what is right, what to think of, what must be changed.

Whether each group's papers can be drawn is looked up beside it (contests.queries.shortages_by_group).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from quiz.clock import LOCAL_ZONE
from quiz.contests import following, rules, stages
from quiz.contests.eligibility import eligible, places_of
from quiz.contests.labels import GROUPS
from quiz.contests.models import Contest
from quiz.contests.queries import window_of
from quiz.contests.rules import ContestGroupKind, Timing
from quiz.contests.services import timing_of
from quiz.contests.windows import Window
from quiz.errors import DomainError
from quiz.promotion.queries import is_declared, plan_of
from quiz.promotion.rules import Quota, QuotaKind, UnitLevel
from quiz.web.filters import when

NIGHT = frozenset(range(6))  # hours at which no school begins or ends anything
Counts = Mapping[ContestGroupKind, int]


@dataclass(frozen=True)
class Check:
    """One line. ``tone``: ok, warn (may be published) or danger (publishing refuses). ``endpoint``: where it is changed."""

    tone: str
    title: str
    text: str
    endpoint: str = ""


def checks(session: Session, contest: Contest, pupils: Counts, now: datetime) -> list[Check]:
    """The lines for a draft; ``pupils`` says how many may enter, by group."""
    found = [_times(contest, now)]
    if contest.stage_name:
        found.append(_order(session, contest, now))
        found += _quotas(session, contest, pupils)
    if not contest.is_by_promotion:
        found += _organisers(contest)
    return found


def _refusal(act: Callable[[], Any]) -> str:
    """In words what a rule refuses; empty when it does not."""
    try:
        act()
    except DomainError as error:
        return str(_(error.message, **error.params))
    return ""


def _times(contest: Contest, now: datetime) -> Check:
    timing = rules.published_timing(timing_of(contest), now)
    refused = _refusal(lambda: rules.check_publishable(timing, now))
    if refused:
        return Check("danger", _("时间"), refused, "desk.time")
    if not timing.starts_at_publication and NIGHT & {at.astimezone(LOCAL_ZONE).hour for at in _edges(timing)}:
        text = _("有一个开始或结束的时间在夜里 0 点到 6 点之间，看看是不是填错了。")
        return Check("warn", _("时间"), text, "desk.time")
    if timing.starts_at_publication:
        return Check("ok", _("时间"), _("发布后马上开始，%(time)s 结束。", time=when(timing.closes_at)))
    return Check(
        "ok", _("时间"), _("%(start)s 开始，%(end)s 结束。", start=when(timing.opens_at), end=when(timing.closes_at))
    )


def _edges(timing: Timing) -> set[datetime]:
    """When groups begin and end."""
    windows = [timing.window(kind) for kind in timing.windows] or [Window(timing.opens_at, timing.closes_at)]
    return {at for window in windows for at in window}


def _order(session: Session, contest: Contest, now: datetime) -> Check:
    timing = rules.published_timing(timing_of(contest), now)
    refused = _refusal(lambda: following.order_of(session, contest, timing)) or _refusal(
        lambda: stages.check_publishable(session, contest)
    )
    if refused:
        return Check("danger", _("赛段先后"), refused, "desk.time")
    return Check("ok", _("赛段先后"), _("和前后赛段的时间不重叠。"))


def _organisers(contest: Contest) -> Iterator[Check]:
    """A page for everybody must say who stands behind it."""
    if contest.organiser:
        yield Check("ok", _("主办单位"), contest.organiser)
    elif contest.has_public_page:
        yield Check(
            "warn", _("主办单位"), _("打开了公开页，却没有写主办单位。家长看不出是谁办的，请补上。"), "desk.time"
        )


def _quotas(session: Session, contest: Contest, pupils: Counts) -> Iterator[Check]:
    """Whether the seats to the next stage can be given and still choose anybody."""
    after = stages.next_stage(session, contest)
    if after is None:
        return
    title = str(_("晋级名额"))
    if not is_declared(session, contest):
        text = _("还没有定谁能晋级到“%(stage)s”。先定好，学生和学校才知道规则。", stage=after.stage_name)
        yield Check("warn", title, text, "promotion.show")
        return
    own, following = _seats(session, contest), _seats(session, after)
    coming = pupils if not contest.is_by_promotion else _seats(session, stages.previous_stage(session, contest))
    problems = [*_impossible(session, contest)]
    for kind, number in own.items():
        group = str(GROUPS[kind])
        if 0 < coming.get(kind, 0) <= number:
            problems.append(
                _("%(group)s最多 %(seats)s 人晋级，能参加的只有 %(pupils)s 人，人人都能晋级。", group=group, seats=number, pupils=coming[kind])
            )  # fmt: skip
        if number and following.get(kind, 0) >= number:
            problems.append(
                _("%(group)s从这里最多晋级 %(seats)s 人，“%(stage)s”有 %(next)s 个晋级名额，到时人人都能晋级。",
                  group=group, seats=number, stage=after.stage_name, next=following[kind])
            )  # fmt: skip
    if problems:
        yield from (Check("warn", title, str(text), "promotion.show") for text in problems)
        return
    parts = [
        ngettext("%(group)s最多 %(num)d 人", "%(group)s最多 %(num)d 人", number, group=GROUPS[kind])
        for kind, number in own.items()
    ]
    yield Check("ok", title, _("晋级到“%(stage)s”：%(parts)s。", stage=after.stage_name, parts=_("、").join(parts)))


def _seats(session: Session, contest: Contest | None) -> dict[ContestGroupKind, int]:
    """The most who can go through from a stage, by group, ties aside; empty where nothing was declared."""
    if contest is None or not is_declared(session, contest):
        return {}
    plan = plan_of(session, contest)
    units = _units(session, contest, plan.level)
    return {ContestGroupKind(kind): _most(quota, units.get(kind, 0)) for kind, quota in plan.quotas.items()}


def _most(quota: Quota, units: int) -> int:
    seats = quota.number * units if quota.kind is QuotaKind.FIXED else quota.number
    return seats + quota.best_of_rest


def _impossible(session: Session, contest: Contest) -> Iterator[str]:
    """Quotas that are too few for the minimum of every unit: the trial would refuse them."""
    plan = plan_of(session, contest)
    units = _units(session, contest, plan.level)
    for kind, quota in plan.quotas.items():
        needed = quota.minimum * units.get(kind, 0)
        if quota.kind is QuotaKind.PROPORTIONAL and quota.number < needed:
            yield str(
                _("%(group)s总名额 %(number)s 个不够：%(units)s 个单位每个至少 %(minimum)s 个，至少要 %(needed)s 个。",
                  group=GROUPS[ContestGroupKind(kind)], number=quota.number, units=units[kind], minimum=quota.minimum,
                  needed=needed)
            )  # fmt: skip


def _units(session: Session, contest: Contest, level: UnitLevel) -> dict[str, int]:
    """How many units of a level have pupils of each group at the contest's places, whoever of them comes."""
    groups = [group.kind for group in contest.groups]
    if level is UnitLevel.WHOLE:
        return dict.fromkeys((kind.value for kind in groups), 1)
    at = window_of(contest).opens_at
    rows = eligible(places=places_of(contest), groups=groups, at=at).subquery()
    column = {
        UnitLevel.CLASS: rows.c.class_id,
        UnitLevel.SCHOOL: rows.c.school_id,
        UnitLevel.COUNTY: rows.c.county_id,
        UnitLevel.PREFECTURE: sa.func.coalesce(rows.c.prefecture_id, rows.c.county_id),
    }[level]
    query = sa.select(rows.c.group, sa.func.count(sa.distinct(column))).group_by(rows.c.group)
    return dict(session.execute(query).all())
