"""An issued award is revoked with a reason and issued again, once, and every act is in the log."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from quiz import clock
from quiz.accounts.models import User
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.awards.models import Award
from quiz.awards.queries import setting_of
from quiz.awards.services import given
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from tests.factories.contests import actor_of


def act(scene, what, name, reason="替考，经复核属实", who=None):
    return what(
        db.session, actor=actor_of(db.session, who or scene.cast.province), contest=scene.contest(),
        award=scene.award(name), reason=reason, now=clock.now(),
    )  # fmt: skip


def test_an_award_is_revoked_with_its_reason(issued):
    with issued.app.app_context():
        act(issued, given.revoke, "李明")
        act(issued, given.revoke, "李明", "另一个原因")
        db.session.commit()
        award = issued.award("李明")
        assert (award.revoke_reason, award.revoked_by) == ("替考，经复核属实", issued.cast.province)
        assert db.session.query(AuditEntry).filter_by(action="contest:awards:revoke").count() == 1
        assert first_broken(db.session) is None


def test_without_a_reason_nothing_happens(issued):
    for what in (given.revoke, given.reissue):
        with issued.app.app_context(), pytest.raises(DomainError):
            act(issued, what, "李明", "  ")
    with issued.app.app_context():
        assert issued.award("李明").revoked_at is None


def test_issuing_again_takes_todays_name_a_new_number_and_a_new_code(issued):
    with issued.app.app_context():
        old = issued.award("李明")
        db.session.get_one(User, issued.users["李明"]).name = "黎明"
        new = act(issued, given.reissue, "李明", "姓名写错")
        db.session.commit()
        assert (new.name, new.number, new.replaces_id, new.tier) == ("黎明", 8, old.id, "一等奖")
        assert new.check_code != old.check_code
        db.session.refresh(old)
        assert old.revoked_at is not None and old.name == "李明"
        assert db.session.query(AuditEntry).filter_by(action="contest:awards:reissue").count() == 1


def test_issuing_again_twice_takes_one_number(issued):
    with issued.app.app_context():
        old = issued.award("李明").id
        for _ in range(2):
            given.reissue(
                db.session, actor=actor_of(db.session, issued.cast.province), contest=issued.contest(),
                award=db.session.get_one(Award, old), reason="姓名写错", now=clock.now(),
            )  # fmt: skip
        db.session.commit()
        assert setting_of(db.session, issued.contest_id).next_number == 9


def test_issuing_again_at_once_gives_one_new_award(issued):
    with issued.app.app_context():
        old = issued.award("李明").id
    start = Barrier(8)

    def press(_number):
        with issued.app.app_context():
            start.wait()
            award = db.session.get_one(Award, old)
            actor = actor_of(db.session, issued.cast.province)
            new = given.reissue(
                db.session, actor=actor, contest=issued.contest(), award=award, reason="姓名写错", now=clock.now()
            )  # fmt: skip
            db.session.commit()
            return new.id

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(press, range(8)))
    assert len(made) == 1
    assert issued.numbers()[:8] == [*range(1, 8), issued.numbers()[-1]]


def test_a_revoked_award_leaves_room_for_a_new_list(issued):
    with issued.app.app_context():
        act(issued, given.revoke, "李明")
        db.session.commit()
    issued.issue()
    with issued.app.app_context():
        assert issued.award("李明").number == 8


def test_what_another_list_gave_meanwhile_is_not_given_twice(issued):
    with issued.app.app_context():
        act(issued, given.revoke, "李明")
        db.session.commit()
        revoked = issued.award("李明").id
    issued.issue()
    with issued.app.app_context(), pytest.raises(ConflictError):
        given.reissue(
            db.session, actor=actor_of(db.session, issued.cast.province), contest=issued.contest(),
            award=db.session.get_one(Award, revoked), reason="恢复", now=clock.now(),
        )  # fmt: skip


def test_only_the_host_revokes(issued):
    for who in (issued.cast.school_admin, issued.cast.teacher):
        with issued.app.app_context(), pytest.raises(NotFoundError):
            act(issued, given.revoke, "李明", who=who)
