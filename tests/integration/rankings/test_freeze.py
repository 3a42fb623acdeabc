"""While boards are frozen, what comes after is seen by those who manage the contest and by nobody else."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.accounts.models import User
from quiz.accounts.rules import Actor
from quiz.attempts.models import AttemptStatus, ResultChange
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.rankings.jobs import freeze as store_job
from quiz.rankings.models import BoardFreeze, ContestTally, PupilStanding, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.services import fold, freezing, rebuild
from quiz.rankings.verification import contest_differences
from tests.cast import Cast
from tests.factories.contests import actor_of
from tests.integration.rankings.arena import Arena, fill, make_arena
from tests.lanes import only_lane, settled, without_lane
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
CANARY = "99.37"  # a score that nobody has before the freeze
LEVELS = ("pupil", "class", "school", "county", "prefecture")


@dataclass
class Frozen:
    """A running contest, frozen an hour ago; since then the last of the board has come out on top but one."""

    public_id: str
    id: int
    at: datetime


def _actor(user_id: int) -> Actor:
    return actor_of(db.session, user_id)


def _late(arena: Arena, user_id: int, score: int = 9937, number: int = 2) -> None:
    """A result of a second attempt, handed in after the freeze, and folded as the worker does."""
    attempt = arena.result(user_id, score, 77, number=number)
    attempt.started_at, attempt.closed_at = arena.now - timedelta(minutes=10), arena.now - timedelta(minutes=9)
    arena.session.add(ResultChange(
        sitting_id=attempt.sitting_id, user_id=user_id, changed_at=arena.now, is_folded=False
    ))  # fmt: skip
    arena.session.commit()
    fold(arena.session, contest_id=arena.contest.id, now=arena.now)
    arena.session.commit()


def _freeze(arena: Arena, cast: Cast, **kwargs: datetime | None) -> datetime:
    at = arena.now - timedelta(hours=1)
    values = {"unfreezes_at": None, **kwargs}
    freezing.set_freeze(
        arena.session,
        actor=_actor(cast.province),
        contest=arena.contest,
        freezes_at=at,
        now=arena.now - timedelta(hours=2),
        **values,
    )  # type: ignore[arg-type]
    arena.session.commit()
    return at


def _arena(cast: Cast, **policy: object) -> Arena:
    arena = make_arena(
        db.session, cast, clock.now(), is_over=False, has_public_board=True, attempts_allowed=2, **policy
    )  # type: ignore[arg-type]
    fill(arena, cast)
    arena.tally()
    return arena


@pytest.fixture
def frozen(app: Flask, cast: Cast) -> Frozen:
    with app.app_context():
        arena = _arena(cast)
        at = _freeze(arena, cast)
        _late(arena, cast.cairang)
        store_job(db.session, {}, arena.now, lambda _done, _total: None)
        return Frozen(arena.contest.public_id, arena.contest.id, at)


def _addresses(app: Flask, frozen: Frozen, cast: Cast) -> list[str]:
    """Every page about the contest, and every page that is about nothing in particular."""
    found = []
    known = {"public_id": frozen.public_id, "unit_id": cast.school_b, "level": "school", "class_id": cast.class_b1}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not rule.arguments <= known.keys() or rule.endpoint == "static":
                continue
            values = {name: known[name] for name in rule.arguments}
            found.append(app.url_for(rule.endpoint, **values))
    boards = [f"/rankings/{frozen.public_id}", f"/rankings/{frozen.public_id}/manage", f"/boards/{frozen.public_id}"]
    return found + [f"{board}?level={level}" for board in boards for level in LEVELS]


def test_a_score_after_the_freeze_is_on_no_page_of_a_pupil_a_teacher_or_the_public(
    app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen
) -> None:
    clients = {
        "visitor": app.test_client(), "pupil": sign_in(cast.liming), "classmate": sign_in(cast.zhuoma),
        "teacher": sign_in(cast.outsider_teacher), "school": sign_in(cast.school_admin), "county": sign_in(cast.county),
    }  # fmt: skip
    walked = 0
    for who, client in clients.items():
        for address in _addresses(app, frozen, cast):
            if address in ("/sign-out", "/metrics"):
                continue
            response = client.get(address, headers={"Accept-Language": "zh"})
            walked += response.status_code == 200
            assert CANARY.encode() not in response.data, f"{who} at {address}"
    assert walked > 60


def test_the_boards_are_exactly_those_of_the_freeze(app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen) -> None:
    soup = page(sign_in(cast.liming).get(f"/rankings/{frozen.public_id}"))
    rows = [text_of(row) for row in soup.select("ol.list > li")]
    assert len(rows) == 5 and "李*" in rows[0] and not any("才" in row for row in rows)
    text = text_of(soup)
    assert "封榜：显示的是" in text and "名次将在颁奖时公布" in text
    assert soup.select_one("section[aria-labelledby=own]") is None and not soup.select("li.is-me")
    school = text_of(page(sign_in(cast.liming).get(f"/rankings/{frozen.public_id}?level=school")))
    assert "城中区清源实验学校" in school and "共 2 个单位" in school


def test_own_ranks_are_told_nowhere(cast: Cast, sign_in: SignIn, frozen: Frozen) -> None:
    client = sign_in(cast.liming)
    listed = text_of(page(client.get("/rankings/")))
    assert "封榜中" in listed and "你在前" not in listed and "第 1 名" not in listed
    assert "你在前" not in client.get("/").text


def test_those_who_manage_the_contest_see_what_is_now_and_are_told_that_others_do_not(
    cast: Cast, sign_in: SignIn, frozen: Frozen
) -> None:
    soup = page(sign_in(cast.province).get(f"/rankings/{frozen.public_id}/manage"))
    assert CANARY in soup.text
    assert "榜单已封，学生和公众看不到" in text_of(soup)
    others = page(sign_in(cast.outsider_teacher).get(f"/rankings/{frozen.public_id}/manage"))
    assert "封榜：显示的是" in text_of(others) and "才让·多杰 7 格尔木市" in text_of(others)


def test_exported_tables_are_those_of_the_freeze(cast: Cast, sign_in: SignIn, frozen: Frozen) -> None:
    for user, is_there in ((cast.outsider_teacher, False), (cast.province, True)):
        client = sign_in(user)
        board = post(client, f"/rankings/{frozen.public_id}/manage.xlsx", via=f"/rankings/{frozen.public_id}/manage")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(board.data)).get_sheet_by_index(0).to_python()
        scores = [row[4] for row in rows[1:]]
        assert (99.37 in scores) == is_there
        path = f"/desk/contests/{frozen.public_id}/classes/{cast.class_b1}"
        report = post(client, f"{path}/pupils.csv", via=path)
        assert (CANARY in report.data.decode("utf-8-sig")) == is_there


def test_before_the_frozen_standings_are_stored_there_are_none(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = _arena(cast)
        _freeze(arena, cast)
        _late(arena, cast.cairang)
        public_id = arena.contest.public_id
    soup = page(sign_in(cast.liming).get(f"/rankings/{public_id}"))
    assert "正在整理封榜时的名次" in text_of(soup) and not soup.select("ol.list")
    assert sign_in(cast.liming).get(f"/rankings/{public_id}/explain/school/{cast.school_a}").status_code == 404
    assert "正在整理封榜时的名次" in text_of(page(sign_in(cast.teacher).get(f"/rankings/{public_id}/manage")))


def test_whose_time_ran_out_before_the_freeze_is_waited_for(app: Flask, cast: Cast) -> None:
    with app.app_context():
        arena = _arena(cast)
        at = _freeze(arena, cast)
        going = arena.result(cast.zhuoma, 0, 0, number=2)
        going.status, going.closed_at, going.score = AttemptStatus.IN_PROGRESS, None, None
        going.started_at, going.deadline_at = at - timedelta(minutes=10), at - timedelta(seconds=1)
        db.session.commit()
        assert not freezing.store(db.session, contest_id=arena.contest.id, now=at + timedelta(seconds=2))
        going.status, going.closed_at, going.score = AttemptStatus.EXPIRED, going.deadline_at, 9500
        db.session.commit()
        assert freezing.store(db.session, contest_id=arena.contest.id, now=at + timedelta(seconds=9))
        keys = _stored(arena.contest.id)
        assert len(keys) == 10


def _stored(contest_id: int) -> list[int]:
    query = sa.select(PupilStanding.order_key).join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
    return list(db.session.scalars(query.where(StandingBoard.contest_id == contest_id, StandingBoard.generation < 0)))


def test_rebuilds_leave_the_frozen_standings_alone_and_the_live_ones_are_right(
    app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen
) -> None:
    with app.app_context():
        before = _stored(frozen.id)
        rebuild(db.session, contest_id=frozen.id, now=clock.now())
        assert _stored(frozen.id) == before and len(before) == 10
        contest = db.session.get_one(Contest, frozen.id)
        differences = [one for one in contest_differences(db.session, contest) if not one.startswith("attempt")]
        assert differences == []
    assert CANARY not in sign_in(cast.liming).get(f"/rankings/{frozen.public_id}").text


def test_lifting_shows_everything_at_once_and_leaves_nothing_behind(
    app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen
) -> None:
    client = sign_in(cast.province)
    path = f"/desk/contests/{frozen.public_id}/freeze"
    assert post(client, f"{path}/lift", via=path).status_code == 303
    assert post(client, f"{path}/lift", via="/account/password").status_code == 303  # pressed twice
    board = text_of(page(sign_in(cast.cairang).get(f"/rankings/{frozen.public_id}")))
    assert CANARY in board and "封榜" not in board and "第 2 名" in board
    with app.app_context():
        store_job(db.session, {}, clock.now(), lambda _done, _total: None)
        for model in (StandingBoard, StandingCell, UnitStanding):
            assert db.session.scalar(sa.select(sa.func.min(model.generation))) > 0
        query = sa.select(AuditEntry.action).where(AuditEntry.action.like("contest:freeze:%")).order_by(AuditEntry.id)
        actions = list(db.session.scalars(query))
        assert actions == ["contest:freeze:set", "contest:freeze:lift"]


def test_it_ends_at_its_time(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = _arena(cast)
        _freeze(arena, cast, unfreezes_at=clock.now() - timedelta(minutes=1))
        _late(arena, cast.cairang)
        public_id = arena.contest.public_id
    assert CANARY in sign_in(cast.liming).get(f"/rankings/{public_id}").text


def test_an_ended_contest_offers_the_freeze_only_while_it_is_in_force(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        now = clock.now()
        arena = make_arena(db.session, cast, now)
        db.session.commit()
        public_id, contest_id = arena.contest.public_id, arena.contest.id
    client, link = sign_in(cast.province), f"a[href='/desk/contests/{public_id}/freeze']"
    assert not page(client.get(f"/desk/contests/{public_id}")).select(link)
    with app.app_context():
        db.session.add(BoardFreeze(
            contest_id=contest_id, freezes_at=now - timedelta(hours=1), unfreezes_at=None, set_by=cast.province, set_at=now
        ))  # fmt: skip
        db.session.commit()
    assert page(client.get(f"/desk/contests/{public_id}")).select(link)


def test_the_public_board_after_the_end_is_that_of_the_freeze(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        arena = _arena(cast)
        _freeze(arena, cast)
        _late(arena, cast.cairang)
        store_job(db.session, {}, arena.now, lambda _done, _total: None)
        arena.sittings["junior"].closes_at = arena.now - timedelta(minutes=5)
        db.session.commit()
        public_id = arena.contest.public_id
    response = client.get(f"/boards/{public_id}")
    assert "封榜：显示的是" in text_of(page(response)) and CANARY not in response.text and "李*" in response.text


def test_the_lane_and_the_view_say_the_same(app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen) -> None:
    client = sign_in(cast.liming)
    with without_lane(app):
        slow = client.get(f"/rankings/{frozen.public_id}").text
    with only_lane(app) as passed:
        quick = client.get(f"/rankings/{frozen.public_id}").text
    assert passed == [] and settled(quick) == settled(slow)


def test_an_organiser_declares_it_before_the_time_and_not_after(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = _arena(cast)
        public_id, contest_id = arena.contest.public_id, arena.contest.id
    client, path = sign_in(cast.province), f"/desk/contests/{public_id}/freeze"
    assert "封榜时间" in text_of(page(client.get(path)))
    local = clock.now().astimezone(clock.LOCAL_ZONE)
    late = post(client, path, {"freezes_at": f"{local - timedelta(hours=3):%Y-%m-%dT%H:%M}", "unfreezes_at": ""})
    assert "这个时间已经过去" in text_of(page(late, 422))
    assert post(client, path, {"freezes_at": f"{local + timedelta(hours=3):%Y-%m-%dT%H:%M}"}).status_code == 303
    assert "自动封榜" in text_of(page(client.get(path)))
    assert post(client, f"{path}/now", via=path).status_code == 303
    with app.app_context():
        row = db.session.get_one(BoardFreeze, contest_id)
        assert abs(row.freezes_at - clock.now()) < timedelta(minutes=1)
    assert post(client, f"{path}/now", via=path).status_code == 303  # the first one stands
    assert "榜单已封" in text_of(page(client.get(path)))
    assert sign_in(cast.county).get(path).status_code == 404
    assert sign_in(cast.teacher).get(path).status_code == 404


def test_what_cannot_be_frozen(app: Flask, cast: Cast) -> None:
    with app.app_context():
        arena = _arena(cast)
        now, actor = arena.now, _actor(cast.province)

        def declare(at: datetime, until: datetime | None = None, when: datetime = now) -> None:
            freezing.set_freeze(
                db.session, actor=actor, contest=arena.contest, freezes_at=at, unfreezes_at=until, now=when
            )

        with pytest.raises(DomainError, match="开始以后、结束以前"):
            declare(now + timedelta(days=9))
        with pytest.raises(DomainError, match="解封时间要晚于封榜时间"):
            declare(now + timedelta(hours=3), now + timedelta(hours=2))
        with pytest.raises(ConflictError, match="已经结束"):
            declare(now + timedelta(days=3), when=now + timedelta(days=2))
        declare(now + timedelta(minutes=1))
        later = now + timedelta(minutes=5)
        declare(now + timedelta(hours=5), when=later)  # in force by then: only the end can be changed
        assert db.session.get_one(BoardFreeze, arena.contest.id).freezes_at == now + timedelta(minutes=1)
        arena.contest.published_at = None
        with pytest.raises(ConflictError, match="发布以后"):
            declare(now + timedelta(hours=1))


def test_nothing_is_stored_twice(app: Flask, cast: Cast, frozen: Frozen) -> None:
    with app.app_context():
        number = db.session.scalar(sa.select(ContestTally.number).where(ContestTally.contest_id == frozen.id))
        store_job(db.session, {}, clock.now(), lambda _done, _total: None)
        assert db.session.scalar(sa.select(sa.func.count()).where(StandingBoard.generation < 0)) == 1
        assert db.session.scalar(sa.select(ContestTally.number).where(ContestTally.contest_id == frozen.id)) == number
        assert db.session.scalar(sa.select(sa.func.count(User.id)))
