"""Writes of contests: drafts, publication, and what may still change afterwards.

Every act checks that host and places lie within the actor's scope; what does not is a NotFoundError. Acts on a
published contest are audited.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.contests import following, queries, rules, stages
from quiz.contests.comparing import check_comparison
from quiz.contests.drafting import (
    COMMON_ITEMS,
    add_group,
    apply_timing,
    change_groups,
    new_spec,
    replace_spec,
    share_items,
)
from quiz.contests.drafting import timing_of as timing_of
from quiz.contests.entering import enter_and_start as enter_and_start
from quiz.contests.holding import hold
from quiz.contests.models import Contest, ContestPlace, Entry
from quiz.contests.noting import note
from quiz.contests.organisers import Organisers, check_organisers
from quiz.contests.rules import Basics, ContestGroupKind, ContestState, Place, Timing
from quiz.contests.teams import services as teams
from quiz.contests.teams.rules import Unit
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.papers.rules import TEMPLATES
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.queries import classes_within, schools_within
from quiz.regions.rules import Scope

MANAGE = "contests.manage"
STANDARD_TEMPLATE = "class_quiz"  # whose rows a custom contest starts from


def create_contest(
    session: Session,
    *,
    actor: Actor,
    basics: Basics,
    timing: Timing | None = None,
    rows: Sequence[Mapping[str, Any]] | None = None,
    now: datetime,
) -> Contest:
    """Write a draft that could be published as it is; timing and rows default to those of the template.

    Raises DomainError naming the field that is wrong, NotFoundError for a place outside the actor's scope.
    """
    check_template(basics.template)
    rules.check_basics(basics)
    _check_scope(session, actor, (basics.host, *basics.places))
    timing = timing or rules.default_timing(basics.template, _template(basics.template).duration_seconds, now)
    rules.check_timing(timing)
    contest = Contest(
        title=basics.title.strip(), template=basics.template, created_by=actor.user_id, created_at=now,
        starts_at_publication=timing.starts_at_publication, has_public_page=rules.is_for_the_public(basics.host),
        **_host_columns(basics.host),
    )  # fmt: skip
    contest.places = [_place_row(place) for place in basics.places]
    session.add(contest)
    session.flush()
    spec = new_spec(session, contest, rows or _template_rows(basics.template), actor, now)
    for kind in _in_order(basics.groups):
        add_group(session, contest, kind, spec, timing)
    session.flush()
    return contest


def change_basics(session: Session, *, actor: Actor, contest: Contest, basics: Basics, now: datetime) -> None:
    """Step one of a draft again. Another template brings its own paper and times; ConflictError once published."""
    _require_draft(session, contest)
    if contest.is_by_promotion:
        raise ConflictError("后面的赛段由晋级决定谁参加，范围和组别与第一个赛段相同。")
    check_template(basics.template)
    rules.check_basics(basics)
    _check_scope(session, actor, (basics.host, *basics.places))
    later = following.followers(session, contest)
    timing, spec = timing_of(contest), contest.groups[0].sitting.paper_spec
    is_other_template = basics.template != contest.template
    if is_other_template:
        timing = rules.default_timing(basics.template, _template(basics.template).duration_seconds, now)
        following.move(following.order_of(session, contest, timing))
        spec = replace_spec(session, contest, _template_rows(basics.template), actor, now)
    contest.title, contest.template = basics.title.strip(), basics.template
    contest.host_region_id = contest.host_school_id = contest.host_class_id = None
    for column, value in _host_columns(basics.host).items():
        setattr(contest, column, value)
    contest.places = [_place_row(place) for place in basics.places]
    change_groups(session, contest, _in_order(basics.groups), spec, timing)
    apply_timing(contest, timing)
    if is_other_template:
        share_items(contest, basics.template in COMMON_ITEMS)
    session.flush()
    later.follow(session, actor=actor, now=now)


def change_timing(
    session: Session, *, actor: Actor, contest: Contest, timing: Timing, unit: Unit | None = None, now: datetime
) -> list[Contest]:
    """Step two of a draft: window, duration, attempts, release, and who competes. ConflictError once published.

    Returns the later drafts that moved along (:mod:`quiz.contests.following`).
    """
    _require_draft(session, contest)
    rules.check_timing(timing)
    moves = following.order_of(session, contest, timing)
    later = following.followers(session, contest)
    teams.set_unit(session, contest=contest, unit=unit or contest.unit_rule, timing=timing)
    apply_timing(contest, timing)
    moved = following.move(moves)
    session.flush()
    later.follow(session, actor=actor, now=now)
    return moved


def change_paper(
    session: Session,
    *,
    actor: Actor,
    contest: Contest,
    rows: Sequence[Mapping[str, Any]],
    ranking_profile: str,
    has_public_board: bool,
    has_public_page: bool | None = None,
    has_common_items: bool | None = None,
    compares_time: bool | None = None,
    now: datetime,
) -> None:
    """Step three of a draft: the paper specification and how it is ranked. ConflictError once published."""
    _require_draft(session, contest)
    if ranking_profile not in rules.RANKING_PROFILES:
        raise DomainError("请选择一种排名办法。", field="ranking_profile")
    later = following.followers(session, contest)
    if list(rows) != contest.groups[0].sitting.paper_spec.rows:
        replace_spec(session, contest, rows, actor, now)
    contest.ranking_profile, contest.has_public_board = ranking_profile, has_public_board
    if has_public_page is not None:
        contest.has_public_page = has_public_page
    if has_common_items is not None:
        share_items(contest, has_common_items)
    if compares_time is not None:
        for group in contest.groups:
            group.sitting.compares_time = compares_time
    session.flush()
    later.follow(session, actor=actor, now=now)


def change_text(
    session: Session, *, actor: Actor, contest: Contest, title: str, theme: str, organisers: Organisers, notice: str,
    now: datetime,
) -> None:  # fmt: skip
    """Title, theme, organisers and notice may change at any time; audited once published."""
    rules.check_words(title, theme, notice)
    check_organisers(organisers)
    later = following.followers(session, contest)
    contest.title, contest.theme, contest.notice = title.strip(), theme.strip(), notice.strip()
    contest.organisers = organisers.to_dict()
    for group in contest.groups:
        group.sitting.title = contest.title
    if contest.published_at is not None:
        note(session, contest, "contest:text:change", actor.user_id, now, title=contest.title)
    session.flush()
    later.follow(session, actor=actor, now=now)


def publish(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> Contest:
    """Announce a draft; again it changes nothing. DomainError when its window is over or the bank does not suffice."""
    hold(session, contest)
    if contest.cancelled_at is not None:
        raise ConflictError("这场比赛已经取消，不能再发布。")
    if contest.published_at is not None:
        return contest
    timing = rules.published_timing(timing_of(contest), now)
    rules.check_publishable(timing, now)
    stages.check_publishable(session, contest)
    moves = following.order_of(session, contest, timing)
    teams.check_stage(session, contest, timing)
    check_comparison(contest)
    shortages = bank_shortages(session, contest)
    if shortages:
        raise shortages[0]
    following.move(moves)
    apply_timing(contest, timing)
    contest.published_at = now
    note(session, contest, "contest:publish", actor.user_id, now)
    session.flush()
    return contest


def unpublish(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> None:
    """Make an announced contest a draft again, before it begins. ConflictError afterwards."""
    hold(session, contest)
    if queries.state_of(contest, now) is not ContestState.ANNOUNCED:
        raise ConflictError("比赛已经开始，不能撤回。可以取消比赛。")
    if contest.playoff_of_id is not None:
        raise ConflictError("加赛不能撤回成草稿。可以取消，再从试算的页面另外安排。")
    stages.check_recallable(session, contest)
    contest.published_at = None
    note(session, contest, "contest:unpublish", actor.user_id, now)
    session.flush()


def delete_draft(session: Session, *, contest: Contest) -> None:
    """Throw a draft away with its sittings and paper specification. ConflictError once published."""
    _require_draft(session, contest)
    stages.remove_from_order(session, contest)
    session.execute(sa.delete(Entry).where(Entry.contest_id == contest.id))  # of extra time granted in advance
    teams.remove_all(session, contest)
    later = sa.update(Contest).where(Contest.earlier_contest_id == contest.id)  # one copied while this was announced
    session.execute(later.values(earlier_contest_id=None))
    sittings = [group.sitting for group in contest.groups]
    spec = sittings[0].paper_spec
    session.delete(contest)
    session.flush()
    for sitting in sittings:
        session.delete(sitting)
    session.flush()
    session.delete(spec)
    session.flush()


def cancel(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> None:
    """Cancel an announced or running contest: nobody can start, and open attempts are voided.

    Their answers stay in the log; attempts already handed in stay as they are. Again it changes nothing.
    """
    hold(session, contest)
    state = queries.state_of(contest, now)
    if state is ContestState.CANCELLED:
        return
    if state not in {ContestState.ANNOUNCED, ContestState.RUNNING}:
        raise ConflictError("只有已发布、还没结束的比赛可以取消。")
    contest.cancelled_at = now
    for group in contest.groups:
        group.sitting.cancelled_at = now
    session.flush()  # waits for starts under way, whose attempts are then voided too
    going = sa.update(Attempt).where(
        Attempt.sitting_id.in_([group.sitting_id for group in contest.groups]),
        Attempt.status == AttemptStatus.IN_PROGRESS,
    )
    session.execute(going.values(status=AttemptStatus.VOIDED, closed_at=now))
    note(session, contest, "contest:cancel", actor.user_id, now)
    session.flush()


def bank_shortages(session: Session, contest: Contest) -> list[DomainError]:
    """What the bank lacks for the contest's papers, in words; empty when every group's papers can be drawn."""
    return [error for errors in queries.shortages_by_group(session, contest).values() for error in errors]


def check_template(key: str) -> None:
    """Raise DomainError for a template that does not exist."""
    if key != rules.CUSTOM_TEMPLATE and key not in TEMPLATES:
        raise DomainError("请选择一种比赛。", field="template")


def _template(key: str) -> Any:
    return TEMPLATES[STANDARD_TEMPLATE if key == rules.CUSTOM_TEMPLATE else key]


def _template_rows(key: str) -> list[dict[str, Any]]:
    return [row.to_dict() for row in _template(key).rows]


def _in_order(groups: Sequence[ContestGroupKind]) -> list[ContestGroupKind]:
    return [kind for kind in ContestGroupKind if kind in groups]


def _require_draft(session: Session, contest: Contest) -> None:
    hold(session, contest)
    if contest.published_at is not None or contest.cancelled_at is not None:
        raise ConflictError("比赛已经发布，只能改名称和说明、延长时间。开始前可以先撤回再改。")


def _check_scope(session: Session, actor: Actor, places: tuple[Place, ...]) -> None:
    scope = actor.scope(MANAGE)
    for place in places:
        if not lies_within(session, place, scope):
            raise NotFoundError("没有找到这个地方，或者不在你的管理范围内。", field="places")


def _place_row(place: Place) -> ContestPlace:
    return ContestPlace(**{f"{place.kind}_id": place.id if place.kind == "region" else place.number})


def lies_within(session: Session, place: Place, scope: Scope) -> bool:
    """Whether a place lies wholly in a scope."""
    if place.kind == "region":
        region = session.get(Region, place.id)
        above = {region.id, region.prefecture_id, region.province_id} if region else set()
        return region is not None and (scope.everywhere or bool(above & scope.regions))
    if place.kind == "school":
        query: sa.Select[Any] = sa.select(School.id).where(School.id == place.number, schools_within(scope))
    else:
        query = sa.select(SchoolClass.id).join(School).where(SchoolClass.id == place.number, classes_within(scope))
    return session.scalar(query) is not None


def _host_columns(host: Place) -> dict[str, Any]:
    return {f"host_{host.kind}_id": host.id if host.kind == "region" else host.number}
