"""The wizard: a class quiz shares its items unless the teacher says otherwise."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.contests import services
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.rules import Basics, ContestGroupKind, parse_place
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import actor_of
from tests.pages import page, post


def draft(cast: Cast, template: str) -> Contest:
    host = parse_place(f"class:{cast.class_a1}")
    basics = Basics(template, "班会小测", host, (host,), (ContestGroupKind.JUNIOR,))
    return services.create_contest(db.session, actor=actor_of(db.session, cast.teacher), basics=basics, now=clock.now())


def is_shared(public_id: str) -> bool:
    query = sa.select(Sitting.has_common_items).join(ContestGroup).join(Contest)
    return bool(db.session.scalars(query.where(Contest.public_id == public_id)).one())


@pytest.mark.parametrize(("template", "expected"), [("class_quiz", True), ("national_pattern", False)])
def test_only_a_class_quiz_shares_by_itself(app: Flask, cast: Cast, template: str, expected: bool) -> None:
    with app.app_context():
        assert draft(cast, template).groups[0].sitting.has_common_items is expected


def test_the_teacher_decides_in_the_third_step(app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient]) -> None:
    with app.app_context():
        public_id = draft(cast, "class_quiz").public_id
        db.session.commit()
    client = sign_in(cast.teacher)
    address = f"/desk/contests/{public_id}/paper"
    box = page(client.get(address)).select_one("input[name=has_common_items]")
    assert box is not None
    assert box.has_attr("checked")
    rows = {"rows-0-count": "5", "rows-0-points": "20", "rows-0-difficulty_min": "1", "rows-0-difficulty_max": "5"}
    reply = post(client, address, {**rows, "ranking_profile": "average", "do": "save"})
    assert reply.status_code == 303
    with app.app_context():
        assert not is_shared(public_id)
