"""``flask rankings rebuild --verify`` is clean after real sittings and finds every kind of tampering."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.db import db
from quiz.rankings.models import ContestTally, PupilStanding, StandingCell, UnitStanding
from quiz.rankings.pools import WHOLE
from tests.cast import Cast
from tests.integration.rankings.arena import sat_arena

BEST = PupilStanding.order_key < 2**17  # nothing is missing to the full score


@pytest.fixture
def contest(app: Flask, cast: Cast) -> str:
    """A contest of three real sittings, tallied by the command itself."""
    with app.app_context():
        public_id = sat_arena(db.session, cast, clock.now()).contest.public_id
    result = app.test_cli_runner().invoke(args=["rankings", "rebuild", "--contest", public_id])
    assert result.exit_code == 0, result.output
    return public_id


def verify(app: Flask) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["rankings", "rebuild", "--verify"])
    return result.exit_code, result.output


def test_it_finds_no_difference(app: Flask, contest: str) -> None:
    assert verify(app) == (0, "rankings: 1 contests, no difference\n")


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (lambda: sa.update(PupilStanding).where(BEST).values(order_key=1), "order_key stored 1, recomputed 60"),
        (lambda: sa.update(PupilStanding).where(BEST).values(class_id=9), "class_id stored 9"),
        (lambda: sa.update(StandingCell).where(StandingCell.part == WHOLE).values(counts=b""), "recomputed other ones"),
        (lambda: sa.delete(StandingCell).where(StandingCell.pool == "junior/county/630103"), "stored counts of 0"),
        (lambda: sa.update(ContestTally).values(counted=4), "stored 4 results, recomputed 3"),
        (lambda: sa.update(UnitStanding).where(UnitStanding.level == "school").values(index=1), "index stored 1"),
        (lambda: sa.delete(PupilStanding).where(BEST), "missing"),
        (lambda: sa.update(Attempt).where(Attempt.score == 6000).values(score=6500), "stored score 6500"),
        (lambda: sa.update(UnitStanding).where(UnitStanding.unit_id == "630103").values(unit_id="x"), "not exist"),
    ],
)
def test_it_finds_a_tampered_row(app: Flask, contest: str, tamper: Callable[[], sa.Update], found: str) -> None:
    with app.app_context():
        db.session.execute(tamper())
        db.session.commit()
    code, output = verify(app)
    assert code == 1
    assert found in output


def test_verifying_writes_nothing_and_a_rebuild_repairs(app: Flask, contest: str) -> None:
    with app.app_context():
        db.session.execute(sa.update(PupilStanding).values(school_id=9))
        db.session.commit()
    assert verify(app)[0] == 1
    assert verify(app)[0] == 1
    app.test_cli_runner().invoke(args=["rankings", "rebuild"])
    assert verify(app)[0] == 0


def test_an_unknown_contest_is_named(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["rankings", "rebuild", "--contest", "nothing"])
    assert result.exit_code == 1
    assert "nothing" in result.output
