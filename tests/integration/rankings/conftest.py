"""One filled contest, over and tallied."""

import pytest
from flask import Flask

from quiz import clock
from quiz.db import db
from tests.cast import Cast
from tests.integration.rankings.arena import fill, make_arena


@pytest.fixture
def board(app: Flask, cast: Cast) -> str:
    """The public id of a finished junior contest with ten results and a public board."""
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), has_public_board=True)
        fill(arena, cast)
        return arena.tally()
