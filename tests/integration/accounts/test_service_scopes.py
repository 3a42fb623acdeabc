"""The services check scope and one-time use themselves, whatever page calls them."""

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.accounts import services
from quiz.accounts.models import LoginSlip, Role, RoleGrant
from quiz.accounts.rules import Actor, Grant
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from tests.cast import Cast

ADMIN = {"name": "管理员", "username": "root.admin", "password": "昆仑山上的雪化成了三江源"}


def teacher(cast: Cast) -> Actor:
    return Actor(cast.teacher, "t", "周老师", "staff", "s", 1, (Grant("teacher", class_id=cast.class_a1),))


def test_slips_are_issued_for_all_or_for_none(app: Flask, cast: Cast) -> None:
    with app.app_context():
        for act in (
            lambda: services.issue_slips(
                db.session, actor=teacher(cast), user_ids=[cast.zhuoma, cast.wangfang], now=clock.now()
            ),
            lambda: services.reset_pin(db.session, actor=teacher(cast), user_id=cast.wangfang, now=clock.now()),
            lambda: services.revoke_slips(db.session, actor=teacher(cast), user_id=cast.wangfang, now=clock.now()),
        ):
            with pytest.raises(NotFoundError):
                act()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginSlip)) == 0


def test_too_many_slips_at_once_are_refused(app: Flask, cast: Cast) -> None:
    with app.app_context(), pytest.raises(DomainError, match="一次最多打印 300 张"):
        services.issue_slips(db.session, actor=teacher(cast), user_ids=list(range(301)), now=clock.now())


def test_slips_come_in_the_order_asked(app: Flask, cast: Cast) -> None:
    asked = [cast.ouyang, cast.zhuoma, cast.liming]
    with app.app_context():
        slips = services.issue_slips(db.session, actor=teacher(cast), user_ids=asked, now=clock.now())
    assert [slip.user_id for slip in slips] == asked
    assert len({slip.token for slip in slips}) == 3


def test_a_setup_token_is_used_once_and_only_without_an_administrator(app: Flask, cast: Cast) -> None:
    with app.app_context():
        token = services.make_setup_token(db.session, clock.now())
        with pytest.raises(NotFoundError):
            services.use_setup_token(db.session, token=token, now=clock.now(), **ADMIN)
        everyone = sa.update(RoleGrant).where(RoleGrant.role == Role.ADMIN).values(revoked_at=clock.now())
        db.session.execute(everyone)
        services.use_setup_token(db.session, token=token, now=clock.now(), **ADMIN)
        db.session.execute(everyone)
        with pytest.raises(NotFoundError):
            services.use_setup_token(db.session, token=token, now=clock.now(), **{**ADMIN, "username": "second"})
