"""Pupils who are not expected: marked by their own staff for one contest, taken off the same number everywhere, reversible."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import User
from quiz.accounts.services.enrolments import move_pupil
from quiz.attempts.services.changes import results_changed
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.expected import services
from quiz.rankings.expected.models import Excuse
from quiz.rankings.jobs import sweep
from quiz.rankings.verification import contest_differences
from quiz.regions.models import SchoolClass
from tests.cast import Cast
from tests.factories.contests import actor_of, make_contest, take
from tests.integration.rankings.arena import Arena, fill, make_arena
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
LEAVE = {"kind": "absent", "reason": "住院，有请假条"}


def public(app: Flask, user_id: int) -> str:
    with app.app_context():
        return db.session.get_one(User, user_id).public_id


@pytest.fixture
def running(app: Flask, cast: Cast) -> str:
    """The province's junior contest, running, counted, ten results, tallied."""
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), is_over=False, has_public_board=True)
        fill(arena, cast)
        contest = arena.contest
        services.count_first(db.session, contest_id=contest.id, now=arena.now)
        return arena.tally()


def address(contest: str, class_id: int, *more: str) -> str:
    return "/".join([f"/desk/expected/{contest}/class/{class_id}", *more])


def tally(app: Flask) -> None:
    with app.app_context():
        sweep(db.session, {}, clock.now(), lambda done, total: None)
        contest = db.session.query(Contest).one()
        assert [one for one in contest_differences(db.session, contest) if not one.startswith("attempt ")] == []


@pytest.fixture
def idle(app: Flask, cast: Cast) -> int:
    """A pupil of class A1 who has not sat, enrolled since long before the contests."""
    with app.app_context():
        user = Arena(db.session, None, {}, clock.now() - timedelta(days=30)).pupil(  # type: ignore[arg-type]
            "扎西", cast.class_a1, cast.school_a, "20240188"
        )
        db.session.commit()
        return user


def test_the_same_number_stands_everywhere(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:  # fmt: skip
    teacher, host = sign_in(cast.teacher), sign_in(cast.province)
    reply = post(teacher, address(running, cast.class_a1, public(app, idle)), LEAVE)
    assert reply.status_code == 303
    tally(app)
    of_school, of_class = "应参赛 89 ＝ 在籍 90 − 请假 1", "应参赛 3 ＝ 在籍 4 − 请假 1"
    assert of_class in text_of(page(teacher.get(address(running, cast.class_a1))))
    assert of_class in text_of(page(teacher.get(f"/desk/contests/{running}")))
    assert of_school in text_of(page(sign_in(cast.school_admin).get(f"/desk/contests/{running}")))
    explained = page(host.get(f"/rankings/{running}/explain/school/{cast.school_a}"))
    assert of_school in text_of(explained)
    assert "学生参与率 参赛学生 8 应参赛学生 89" in text_of(explained)
    assert of_school in text_of(page(host.get(f"/rankings/{running}/manage?level=school")))
    whole = "应参赛 149 ＝ 在籍 150 − 请假 1"
    for path in (
        f"/desk/contests/{running}/command",
        f"/desk/contests/{running}/bulletin",
        f"/desk/expected/{running}",
    ):
        assert whole in text_of(page(host.get(path))), path
    assert "应参赛学生 149 人，参赛 10 人" in text_of(page(host.get(f"/desk/contests/{running}/bulletin")))
    own = page(sign_in(cast.liming).get(f"/rankings/{running}/explain/school/{cast.school_a}"))
    assert of_school in text_of(own)


def test_who_why_and_when_are_kept_and_audited(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:  # fmt: skip
    teacher, path = sign_in(cast.teacher), address(running, cast.class_a1)
    post(teacher, f"{path}/{public(app, idle)}", {"kind": "exempt", "reason": "特殊教育安置"})
    text = text_of(page(teacher.get(path)))
    assert "扎西" in text and "不计入：免试" in text and "特殊教育安置" in text and "周老师" in text
    reply = post(teacher, f"{path}/{public(app, idle)}/again", via=path)
    assert reply.status_code == 303
    assert "不计入：免试" not in text_of(page(teacher.get(path)))
    with app.app_context():
        row = db.session.scalars(sa.select(Excuse)).one()
        assert (row.recorded_by, row.withdrawn_by, row.user_id) == (cast.teacher, cast.teacher, idle)
        acts = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2)).all()
        assert acts == ["contest:expected:expect", "contest:expected:excuse"]
    tally(app)
    audit = text_of(page(sign_in(cast.admin).get("/audit")))
    assert "标为不计入应参赛" in audit and "恢复计入应参赛" in audit


def test_pressing_twice_marks_once_and_another_reason_is_refused(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:
    teacher, path = sign_in(cast.teacher), address(running, cast.class_a1, public(app, idle))
    for _ in range(2):
        assert post(teacher, path, LEAVE).status_code == 303
    assert "刚刚已经标为不计入" in text_of(page(post(teacher, path, {"kind": "moved", "reason": "转走"}), 422))
    page(post(teacher, path, {"kind": "absent", "reason": ""}), 422)
    page(post(teacher, path, {"reason": "没选"}), 422)
    long = page(post(teacher, path, {"kind": "absent", "reason": "长" * 61}), 422)
    assert "最多 60 个字" in text_of(long)
    with app.app_context():
        assert len(db.session.scalars(sa.select(Excuse)).all()) == 1


def test_only_the_pupils_own_staff_and_those_above_may_mark(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:
    path = address(running, cast.class_a1, public(app, idle))
    for who in (cast.outsider_teacher, cast.colleague):
        page(sign_in(who).get(path), 404)
        assert post(sign_in(who), path, LEAVE, via="/desk/contests/").status_code == 404
    for who in (cast.zhuoma, cast.editor):
        assert sign_in(who).get(path).status_code == 403
    wrong = address(running, cast.class_a2, public(app, idle))
    page(sign_in(cast.school_admin).get(wrong), 404)
    organiser = page(sign_in(cast.county).get(path))
    assert "扎西" not in text_of(organiser) and "扎*" in text_of(organiser)  # names are for the pupil's own staff
    assert post(sign_in(cast.county), path, LEAVE).status_code == 303
    with app.app_context():
        assert db.session.scalars(sa.select(Excuse.recorded_by)).one() == cast.county


def test_who_has_sat_cannot_be_marked(app: Flask, cast: Cast, sign_in: SignIn, running: str) -> None:
    path = address(running, cast.class_a1, public(app, cast.liming))
    assert "已经交卷" in text_of(page(post(sign_in(cast.teacher), path, LEAVE), 422))


def test_who_sits_all_the_same_is_expected_again_and_explained(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        contest = make_contest(db.session, host="region:630000", by=cast.province, now=clock.now())
        services.count_first(db.session, contest_id=contest.id, now=clock.now())
        db.session.commit()
        public_id = contest.public_id
    teacher, path = sign_in(cast.teacher), address(public_id, cast.class_a1)
    for user in (cast.liming, cast.ouyang):
        assert post(teacher, f"{path}/{public(app, user)}", LEAVE).status_code == 303
    assert "应参赛 1 ＝ 在籍 3 − 请假 2" in text_of(page(teacher.get(path)))
    with app.app_context():
        contest = db.session.query(Contest).one()
        attempt = take(db.session, contest, cast.liming, right=4, now=clock.now())
        assert attempt.score == 10000
        db.session.commit()
    text = text_of(page(teacher.get(path)))
    assert "应参赛 2 ＝ 在籍 3 − 请假 1" in text
    assert "标过请假，后来参赛了" in text and "已参赛，计入" in text
    assert "另有 1 名标过不计入的学生后来参赛了" in text_of(
        page(sign_in(cast.province).get(f"/desk/expected/{public_id}"))
    )
    tally(app)
    explained = text_of(page(teacher.get(f"/rankings/{public_id}/explain/class/{cast.class_a1}")))
    assert "应参赛 2 ＝ 在籍 3 − 请假 1" in explained


def test_after_the_end_only_hosts_may_change_it(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:
    with app.app_context():
        for group in db.session.query(Contest).one().groups:
            group.sitting.closes_at = clock.now() - timedelta(seconds=1)
        db.session.commit()
    teacher, path = sign_in(cast.teacher), address(running, cast.class_a1)
    assert not page(teacher.get(path)).select("main a.button")
    reply = post(teacher, f"{path}/{public(app, idle)}", LEAVE)
    assert "只有主办方还能改" in text_of(page(reply, 422))
    assert post(sign_in(cast.province), f"{path}/{public(app, idle)}", LEAVE).status_code == 303


def test_who_has_moved_is_marked_where_the_count_has_them(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:
    pupil = public(app, idle)
    with app.app_context():
        admin = actor_of(db.session, cast.school_admin)
        move_pupil(
            db.session, actor=admin, class_id=cast.class_a1, public_id=pupil, to_class_id=cast.class_a2,
            now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    moved = {"kind": "moved", "reason": "转到二班"}
    page(sign_in(cast.colleague).get(address(running, cast.class_a2, public(app, idle))), 404)
    teacher, path = sign_in(cast.teacher), address(running, cast.class_a1)
    assert post(teacher, f"{path}/{public(app, idle)}", moved).status_code == 303
    assert "应参赛 3 ＝ 在籍 4 − 转走 1" in text_of(page(teacher.get(path)))


@pytest.mark.parametrize("marks_first", [True, False])
def test_who_sits_in_the_new_class_is_not_expected_by_the_old_one(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str, marks_first: bool
) -> None:
    """Of the class alone: the school has the pupil among those who took part, so it expects them too."""
    teacher, path = sign_in(cast.teacher), address(running, cast.class_a1)

    def mark(kind: str) -> int:
        return post(teacher, f"{path}/{public(app, idle)}", {"kind": kind, "reason": "转到二班"}).status_code

    with app.app_context():
        move_pupil(
            db.session, actor=actor_of(db.session, cast.school_admin), class_id=cast.class_a1,
            public_id=db.session.get_one(User, idle).public_id, to_class_id=cast.class_a2, now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    if marks_first:
        assert mark("moved") == 303
    with app.app_context():
        contest = db.session.query(Contest).one()
        sittings = {group.kind.value: group.sitting for group in contest.groups}
        attempt = Arena(db.session, contest, sittings, clock.now()).result(idle, 8000, 100)
        results_changed(db.session, [attempt.id], now=clock.now())
        db.session.commit()
    if not marks_first:
        assert mark("absent") == 422
        assert mark("moved") == 303
    tally(app)
    text = text_of(page(teacher.get(path)))
    assert "应参赛 3 ＝ 在籍 4 − 转走 1" in text and "不计入：转走" in text
    assert "后来参赛了" not in text_of(page(sign_in(cast.teacher).get(f"/desk/expected/{running}")))
    explained = text_of(page(teacher.get(f"/rankings/{running}/explain/class/{cast.class_a1}")))
    assert "应参赛 3 ＝ 在籍 4 − 转走 1" in explained
    school = text_of(page(sign_in(cast.province).get(f"/rankings/{running}/explain/school/{cast.school_a}")))
    assert "参赛学生 9 应参赛学生 90" in school


def test_an_unusual_share_is_listed_for_people_to_look_at(
    app: Flask, cast: Cast, sign_in: SignIn, idle: int, running: str
) -> None:
    with app.app_context():
        others = [
            Arena(db.session, None, {}, clock.now() - timedelta(days=30)).pupil(  # type: ignore[arg-type]
                f"同学{number}", cast.class_a1, cast.school_a, f"2024100{number}"
            )
            for number in range(4)
        ]
        db.session.commit()
        contest = db.session.query(Contest).one()
        services.count_again(
            db.session,
            actor=actor_of(db.session, cast.province),
            contest=contest,
            day=None,
            reason="补录",
            now=clock.now(),
        )
        db.session.commit()
    host, path = sign_in(cast.province), f"/desk/expected/{running}"
    for number, user in enumerate((idle, *others), start=1):
        assert "不计入的学生超过 5%" not in text_of(page(host.get(path)))
        who = cast.teacher if number < 3 else cast.school_admin
        assert post(sign_in(who), address(running, cast.class_a1, public(app, user)), LEAVE).status_code == 303
    soup = page(host.get(path))
    assert "1 所学校不计入的学生超过 5%" in text_of(soup)
    row = text_of(soup.select_one("#excused ~ div tbody tr"))
    assert row.startswith("城中区清源实验学校 90 5 0 0 85 6% 请看一看") and row.endswith("学校管理员 3、周老师 2")
    classes = page(host.get(f"{path}?school={cast.school_a}"))
    assert "初二 1班" in text_of(classes)
    page(sign_in(cast.outsider_teacher).get(f"{path}?school={cast.school_a}"), 404)


def test_the_classes_of_a_school_stand_by_grade_and_then_by_number(
    app: Flask, cast: Cast, sign_in: SignIn, running: str
) -> None:
    with app.app_context():
        first = db.session.get_one(SchoolClass, cast.class_a1)
        year, entry = first.cohort_year, first.entry_grade
        for cohort, name in ((year, "10班"), (year - 1, "1班"), (year + 1, "2班"), (year + 1, "1班")):
            added = SchoolClass(school_id=cast.school_a, cohort_year=cohort, entry_grade=entry, name=name)
            db.session.add(added)
        contest, host = db.session.query(Contest).one(), actor_of(db.session, cast.province)
        services.count_again(db.session, actor=host, contest=contest, day=None, reason="新班", now=clock.now())
        db.session.commit()
    soup = page(sign_in(cast.province).get(f"/desk/expected/{running}?school={cast.school_a}"))
    names = [text_of(row) for row in soup.select_one("table").select("tbody th")]
    assert names == ["初一 1班", "初一 2班", "初二 1班", "初二 2班", "初二 10班", "初三 1班"]


def test_in_a_later_stage_the_entries_are_expected(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    from quiz.contests.models import Entry  # the only test that writes one itself

    with app.app_context():
        now = clock.now()
        first = make_contest(db.session, host="region:630000", by=cast.province, now=now - timedelta(days=3))
        later = make_contest(db.session, host="region:630000", by=cast.province, now=now)
        later.first_stage_id, later.stage_number = first.id, 2
        for user, school, class_id in (
            (cast.zhuoma, cast.school_a, cast.class_a1), (cast.liming, cast.school_a, cast.class_a1),
            (cast.cairang, cast.school_b, cast.class_b1),
        ):  # fmt: skip
            values: dict[str, Any] = {"contest_id": later.id, "group_id": later.groups[0].id, "created_at": now}
            db.session.add(Entry(user_id=user, school_id=school, class_id=class_id, **values))
        db.session.commit()
        assert services.count_first(db.session, contest_id=later.id, now=now) is None
        public_id = later.public_id
    teacher, path = sign_in(cast.teacher), address(public_id, cast.class_a1)
    assert post(teacher, f"{path}/{public(app, cast.liming)}", LEAVE).status_code == 303
    text = text_of(page(teacher.get(path)))
    assert "应参赛 1 ＝ 在籍 2 − 请假 1" in text and "晋级名单上的学生" in text
    page(teacher.get(f"{path}/{public(app, cast.ouyang)}"), 404)


def test_results_noted_after_an_excuse_are_folded_with_it(app: Flask, cast: Cast, idle: int, running: str) -> None:
    pupil = public(app, idle)
    with app.app_context():
        contest = db.session.query(Contest).one()
        services.excuse(
            db.session, actor=actor_of(db.session, cast.teacher), contest=contest, class_id=cast.class_a1,
            user_public_id=pupil, now=clock.now(), kind=services.ExcuseKind.ABSENT, reason="病假",
        )  # fmt: skip
        arena = Arena(db.session, contest, {group.kind.value: group.sitting for group in contest.groups}, clock.now())
        attempt = arena.result(idle, 9000, 100)
        results_changed(db.session, [attempt.id], now=clock.now())
        db.session.commit()
    tally(app)


def test_an_excuse_between_a_look_and_its_tally_is_not_lost(
    app: Flask, cast: Cast, idle: int, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quiz.rankings.services import folding  # the race is made inside it

    pupil = public(app, idle)
    with app.app_context():
        contest = db.session.query(Contest).one()
        services.look_again(db.session, contest.id)
        db.session.commit()
        real, done = folding.lock, []

        def excuse_first(session: Any, contest_id: int, now: Any) -> Any:
            if not done:
                done.append(True)
                actor = actor_of(session, cast.teacher)
                services.excuse(
                    session, actor=actor, contest=session.get(Contest, contest_id), class_id=cast.class_a1,
                    user_public_id=pupil, now=now, kind=services.ExcuseKind.ABSENT, reason="病假",
                )  # fmt: skip
                session.commit()
            return real(session, contest_id, now)

        with monkeypatch.context() as patch:
            patch.setattr(folding, "lock", excuse_first)
            sweep(db.session, {}, clock.now(), lambda _done, _total: None)
        assert done
    tally(app)
