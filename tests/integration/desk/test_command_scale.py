"""A command board of 30,000 schools in 3,000 counties reads as few rows and asks as few questions as a small one."""

import pytest

from quiz import clock
from quiz.db import db
from quiz.desk.command.services import MOST_QUICK
from quiz.desk.views.command import STAGE_TILES
from tests.factories.large_province import PREFECTURES, build
from tests.factories.queries import counted, fetched
from tests.pages import page
from tests.signin import sign_in_as


@pytest.fixture(scope="module")
def large(world):
    """The large province, written once for all tests of this file."""
    world.reset()
    with world.app.app_context():
        public_id = build(db.session, world.cast).running
    return world.app, world.cast, public_id


@pytest.mark.parametrize(("query", "below"), [("", PREFECTURES), ("?place=990100", 215), ("?place=800000", 10)])
@pytest.mark.parametrize("path", ["command", "command/stage"])
def test_a_page_asks_a_handful_of_questions_and_reads_the_level_below(large, monkeypatch, query, below, path):
    app, cast, public_id = large
    client, address = sign_in_as(app, cast.admin, clock.now()), f"/desk/contests/{public_id}/{path}{query}"
    page(client.get(address))  # the first one fills caches
    with counted(app) as statements, fetched(monkeypatch) as sizes:
        soup = page(client.get(address))
    assert len(statements) <= 22
    assert sum(sizes) <= below + MOST_QUICK + 60, "tiles, the schools looked at, and what every page reads"
    shown = len(soup.select(".tile-map .tile"))
    if not path.endswith("stage"):
        assert shown == below
    elif below == 10:
        assert 0 < shown <= 5, "of schools the upper half"
    else:
        assert shown == min(below, STAGE_TILES)


def test_the_schools_to_remind_are_counted_by_county_and_paged(large, monkeypatch):
    app, cast, public_id = large
    client, address = sign_in_as(app, cast.admin, clock.now()), f"/desk/contests/{public_id}/reminders"
    with counted(app) as statements, fetched(monkeypatch) as sizes:
        soup = page(client.get(address))
    assert len(soup.select("tbody tr")) == 50 and soup.select_one("a[rel=next]")
    assert len(statements) <= 16 and sum(sizes) <= 50 + 60
    last = page(client.get(f"{address}?page=99"))
    county = last.select_one("tbody a")["href"]
    with fetched(monkeypatch) as sizes:
        soup = page(client.get(county))
    assert soup.select(".remind-list li") and sum(sizes) <= 60
