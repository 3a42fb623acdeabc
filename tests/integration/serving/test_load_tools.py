"""The load tools themselves: a small contest is played over HTTP, and the comparison afterwards sees what is wrong."""

import asyncio

import pytest
import sqlalchemy as sa

from bench import capacity
from bench.load import checking
from bench.load.measure import Recorder
from bench.load.pupil import Acknowledged, Pupil
from bench.load.site import Setup, prepared, running

PLAN = capacity.Plan(pupils=4, minutes=0.05, start_seconds=1, submit_seconds=1, pause=1)


@pytest.fixture
def setup(request: pytest.FixtureRequest) -> Setup:
    """The engine of this round, one web process."""
    return Setup(request.config.getoption("--database"), processes=1)


def test_a_small_contest_is_played_and_every_loss_would_be_seen(setup: Setup) -> None:
    with prepared(setup) as site:
        cohort = capacity.build(site, PLAN.pupils, minutes=30)
        with running(site, setup):
            recorder = Recorder()
            pupils = [Pupil(card, site.port, recorder) for card in cohort.pupils]
            rows = asyncio.run(capacity.play(site, pupils, PLAN, cohort.contest))
            whole = checking.compare(site.url, pupils)
            verdicts = checking.recompute(site)
        assert len(rows) == 4
        assert not recorder.errors, recorder.examples
        assert all(pupil.is_in for pupil in pupils)
        assert whole.is_whole
        assert whole.acknowledged == len(recorder.seconds["save"]) >= PLAN.pupils
        assert [code for _, code, _ in verdicts] == [0, 0]

        pupils[0].acknowledged[999] = Acknowledged(1, ["a"])  # said to be saved, and is not there
        assert checking.compare(site.url, pupils).lost == 1
        del pupils[0].acknowledged[999]
        changed = next(iter(pupils[0].acknowledged.values()))
        changed.choices.append("h")  # another answer is there
        assert checking.compare(site.url, pupils).lost == 1
        changed.choices.pop()
        del pupils[1].acknowledged[next(iter(pupils[1].acknowledged))]  # there, and nobody sent it
        assert checking.compare(site.url, pupils).phantom == 1


def test_the_recomputation_sees_a_changed_score(setup: Setup) -> None:
    with prepared(setup) as site:
        cohort = capacity.build(site, 2, minutes=30)
        with running(site, setup):
            pupils = [Pupil(card, site.port, Recorder()) for card in cohort.pupils]
            asyncio.run(capacity.play(site, pupils, PLAN, cohort.contest))
        engine = sa.create_engine(site.url)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE attempt SET score = score + 1 WHERE id = (SELECT min(id) FROM attempt)"))
        engine.dispose()
        assert site.command("attempts", "verify")[0] == 1
