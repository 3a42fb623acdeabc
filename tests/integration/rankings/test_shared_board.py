"""One page for everybody: each viewer's own things in it, of one tally, through the lane as through the view."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import LoginSession, User
from quiz.attempts.models import Attempt, Sitting
from quiz.attempts.services.changes import results_changed
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.models import ContestTally
from quiz.rankings.services import fold
from quiz.rankings.views import lane as board_lane
from quiz.rankings.views import shared, student
from tests.cast import Cast
from tests.factories.queries import counted
from tests.integration.rankings.arena import fill, make_arena
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture(autouse=True)
def fresh_cache(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's cache outlives the database of a test; within one, a busy machine must not make it expire."""
    app.extensions["shared_cache"]._kept.clear()
    monkeypatch.setattr(shared, "SECONDS", 60.0)


def normal(html: str) -> str:
    """The page without what is another one each time."""
    return re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", html)


def by_lane(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the lane has answered, request by request."""
    answered: list[bool] = []
    call = board_lane.Boards.__call__

    def noted(boards: board_lane.Boards, asked: object) -> object:
        reply = call(boards, asked)  # type: ignore[arg-type]
        answered.append(reply is not None)
        return reply

    monkeypatch.setattr(board_lane.Boards, "__call__", noted)
    return answered


@pytest.mark.parametrize(
    "query", ["", "?level=pupil", "?level=school", "?level=class", "?show=junior/初中", "?level=county&x=<b>"]
)
def test_the_lane_gives_the_page_of_the_view(
    board: str, app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    answered = by_lane(app, monkeypatch)
    client = sign_in(cast.liming)
    client.get("/rankings/")  # gives the session its token, without which nothing goes by the lane
    view, second = client.get(f"/rankings/{board}{query}"), client.get(f"/rankings/{board}{query}")
    assert answered == [False, True]
    page(view), page(second)
    assert normal(view.text) == normal(second.text)
    ignored = {"Content-Length", "Content-Security-Policy", "Vary", "Content-Encoding", "Set-Cookie"}
    assert second.headers["X-Request-ID"] != view.headers["X-Request-ID"]
    headers = [{k: v for k, v in one.headers.items() if k not in {*ignored, "X-Request-ID"}} for one in (view, second)]
    assert headers[0] == headers[1]
    nonce = re.search(r'nonce="([^"]+)"', second.text)
    assert nonce and nonce[1] in second.headers["Content-Security-Policy"]


def test_each_viewer_sees_the_own_name_and_places_on_the_same_page(
    board: str, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    clients = {user: sign_in(user) for user in (cast.liming, cast.zhuoma, cast.cairang)}
    for _ in range(2):
        texts = {user: text_of(page(client.get(f"/rankings/{board}"))) for user, client in clients.items()}
        assert "李明" in texts[cast.liming] and "卓玛" not in texts[cast.liming]
        assert "卓玛" in texts[cast.zhuoma] and "李明" not in texts[cast.zhuoma]
        assert "李*" in texts[cast.cairang] and "才让" in texts[cast.cairang]


def test_nothing_of_a_viewer_is_in_what_is_shared(board: str, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.liming)
    client.get(f"/rankings/{board}")
    kept = str([value for _, value in app.extensions["shared_cache"]._kept.values()])
    assert "李*" in kept and "李明" not in kept and "20240" not in kept
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/rankings/{board}").text)
    assert token and token[1] not in kept


def test_the_token_on_the_page_is_the_viewers(board: str, cast: Cast, sign_in: SignIn) -> None:
    client, other = sign_in(cast.liming), sign_in(cast.zhuoma)
    for one in (client, other, client):
        soup = page(one.get(f"/rankings/{board}"))
        field = soup.select_one("form[action='/locale'] input[name=csrf_token]")
        reply = one.post("/locale", data={"csrf_token": field["value"], "locale": "zh", "next": "/"})
        assert reply.status_code == 303


def test_a_session_that_has_ended_gets_nothing(board: str, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    clients = [sign_in(cast.liming) for _ in range(2)]
    for client in clients:
        assert client.get(f"/rankings/{board}").status_code == 200
    with app.app_context():
        db.session.execute(sa.update(LoginSession).values(revoked_at=clock.now()))
        db.session.commit()
    assert clients[0].get(f"/rankings/{board}").status_code == 302
    with app.app_context():
        db.session.execute(sa.update(LoginSession).values(revoked_at=None))
        db.session.execute(sa.update(User).values(session_version=User.session_version + 1))
        db.session.commit()
    assert clients[1].get(f"/rankings/{board}").status_code == 302


def test_results_that_are_withdrawn_close_the_board_at_once(
    board: str, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.liming)
    for _ in range(2):
        assert page(client.get(f"/rankings/{board}")).select("ol.list")
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(release_results="manual"))
        db.session.commit()
    assert "排名还没公布" in text_of(page(client.get(f"/rankings/{board}")))


def test_a_new_score_is_there_with_the_next_tally_and_its_time(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        users = fill(arena, cast)
        public_id = arena.tally()
    client = sign_in(cast.liming)
    for _ in range(2):
        assert "全部 第 1 名" in text_of(page(client.get(f"/rankings/{public_id}")))
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt).where(Attempt.user_id == users["甲一一"])).one()
        attempt.score, attempt.elapsed_seconds = 10000, 60
        later = clock.now() + timedelta(minutes=1)
        results_changed(db.session, [attempt.id], now=later)
        contest_id = db.session.scalars(sa.select(Contest.id).where(Contest.public_id == public_id)).one()
        db.session.commit()
        fold(db.session, contest_id=contest_id, now=later)
        db.session.commit()
    text = text_of(page(client.get(f"/rankings/{public_id}")))
    assert "全部 第 2 名" in text
    assert text.index("甲*一") < text.index("李明 你")


def test_a_page_never_mixes_two_tallies(
    board: str, app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tally happens after the own places were read and before the board is made: both are read again."""
    made: list[int] = []
    make = student._make

    def interrupted(public_id: str, wanted: object, viewer: student.Viewer) -> object:
        made.append(viewer.number)
        if len(made) == 1:
            raise student.MovedError  # what a snapshot of a later tally says
        return make(public_id, wanted, viewer)  # type: ignore[arg-type]

    monkeypatch.setattr(student, "_make", interrupted)
    assert "全部 第 1 名" in text_of(page(sign_in(cast.liming).get(f"/rankings/{board}")))
    assert len(made) == 2


def test_a_snapshot_of_another_tally_is_refused(board: str, app: Flask, cast: Cast) -> None:
    with app.test_request_context(), app.app_context():
        number = db.session.scalars(sa.select(ContestTally.number)).one()
        viewer = student.Viewer("junior", None, number + 1, None)
        with pytest.raises(student.MovedError):
            student._make(board, student.asked(), viewer)


def test_a_second_viewer_costs_one_statement(board: str, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.liming).get(f"/rankings/{board}")
    client = sign_in(cast.zhuoma)
    client.get("/rankings/")
    with counted(app) as statements:  # of SQLAlchemy: the lane's own goes straight to the driver
        assert client.get(f"/rankings/{board}").status_code == 200
    assert statements == []


def test_english_viewers_get_an_english_page(board: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.liming)
    for language, expected in (("en", "Your rank"), ("zh", "你的名次"), ("en", "Your rank")):
        text = client.get(f"/rankings/{board}", headers={"Accept-Language": language}).text
        assert expected in text
