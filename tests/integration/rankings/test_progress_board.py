"""Ranked by progress: chosen in step three, measured against the earlier contest, explained, and who is left out says why."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.attempts.services.changes import results_changed
from quiz.contests.comparing import change_comparison
from quiz.contests.copying import copy_contest
from quiz.contests.models import Contest
from quiz.contests.services import cancel, change_paper, delete_draft, publish, unpublish
from quiz.contests.stages import add_stage
from quiz.db import db
from quiz.errors import DomainError
from quiz.rankings.jobs import sweep
from quiz.rankings.services import rebuild
from quiz.rankings.verification import contest_differences
from tests.cast import Cast
from tests.factories.contests import actor_of, make_contest
from tests.integration.rankings.arena import make_arena
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
Results = dict[int, list[int]]  # scores in points by class


def play(app: Flask, cast: Cast, results: Results, days_ago: int, profile: str, earlier: int | None = None) -> Contest:
    """A finished contest of these results."""
    now = clock.now() - timedelta(days=days_ago)
    arena = make_arena(db.session, cast, now, profile=profile, has_public_board=True)
    arena.contest.earlier_contest_id = earlier
    for class_id, scores in results.items():
        school = cast.school_b if class_id == cast.class_b1 else cast.school_a
        for number, score in enumerate(scores):
            pupil = arena.pupil("学生", class_id, school, f"{days_ago}{class_id}{number:03d}")
            arena.result(pupil, score * 100, 100 + number)
    arena.tally()
    return arena.contest


@pytest.fixture
def both(app: Flask, cast: Cast) -> str:
    """School A: 10 of 90 with 60, now 20 with 50. School B: 20 of 60 with 80, now 20 with 80. Class A2 is new."""
    with app.app_context():
        then = play(app, cast, {cast.class_a1: [60] * 10, cast.class_b1: [80] * 20}, 90, "national")
        now: Results = {cast.class_a1: [40] * 10, cast.class_a2: [60] * 10, cast.class_b1: [80] * 20}
        return play(app, cast, now, 0, "progress", then.id).public_id


def units(client: FlaskClient, public_id: str, level: str) -> list[str]:
    return [text_of(row) for row in page(client.get(f"/rankings/{public_id}/manage?level={level}")).select("tbody tr")]


def test_units_are_ranked_by_their_gain(app: Flask, cast: Cast, sign_in: SignIn, both: str) -> None:
    # A then: 10/90 = 11 %, average 60 → 6.60; now: 20/90 = 22 %, average 50 → 11.00: +4.40.
    # B then and now: 20/60 = 33 %, average 80 → 26.40: 0.
    first, second = units(sign_in(cast.province), both, "school")
    assert first.startswith("城中区清源实验学校 城中区 1 4.40")
    assert second.startswith("格尔木市昆仑初级中学 格尔木市 2 0.00")
    with app.app_context():
        contest = db.session.query(Contest).filter_by(public_id=both).one()
        assert [one for one in contest_differences(db.session, contest) if not one.startswith("attempt ")] == []


def test_who_has_no_earlier_result_is_listed_apart(cast: Cast, sign_in: SignIn, both: str) -> None:
    host = sign_in(cast.province)
    rows = units(host, both, "class")
    assert "没有上一次的成绩" in rows[2] and rows[2].startswith("初二 2班")
    assert "1 个单位不参加进步排名" in text_of(page(host.get(f"/rankings/{both}/manage?level=class")))
    public = text_of(page(sign_in(cast.province).get(f"/boards/{both}?level=class")))
    assert "另有 1 个单位没有上一次的成绩" in public and "初二 2班" not in public
    explained = text_of(page(host.get(f"/rankings/{both}/explain/class/{cast.class_a2}")))
    assert "没有上一次的成绩，不参加进步排名。" in explained


def test_both_sides_and_the_rule_are_shown(cast: Cast, sign_in: SignIn, both: str) -> None:
    soup = page(sign_in(cast.province).get(f"/rankings/{both}/explain/school/{cast.school_a}"))
    assert [text_of(row) for row in soup.select("#terms ~ div tbody tr")] == [
        "参赛学生 ÷ 应参赛学生 10 ÷ 90 20 ÷ 90",
        "学生参与率 11% 22%",
        "成绩总和 ÷ 参赛学生 600 ÷ 10 1000 ÷ 20",
        "平均分 60.00 50.00",
        "折算分 ＝ 平均分 × 学生参与率 6.60 11.00",
        "指数 ＝ 这次 − 上一次 +4.40",
    ]
    text = text_of(soup)
    assert "最多计 ±30 分" in text and "上一次：禁毒知识竞赛" in text


def test_the_bulletin_says_who_is_left_out(cast: Cast, sign_in: SignIn, both: str) -> None:
    host = sign_in(cast.province)
    text = text_of(page(host.get(f"/desk/contests/{both}/bulletin")))
    assert "这次的折算分 − 上一次的折算分" in text and "上一次：禁毒知识竞赛" in text


def test_a_loss_is_written_with_its_sign(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        then = play(app, cast, {cast.class_b1: [80] * 20}, 90, "national")
        public_id = play(app, cast, {cast.class_b1: [70] * 20}, 0, "progress", then.id).public_id
    client = sign_in(cast.province)
    assert "−3.30" in units(client, public_id, "school")[0]
    assert "−3.30" in text_of(page(client.get(f"/rankings/{public_id}/explain/school/{cast.school_b}")))


def test_the_earlier_contest_marked_again_moves_the_progress(app: Flask, cast: Cast, both: str) -> None:
    with app.app_context():
        contest = db.session.query(Contest).filter_by(public_id=both).one()
        earlier = db.session.get_one(Contest, contest.earlier_contest_id)
        for attempt in db.session.query(Attempt).filter_by(sitting_id=earlier.groups[0].sitting_id):
            attempt.score = 1000  # behind the services' back
        rebuild(db.session, contest_id=earlier.id, now=clock.now())
        stale = [one for one in contest_differences(db.session, contest) if "earlier" in one or "figures" in one]
        assert stale  # verification tells
        rebuild(db.session, contest_id=contest.id, now=clock.now())
        assert not [one for one in contest_differences(db.session, contest) if not one.startswith("attempt ")]


def test_a_finished_board_follows_the_earlier_contest_by_itself(app: Flask, cast: Cast, both: str) -> None:
    """Nobody hands in any more; what the tally folds of the earlier contest is all that happens."""
    with app.app_context():
        contest = db.session.query(Contest).filter_by(public_id=both).one()
        earlier = db.session.get_one(Contest, contest.earlier_contest_id)
        query = sa.select(Attempt.id).where(Attempt.sitting_id == earlier.groups[0].sitting_id)
        ids = list(db.session.scalars(query))
        db.session.execute(sa.update(Attempt).where(Attempt.id.in_(ids)).values(score=1000))
        results_changed(db.session, ids, now=clock.now())
        db.session.commit()
        for minutes in (0, 2):
            sweep(db.session, {}, clock.now() + timedelta(minutes=minutes), lambda _done, _total: None)
        assert not [one for one in contest_differences(db.session, contest) if not one.startswith("attempt ")]


# --- step three ----------------------------------------------------------------------------------------------------


def draft(app: Flask, cast: Cast) -> tuple[str, str, str]:
    """(a draft, a finished contest of the same host, one of another host)."""
    with app.app_context():
        now = clock.now()
        old = make_contest(db.session, host="region:630000", by=cast.province, now=now - timedelta(days=99))
        other = make_contest(db.session, host="region:630100", by=cast.prefecture, now=now - timedelta(days=98))
        gone = make_contest(
            db.session,
            host="region:630000",
            by=cast.province,
            now=now - timedelta(days=97),
            opens_at=now - timedelta(days=97),
        )
        cancel(db.session, actor=actor_of(db.session, cast.province), contest=gone, now=now - timedelta(days=97))
        made = make_contest(
            db.session,
            host="region:630000",
            by=cast.province,
            now=now,
            opens_at=now + timedelta(days=1),
            is_published=False,
        )
        db.session.commit()
        return made.public_id, old.public_id, other.public_id


PAPER = {
    "rows-0-topics": "", "rows-0-kinds": "single", "rows-0-difficulty_min": "1", "rows-0-difficulty_max": "5",
    "rows-0-count": "4", "rows-0-points": "25", "do": "check",
}  # fmt: skip


def test_step_three_offers_finished_contests_of_the_same_host(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    made, old, other = draft(app, cast)
    client, path = sign_in(cast.province), f"/desk/contests/{made}/paper"
    soup = page(client.get(path))
    assert [one["value"] for one in soup.select("select[name=earlier] option")] == ["", old]
    refused = page(post(client, path, {**PAPER, "ranking_profile": "progress", "earlier": ""}), 422)
    assert "要选定和哪一次比赛比" in text_of(refused)
    page(post(client, path, {**PAPER, "ranking_profile": "progress", "earlier": other}), 422)
    day = (clock.now() - timedelta(days=3)).date()
    values = {**PAPER, "ranking_profile": "progress", "earlier": old, "expected_on": day.isoformat()}
    assert post(client, path, values).status_code == 303
    with app.app_context():
        contest = db.session.query(Contest).filter_by(public_id=made).one()
        earlier = db.session.get_one(Contest, contest.earlier_contest_id)
        assert (contest.ranking_profile, earlier.public_id, contest.expected_on) == ("progress", old, day)
    late = (clock.now() + timedelta(days=30)).date().isoformat()
    assert "统计日要在比赛结束以前" in text_of(page(post(client, path, {**values, "expected_on": late}), 422))
    sheet = text_of(page(client.get(f"/desk/contests/{made}/rules")))
    assert "单位得分＝这次的折算分 − 上一次的折算分" in sheet


def test_a_contest_held_again_remembers_the_one_before(app: Flask, cast: Cast) -> None:
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        old = make_contest(db.session, host="region:630000", by=cast.province, now=now - timedelta(days=99))
        again = copy_contest(db.session, actor=actor, contest=old, now=now)[0]
        assert again.earlier_contest_id == old.id
        third = copy_contest(db.session, actor=actor, contest=again, now=now)[0]  # of a draft, which may be thrown away
        assert third.earlier_contest_id is None


def test_a_later_stage_is_ranked_otherwise_until_it_has_something_to_compare_with(app: Flask, cast: Cast) -> None:
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        then = make_contest(db.session, host="region:630000", by=cast.province, now=now - timedelta(days=99))
        first = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=now + timedelta(hours=1),
            is_published=False,
        )  # fmt: skip
        second = add_stage(db.session, actor=actor, contest=first, own_name="初赛", name="复赛", now=now)
        rows = first.groups[0].sitting.paper_spec.rows
        values = {"rows": rows, "has_public_board": False, "now": now}
        change_paper(db.session, actor=actor, contest=first, ranking_profile="national", **values)
        assert second.ranking_profile == "national"
        change_paper(db.session, actor=actor, contest=first, ranking_profile="progress", **values)
        assert (first.ranking_profile, second.ranking_profile) == ("progress", "average")
        with pytest.raises(DomainError) as refused:
            publish(db.session, actor=actor, contest=first, now=now)
        assert refused.value.field == "earlier"
        change_comparison(db.session, contest=first, earlier=then.public_id, expected_on=None)
        publish(db.session, actor=actor, contest=first, now=now)
        third = add_stage(db.session, actor=actor, contest=first, own_name="", name="决赛", now=now)
        copies = copy_contest(db.session, actor=actor, contest=first, now=now)
        assert [one.ranking_profile for one in (third, *copies)] == ["average", "progress", "average", "average"]
        publish(db.session, actor=actor, contest=second, now=now)


def test_a_contest_that_was_copied_may_be_taken_back_and_thrown_away(app: Flask, cast: Cast) -> None:
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        opens_at = now + timedelta(days=1)
        old = make_contest(db.session, host="region:630000", by=cast.province, now=now, opens_at=opens_at)
        again = copy_contest(db.session, actor=actor, contest=old, now=now)[0]
        unpublish(db.session, actor=actor, contest=old, now=now)
        delete_draft(db.session, contest=old)
        db.session.commit()
        db.session.refresh(again)
        assert again.earlier_contest_id is None


# --- what if -------------------------------------------------------------------------------------------------------


def test_other_values_give_the_index_and_place_they_would_have(board: str, cast: Cast, sign_in: SignIn) -> None:
    client, path = sign_in(cast.outsider_teacher), f"/rankings/{board}/explain/class/{cast.class_b1}"
    soup = page(client.get(path))
    values = {one["name"]: one["value"] for one in soup.select(".what-if input:not([type=hidden])")}
    assert values == {"parts": "1", "pupils": "2", "passed": "1", "full_marks": "0", "average": "45.00"}
    assert not soup.select(".what-if__result")
    asked = page(client.get(path + "?pupils=2&passed=2&full_marks=2&average=100&parts=1"))
    result = text_of(asked.select_one(".what-if__result"))
    assert "这是计算，不是成绩" in result and "指数会是 100.00" in result and "第 1 名" in result
    assert "指数会是" not in text_of(page(client.get(path)))  # nothing was kept


def test_what_cannot_be_says_why_beside_its_field_and_keeps_what_was_typed(
    board: str, cast: Cast, sign_in: SignIn
) -> None:
    path = f"/rankings/{board}/explain/class/{cast.class_b1}?pupils=2&passed=3&full_marks=0&average=50&parts=1"
    soup = page(sign_in(cast.province).get(path))
    assert "及格学生不能多于参赛学生（2 人）" in text_of(soup.select_one(".what-if .field--error"))
    assert soup.select_one("#if-passed")["value"] == "3"
    assert not soup.select(".what-if__result")
    hostile = page(sign_in(cast.province).get(path.replace("passed=3", "passed=%3Cscript%3E" + "9" * 500)))
    assert "请填整数" in text_of(hostile)


def test_only_staff_of_the_unit_reckon(board: str, cast: Cast, sign_in: SignIn) -> None:
    path = f"/rankings/{board}/explain/school/{cast.school_a}"
    for who in (cast.school_admin, cast.county, cast.province):
        assert page(sign_in(who).get(path)).select(".what-if")
    for who in (cast.liming, cast.outsider_teacher):  # who may read it because it is on the board
        assert not page(sign_in(who).get(path + "?pupils=9&average=90&passed=9&full_marks=0&parts=1")).select(
            ".what-if"
        )


def test_progress_is_reckoned_from_pupils_and_average(cast: Cast, sign_in: SignIn, both: str) -> None:
    path = f"/rankings/{both}/explain/school/{cast.school_a}?pupils=90&average=50"
    result = text_of(page(sign_in(cast.school_admin).get(path)).select_one(".what-if__result"))
    assert "指数会是 30.00" in result and "+43.40 封顶" in result and "第 1 名" in result
