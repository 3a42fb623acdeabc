"""Publishing, and what may still change afterwards."""

from datetime import timedelta

import pytest

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.attempts.services import save_answer
from quiz.audit.models import AuditEntry
from quiz.contests import entering, extending, services
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.contests.queries import state_of
from quiz.contests.rules import Basics, ContestGroupKind, parse_place
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.papers.models import PaperSpec
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.factories.sittings import login


@pytest.fixture
def scene(app, cast):
    """The school administrator, an unpublished contest of the school, and now."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now,
            groups=["primary", "junior"], opens_at=now + timedelta(hours=1), is_published=False,
        )  # fmt: skip
        yield actor_of(db.session, cast.school_admin), contest, now


def acts():
    return [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_publishing_again_changes_nothing(scene):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    services.publish(db.session, actor=actor, contest=contest, now=now + timedelta(minutes=5))
    assert contest.published_at == now
    assert acts() == ["contest:publish"]


def test_every_group_has_its_own_sitting_with_the_same_settings(scene):
    _actor, contest, _now = scene
    assert [(group.kind, group.sitting.band) for group in contest.groups] == [
        ("primary", "primary"), ("junior", "junior"),
    ]  # fmt: skip
    assert len({group.sitting_id for group in contest.groups}) == 2
    assert len({(group.sitting.opens_at, group.sitting.closes_at) for group in contest.groups}) == 1


def test_a_window_that_is_over_cannot_be_published(scene):
    actor, contest, now = scene
    with pytest.raises(DomainError, match="结束时间已经过去"):
        services.publish(db.session, actor=actor, contest=contest, now=now + timedelta(hours=9))
    assert contest.published_at is None


def test_a_paper_that_the_bank_cannot_fill_is_not_published(scene):
    actor, contest, now = scene
    rows = [{"kinds": ["scenario"], "difficulty_min": 5, "difficulty_max": 5, "count": 90, "points": 100}]
    services.change_paper(
        db.session, actor=actor, contest=contest, rows=rows, ranking_profile="average", has_public_board=False, now=now
    )
    with pytest.raises(ConflictError, match="第 1 行"):
        services.publish(db.session, actor=actor, contest=contest, now=now)


def test_a_published_contest_keeps_its_paper_and_times(scene, app):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    with pytest.raises(ConflictError):
        services.change_timing(db.session, actor=actor, contest=contest, timing=services.timing_of(contest), now=now)
    with pytest.raises(ConflictError):
        services.change_paper(
            db.session, actor=actor, contest=contest, rows=[], ranking_profile="average", has_public_board=False,
            now=now,
        )  # fmt: skip
    with pytest.raises(ConflictError):
        services.delete_draft(db.session, contest=contest)
    services.change_text(
        db.session,
        actor=actor,
        contest=contest,
        title="新名称",
        theme="",
        organisers=Organisers(("学校",)),
        notice="",
        now=now,
    )
    assert contest.groups[1].sitting.title == "新名称"
    assert acts() == ["contest:publish", "contest:text:change"]


def test_it_can_be_taken_back_before_it_begins_and_not_after(scene):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    services.unpublish(db.session, actor=actor, contest=contest, now=now)
    assert state_of(contest, now) == "draft"
    services.publish(db.session, actor=actor, contest=contest, now=now)
    with pytest.raises(ConflictError):
        services.unpublish(db.session, actor=actor, contest=contest, now=now + timedelta(hours=1))


def test_the_window_can_only_grow_and_not_once_it_is_over(scene):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    old = contest.groups[0].sitting.closes_at
    with pytest.raises(DomainError):
        extending.change_window(db.session, actor=actor, contest=contest, closes_at=old, now=now)
    later = old + timedelta(hours=1)
    extending.change_window(db.session, actor=actor, contest=contest, closes_at=later, now=now)
    assert {group.sitting.closes_at for group in contest.groups} == {later}
    with pytest.raises(ConflictError):
        extending.change_window(
            db.session, actor=actor, contest=contest, closes_at=later + timedelta(hours=1), now=later
        )


def test_attempts_cut_short_by_the_old_end_get_their_full_time(scene, cast):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    end = contest.groups[0].sitting.closes_at
    early = enter(db.session, contest, cast.zhuoma, now + timedelta(hours=1))
    late = enter(db.session, contest, cast.liming, end - timedelta(minutes=4))
    kept = early.deadline_at
    assert late.deadline_at == end
    extending.change_window(
        db.session, actor=actor, contest=contest, closes_at=end + timedelta(minutes=5), now=end - timedelta(minutes=1)
    )
    db.session.refresh(late)
    db.session.refresh(early)
    assert late.deadline_at == end + timedelta(minutes=5)
    assert early.deadline_at == kept


def test_cancelling_stops_every_sitting_for_good(scene, cast):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    services.cancel(db.session, actor=actor, contest=contest, now=now)
    services.cancel(db.session, actor=actor, contest=contest, now=now)
    assert all(group.sitting.cancelled_at == now for group in contest.groups)
    with pytest.raises(ConflictError):
        services.publish(db.session, actor=actor, contest=contest, now=now)
    assert acts() == ["contest:publish", "contest:cancel"]


def test_cancelling_stops_who_is_answering_and_keeps_what_was_handed_in(scene, cast):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    begin = now + timedelta(hours=1)
    done = take(db.session, contest, cast.liming, right=2, now=begin)
    going = enter(db.session, contest, cast.zhuoma, begin)
    services.cancel(db.session, actor=actor, contest=contest, now=begin + timedelta(minutes=2))
    db.session.refresh(going)
    assert (going.status, done.status) == ("voided", "submitted")
    reply = save_answer(
        db.session, attempt_public_id=going.public_id, user_id=cast.zhuoma, seq=1, position=1, choices=["a"],
        login_session_id=login(db.session, cast.zhuoma, begin), now=begin + timedelta(minutes=3),
    )  # fmt: skip
    assert reply.status == "closed"


def test_a_deleted_draft_leaves_nothing(scene):
    _actor, contest, _now = scene
    services.delete_draft(db.session, contest=contest)
    assert [db.session.query(table).count() for table in (Contest, Sitting, PaperSpec)] == [0, 0, 0]


def test_extra_time_granted_in_advance_does_not_hold_a_draft_back(scene, cast):
    actor, contest, now = scene
    services.publish(db.session, actor=actor, contest=contest, now=now)
    for user in (cast.zhuoma, cast.xiaohu):
        public_id = actor_of(db.session, user).public_id
        entering.grant_extra_time(
            db.session, actor=actor, contest=contest, user_public_id=public_id, minutes=5, reason="停电", now=now
        )
    services.unpublish(db.session, actor=actor, contest=contest, now=now)
    host = parse_place(f"school:{cast.school_a}")
    basics = Basics("custom", "只剩初中", host, (host,), (ContestGroupKind.JUNIOR,))
    services.change_basics(db.session, actor=actor, contest=contest, basics=basics, now=now)
    assert [group.kind for group in contest.groups] == ["junior"]
    services.delete_draft(db.session, contest=contest)
    assert db.session.query(Contest).count() == 0
