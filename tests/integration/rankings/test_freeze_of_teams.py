"""While boards are frozen, teams too stand where they stood: for pupils, the public, and staff who do not manage the contest."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.teams.models import Team
from quiz.db import db
from quiz.rankings.jobs import freeze as store_job
from quiz.rankings.services import freezing, rebuild
from tests.cast import Cast
from tests.factories.contests import actor_of, take
from tests.factories.teams import arena, register
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
HOUR = timedelta(hours=1)
THEN = [("昆仑一队", "1"), ("昆仑二队", "2"), ("格尔木队", "3")]
NOW = [("格尔木队", "1"), ("昆仑一队", "2"), ("昆仑二队", "3")]


@dataclass
class Frozen:
    """A contest by teams, frozen an hour ago, over since; then 格尔木队 came from the last place to the first."""

    id: int
    public_id: str

    @property
    def board(self) -> str:
        return f"/rankings/{self.public_id}/teams"


@pytest.fixture
def frozen(app: Flask, cast: Cast) -> Frozen:
    scene = arena(app, cast)
    a, b = scene.more_a, scene.more_b
    with app.app_context():
        contest, now = db.session.get_one(Contest, scene.contest), clock.now()
        contest.has_public_board = contest.has_public_page = True
        register(cast, contest, "昆仑一队", cast.zhuoma, cast.liming)
        register(cast, contest, "昆仑二队", cast.wangfang, a[0])
        register(cast, contest, "格尔木队", cast.cairang, b[0])
        for group in contest.groups:
            group.sitting.opens_at, group.sitting.closes_at = now - 5 * HOUR, now - timedelta(minutes=5)
        db.session.flush()
        for user_id, right in ((cast.zhuoma, 4), (cast.liming, 3), (cast.wangfang, 3), (a[0], 2), (cast.cairang, 4)):
            take(db.session, contest, user_id, right=right, now=now - 4 * HOUR)
        freezing.set_freeze(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, freezes_at=now - HOUR,
            unfreezes_at=None, now=now - 2 * HOUR,
        )  # fmt: skip
        take(db.session, contest, b[0], right=4, now=now - HOUR / 2)
        rebuild(db.session, contest_id=contest.id, now=now)
        db.session.commit()
        store_job(db.session, {}, now, lambda _done, _total: None)
        return Frozen(contest.id, contest.public_id)


def _ranks(soup: Any) -> list[tuple[str, str]]:
    return [(text_of(row.th), text_of(row.select("td")[0])) for row in soup.select("main tbody tr")]


def _names(soup: Any) -> list[str]:
    return [text_of(one) for one in soup.select("ol.list .list__title")]


def _team(app: Flask, frozen: Frozen, name: str) -> str:
    with app.app_context():
        query = sa.select(Team.public_id).where(Team.contest_id == frozen.id, Team.name == name)
        return f"{frozen.board}/{db.session.scalars(query).one()}"


def _lift(app: Flask, cast: Cast, frozen: Frozen) -> None:
    with app.app_context():
        contest = db.session.get_one(Contest, frozen.id)
        freezing.lift(db.session, actor=actor_of(db.session, cast.province), contest=contest, now=clock.now())
        db.session.commit()


def test_pupils_see_the_teams_as_of_the_freeze_and_nothing_of_their_own(
    app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen
) -> None:
    for user in (cast.cairang, cast.zhuoma):
        soup = page(sign_in(user).get(frozen.board))
        assert _names(soup) == ["昆仑一队", "昆仑二队"]
        assert "封榜：显示的是" in text_of(soup) and "你的队" not in text_of(soup)
        assert not soup.select("li.is-me") and not soup.select("a[href*='/teams/']")
        assert "第 1 名" not in text_of(page(sign_in(user).get("/rankings/")))
    own = _team(app, frozen, "格尔木队")
    reply = sign_in(cast.cairang).get(own)
    assert reply.status_code == 404 and "合计" not in reply.text
    _lift(app, cast, frozen)
    soup = page(sign_in(cast.cairang).get(frozen.board))
    assert _names(soup)[0].startswith("格尔木队") and "第 1 名" in text_of(soup)
    assert "合计 200" in text_of(page(sign_in(cast.cairang).get(own)).main)


def test_the_public_board_of_teams_is_that_of_the_freeze(
    app: Flask, cast: Cast, client: FlaskClient, frozen: Frozen
) -> None:
    address = f"/boards/{frozen.public_id}/teams"
    soup = page(client.get(address))
    assert _names(soup) == ["昆仑一队", "昆仑二队"] and "封榜：显示的是" in text_of(soup)
    assert "格尔木队" not in text_of(soup)
    _lift(app, cast, frozen)
    soup = page(client.get(address))
    assert _names(soup)[0] == "格尔木队" and "封榜" not in text_of(soup)


def test_staff_who_do_not_manage_it_see_the_freeze_and_those_who_do_see_what_is_now(
    app: Flask, cast: Cast, sign_in: SignIn, frozen: Frozen
) -> None:
    outsider, organiser = sign_in(cast.outsider_teacher), sign_in(cast.province)
    soup = page(outsider.get(frozen.board))
    assert _ranks(soup) == [("格尔木队", "3")] and "封榜：显示的是" in text_of(soup)
    soup = page(sign_in(cast.school_admin).get(frozen.board))
    assert _ranks(soup) == THEN[:2] and "封榜：显示的是" in text_of(soup)
    soup = page(organiser.get(frozen.board))
    assert _ranks(soup) == NOW and "榜单已封，学生和公众看不到" in text_of(soup)
    own = _team(app, frozen, "格尔木队")
    terms = text_of(page(outsider.get(own)).main)
    assert "封榜：显示的是" in terms and "没有成绩，算 0 分和满时长" in terms and "合计 100" in terms
    assert "合计 200" in text_of(page(organiser.get(own)).main)


def test_exported_teams_are_those_of_the_freeze(cast: Cast, sign_in: SignIn, frozen: Frozen) -> None:
    for user, rank, score in ((cast.outsider_teacher, 3, 100), (cast.province, 1, 200)):
        reply = post(sign_in(user), f"{frozen.board}.xlsx", via=frozen.board)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_index(0).to_python()
        found = next(row for row in rows[1:] if row[1] == "格尔木队")
        assert (found[0], found[4]) == (rank, score)
