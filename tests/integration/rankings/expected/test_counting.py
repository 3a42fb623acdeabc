"""Who is expected is counted once, of one moment; later moves change nothing; a new count is an organiser's act."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import Enrolment
from quiz.accounts.services.enrolments import add_pupil, move_pupil, transfer_out
from quiz.audit.models import AuditEntry
from quiz.contests import services as contests
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.expected import queries, services
from quiz.rankings.expected.jobs import count_due
from quiz.rankings.expected.models import ExpectedClass, ExpectedCount, ExpectedHeadcount
from quiz.rankings.expected.numbers import numbers_by
from quiz.rankings.gathering import gather
from quiz.regions.models import SchoolClass, SchoolHeadcount
from tests.cast import Cast
from tests.factories.contests import actor_of, make_contest
from tests.factories.queries import counted
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture(autouse=True)
def counted_at_the_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment that no day is named for is the opening here, which is at hand; tests/unit/rankings has the rule."""
    moment = queries.count_moment
    monkeypatch.setattr(queries, "count_moment", lambda day, opens_at: moment(day, opens_at) if day else opens_at)


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def province(cast: Cast, **values: Any) -> Contest:
    """The province's contest of primary and junior pupils, open for a minute."""
    contest = make_contest(
        db.session, host="region:630000", by=cast.province, now=clock.now(), groups=("primary", "junior"), **values
    )
    db.session.commit()
    return contest


def work(now: Any = None) -> None:
    count_due(db.session, {}, now or clock.now(), lambda done, total: None)


def expected(contest: Contest, level: str = "class") -> dict[int, int]:
    numbers = numbers_by(gather(db.session, contest), level)
    return {key: one.expected for key, one in numbers.items()}


def slow(contest: Contest, moment: Any) -> dict[int, int]:
    """Classes of grades 5 to 9 with their pupils at a moment, one enrolment after another."""
    found = {one.id: 0 for one in db.session.scalars(sa.select(SchoolClass))}
    for one in db.session.scalars(sa.select(Enrolment)):
        if one.started_at <= moment and (one.ended_at is None or one.ended_at > moment):
            found[one.class_id] += 1
    return found


def test_moves_after_the_count_change_nothing(inside: None, cast: Cast) -> None:
    contest = province(cast)
    work()
    before = expected(contest)
    assert before == slow(contest, contest.groups[0].sitting.opens_at)
    assert before[cast.class_a1] == 3 and before[cast.class_a2] == 1
    now, teacher = clock.now(), actor_of(db.session, cast.school_admin)
    for number in range(3):
        add_pupil(
            db.session,
            actor=teacher,
            class_id=cast.class_a1,
            name="新同学",
            number=f"202499{number}",
            gender="",
            now=now,
        )
    liming, ouyang = (actor_of(db.session, one).public_id for one in (cast.liming, cast.ouyang))
    move_pupil(
        db.session, actor=teacher, class_id=cast.class_a1, public_id=liming, to_class_id=cast.class_a2, now=now
    )  # fmt: skip
    transfer_out(db.session, actor=teacher, class_id=cast.class_a1, public_id=ouyang, now=now)
    db.session.query(SchoolHeadcount).filter_by(school_id=cast.school_b).one().pupils = 999
    db.session.commit()
    assert expected(contest) == before
    assert expected(contest, "school") == {cast.school_a: 130, cast.school_b: 60}


def test_schools_and_regions_add_up_from_what_is_stored(inside: None, cast: Cast) -> None:
    contest = province(cast)
    db.session.execute(sa.delete(SchoolHeadcount).where(SchoolHeadcount.school_id == cast.school_a))
    db.session.commit()
    work()
    stored = db.session.scalars(sa.select(ExpectedClass)).all()
    reported = {(one.school_id, one.group_kind): one.pupils for one in db.session.scalars(sa.select(ExpectedHeadcount))}
    assert reported == {(cast.school_b, "junior"): 60}
    by_school = {cast.school_a: sum(one.pupils for one in stored if one.school_id == cast.school_a), cast.school_b: 60}
    assert expected(contest, "school") == by_school == {cast.school_a: 5, cast.school_b: 60}
    assert expected(contest, "prefecture") == {"630100": 5, "632800": 60}
    count = queries.valid_count(db.session, contest.id)
    assert count is not None and (count.schools, count.classes, count.pupils) == (2, 4, 65)


def test_a_late_worker_counts_the_moment_and_not_its_own(inside: None, cast: Cast) -> None:
    contest = province(cast)
    now, admin = clock.now(), actor_of(db.session, cast.school_admin)
    public_id = actor_of(db.session, cast.liming).public_id
    transfer_out(db.session, actor=admin, class_id=cast.class_a1, public_id=public_id, now=now)
    db.session.commit()
    work(now + timedelta(minutes=30))
    assert expected(contest)[cast.class_a1] == 3


def test_nothing_is_counted_before_its_time_and_the_page_says_so(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        opens_at = clock.now() + timedelta(days=2)
        public_id = province(cast, opens_at=opens_at).public_id
        work()
        assert db.session.scalars(sa.select(ExpectedCount)).all() == []
    text = text_of(page(sign_in(cast.province).get(f"/desk/expected/{public_id}")))
    assert "按今天的在籍人数估算" in text
    with app.app_context():
        work(opens_at)
        assert len(db.session.scalars(sa.select(ExpectedCount)).all()) == 1
    assert "在籍人数为准" in text_of(page(sign_in(cast.province).get(f"/desk/expected/{public_id}")))


def test_the_day_may_be_another_than_that_of_the_opening(inside: None, cast: Cast) -> None:
    contest = province(cast, opens_at=clock.now() + timedelta(days=3))
    contest.published_at = clock.now() - timedelta(minutes=1)
    contest.expected_on = (clock.now() - timedelta(days=10)).date()
    late = db.session.query(Enrolment).filter_by(user_id=cast.liming).one()
    late.started_at = clock.now() - timedelta(days=5)
    db.session.commit()
    work()
    assert expected(contest)[cast.class_a1] == 2


def test_counting_again_and_again_counts_once(inside: None, cast: Cast) -> None:
    contest = province(cast)
    for _ in range(3):
        work()
    assert services.count_first(db.session, contest_id=contest.id, now=clock.now()) is None
    assert [one.number for one in queries.counts_of(db.session, contest)] == [1]


def test_a_worker_killed_in_between_leaves_nothing_half_done(
    inside: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    contest = province(cast)

    def killed(*_args: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(services, "look_again", killed)
        with pytest.raises(RuntimeError):
            work()
    db.session.rollback()
    for model in (ExpectedCount, ExpectedClass, ExpectedHeadcount):
        assert db.session.scalars(sa.select(model)).all() == []
    work()
    assert expected(contest)[cast.class_a1] == 3


def test_the_number_of_statements_does_not_follow_the_classes(app: Flask, inside: None, cast: Cast) -> None:
    contest = province(cast)
    with counted(app) as statements:
        services.count_first(db.session, contest_id=contest.id, now=clock.now())
    inserts = [one for one in statements if one.startswith("INSERT") and "SELECT" in one]
    assert len(inserts) == 2 and len(statements) <= 16


def test_a_contest_taken_back_and_published_anew_is_counted_anew(inside: None, cast: Cast) -> None:
    now, actor = clock.now(), actor_of(db.session, cast.province)
    contest = province(cast, opens_at=now + timedelta(days=1))
    contest.expected_on = (now - timedelta(days=1)).date()
    db.session.commit()
    work(now)
    contests.unpublish(db.session, actor=actor, contest=contest, now=now)
    assert queries.valid_count(db.session, contest.id) is None
    contests.publish(db.session, actor=actor, contest=contest, now=now + timedelta(hours=1))
    db.session.commit()
    work(now + timedelta(hours=2))
    assert [one.number for one in queries.counts_of(db.session, contest)] == [2, 1]
    contests.unpublish(db.session, actor=actor, contest=contest, now=now + timedelta(hours=3))
    contests.delete_draft(db.session, contest=contest)
    db.session.commit()


# --- a new count ---------------------------------------------------------------------------------------------------


@pytest.fixture
def counted_id(app: Flask, cast: Cast) -> str:
    """A counted contest in which one class has got a pupil since."""
    with app.app_context():
        contest = province(cast, places=[f"class:{cast.class_a1}", f"class:{cast.class_a2}"])
        work()
        add_pupil(
            db.session, actor=actor_of(db.session, cast.school_admin), class_id=cast.class_a1, name="新同学",
            number="2024990", gender="", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        return contest.public_id


def test_an_organiser_counts_anew_with_a_reason_and_sees_before_and_after(
    app: Flask, cast: Cast, sign_in: SignIn, counted_id: str
) -> None:
    client, path = sign_in(cast.province), f"/desk/expected/{counted_id}"
    assert "现在核定的是 4 人；如果按此刻的在籍人数，是 5 人" in text_of(page(client.get(path)))
    page(post(client, path, {"reason": " "}), 422)
    reply = post(client, path, {"reason": "名册导入晚了一天"})
    assert reply.status_code == 303
    text = text_of(page(client.get(path)))
    assert "原来 4 人，现在 5 人" in text and "名册导入晚了一天" in text and "系统按时核定" in text
    with app.app_context():
        contest = db.session.query(Contest).one()
        assert expected(contest)[cast.class_a1] == 4
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert entry.action == "contest:expected:recount"
        assert (entry.details["old"], entry.details["new"], entry.details["reason"]) == (4, 5, "名册导入晚了一天")


def test_a_day_that_has_not_come_is_refused(app: Flask, cast: Cast, sign_in: SignIn, counted_id: str) -> None:
    with app.app_context():
        for group in db.session.query(Contest).one().groups:
            group.sitting.closes_at = clock.now() + timedelta(days=9)
        db.session.commit()
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    reply = post(sign_in(cast.province), f"/desk/expected/{counted_id}", {"day": day, "reason": "改统计日"})
    assert "统计日还没有到" in text_of(page(reply, 422))


def test_only_hosts_count_anew_and_only_until_the_end(
    app: Flask, cast: Cast, sign_in: SignIn, counted_id: str
) -> None:  # fmt: skip
    path = f"/desk/expected/{counted_id}"
    teacher, host = sign_in(cast.teacher), sign_in(cast.province)
    assert not page(teacher.get(path)).select("form[method=post][action='" + path + "']")
    assert post(teacher, path, {"reason": "我要改"}, via="/desk/contests/").status_code == 404
    with app.app_context():
        for group in db.session.query(Contest).one().groups:
            group.sitting.closes_at = clock.now() - timedelta(seconds=1)
        db.session.commit()
    assert "比赛已经结束" in text_of(page(post(host, path, {"reason": "太晚"}, via="/desk/contests/"), 422))


def test_pupils_and_strangers_see_nothing(cast: Cast, sign_in: SignIn, counted_id: str) -> None:
    path = f"/desk/expected/{counted_id}"
    assert sign_in(cast.zhuoma).get(path).status_code == 403
    assert sign_in(cast.editor).get(path).status_code == 403
    page(sign_in(cast.outsider_teacher).get(path), 404)
