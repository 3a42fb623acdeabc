"""The health page: plain words, what to do, and whether each contest can begin."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import LoginSlip
from quiz.db import db
from quiz.items import catalogue
from quiz.items.models import BankState, Item, ItemStatus
from quiz.operations import probe as probing
from quiz.operations import queries
from quiz.operations.services import note
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture(autouse=True)
def fresh(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.extensions["probe"] = probing.Probe()
    monkeypatch.setattr(probing, "KEEP_SECONDS", 0.0)


def beat(app: Flask) -> None:
    with app.app_context():
        note(db.session, "worker", now=clock.now())
        note(db.session, "backup", now=clock.now())
        db.session.commit()


def contest(app: Flask, cast: Cast, **settings: object) -> None:
    with app.app_context():
        now = clock.now()
        opens = now + timedelta(hours=2)
        make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, opens_at=opens, **settings
        )  # type: ignore[arg-type]
        db.session.commit()


def shown(client: FlaskClient) -> str:
    return text_of(page(client.get("/operations")).main)


def test_only_administrators_see_it(cast: Cast, sign_in: SignIn, client: FlaskClient) -> None:
    assert client.get("/operations").status_code == 302
    assert sign_in(cast.province).get("/operations").status_code == 403
    assert sign_in(cast.zhuoma).get("/operations").status_code == 403
    assert sign_in(cast.admin).get("/operations").status_code == 200


def test_a_sound_site_and_no_contest(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    beat(app)
    text = shown(sign_in(cast.admin))
    assert "一切正常" in text and "没有等着开始的比赛" in text


def test_a_contest_is_ready_when_nothing_is_amiss(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    beat(app)
    contest(app, cast)
    text = shown(sign_in(cast.admin))
    assert "可以开赛" in text and "还不能开赛" not in text
    assert "4 名没有能用到比赛结束的登录条" in text.replace("，", "")


def test_slips_that_last_are_not_missed(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    beat(app)
    contest(app, cast)
    with app.app_context():
        now = clock.now()
        for number, (user, days) in enumerate(((cast.zhuoma, 1), (cast.liming, 1), (cast.ouyang, 0))):
            db.session.add(
                LoginSlip(
                    user_id=user, token_hash=f"{number}", created_at=now, expires_at=now + timedelta(days=days, hours=3)
                )
            )
        db.session.commit()
    assert "2 名没有能用到比赛结束的登录条" in shown(sign_in(cast.admin)).replace("，", "")


def test_no_contest_is_ready_without_a_worker(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    contest(app, cast)
    text = shown(sign_in(cast.admin))
    assert "还不能开赛" in text and "启动后台进程" in text and "后台进程：还没有启动过" in text.replace(" ", "")


def test_no_contest_is_ready_on_settings_that_lose_answers(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(app)
    contest(app, cast)
    monkeypatch.setattr(queries, "durability_problems", lambda engine: ["SQLite synchronous is 1, must be FULL (2)"])
    text = shown(sign_in(cast.admin))
    assert "现在不能开赛" in text and "还不能开赛" in text and "synchronous is 1" in text


def test_a_bank_too_small_is_named(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    beat(app)
    contest(app, cast)
    with app.app_context():
        db.session.query(Item).filter_by(kind="single").update({"status": ItemStatus.RETIRED})
        db.session.query(BankState).update({"revision": BankState.revision + 1})
        db.session.commit()
        catalogue.clear()
    text = shown(sign_in(cast.admin))
    assert "还不能开赛" in text and "补足题目" in text


def test_an_old_backup_is_said_and_hinders_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    beat(app)
    contest(app, cast)
    with app.app_context():
        note(db.session, "backup", now=clock.now() - timedelta(hours=50))
        db.session.commit()
    text = shown(sign_in(cast.admin))
    assert "上一次在 50 小时前" in text and "还不能开赛" not in text
