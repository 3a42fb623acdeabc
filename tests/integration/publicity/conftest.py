"""A finished contest with issued awards and its public page on."""

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.contests.models import Contest
from quiz.db import db
from tests.cast import Cast
from tests.integration.awards.scene import Scene, make_scene


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    """Results are tallied, the page is on, awards are not issued."""
    found = make_scene(app, cast, has_public_board=True)
    found.set_tiers()
    change(app, has_public_page=True)
    return found


@pytest.fixture
def issued(scene: Scene) -> Scene:
    scene.issue()
    return scene


def change(app: Flask, **values: object) -> None:
    """Set columns of every contest."""
    with app.app_context():
        db.session.execute(sa.update(Contest).values(**values))
        db.session.commit()
