"""Every page that lists or adds up places asks a handful of questions and reads what it shows, in a province of 30,000 schools."""

import io

import pytest
from pypdf import PdfReader

from quiz import clock
from quiz.db import db
from tests.factories.large_province import COUNTIES, PROVINCE, WINNERS, build
from tests.factories.queries import counted, fetched
from tests.pages import page, post
from tests.signin import sign_in_as

INDEXES = 200  # different indexes ahead of a page far down: a rank counts them, not the schools
EVERY = 60  # rows that any page reads: who looks, the contest with its groups, what the navigation needs


@pytest.fixture(scope="module")
def large(world):
    """The large province, written once for all tests of this file."""
    world.reset()
    with world.app.app_context():
        found = build(db.session, world.cast)
    return world.app, world.cast, found


#: Address, the most statements, the most rows, the most lines of its largest table or list.
PAGES = [
    ("/desk/contests/{running}", 30, EVERY, 60),
    ("/desk/contests/{over}", 30, EVERY, 60),
    ("/desk/contests/", 20, EVERY, 60),
    (f"/desk/contests/new?host=region:{PROVINCE}", 20, EVERY, 60),
    ("/rankings/{over}/manage?level=school", 24, 100 + EVERY, 50),
    ("/rankings/{over}/manage?level=school&page=500", 24, 100 + INDEXES + EVERY, 50),
    ("/rankings/{over}/manage?level=county", 24, 100 + EVERY, 50),
    ("/rankings/{over}/manage?level=school&only=idle", 24, 100 + EVERY, 50),
    ("/boards/{over}?level=school", 16, 51 + EVERY, 50),
    ("/boards/{over}?level=county", 16, 51 + EVERY, 50),
    ("/desk/promotion/{over}/runs/{run_by_county}", 24, 25 + 50 + EVERY, 50),
    ("/desk/promotion/{over}/runs/{run_by_school}?units=600", 24, 25 + 50 + EVERY, 50),
    ("/desk/promotion/{over}", 24, EVERY, 50),
    ("/awards/{over}", 30, WINNERS + 10 + EVERY, 60),
    ("/awards/{over}/drafts/{draft}", 24, 50 + EVERY, 50),
    ("/desk/contests/{over}/bulletin", 18, EVERY, 20),
]


@pytest.mark.parametrize(("address", "statements", "rows", "lines"), PAGES)
def test_a_page_reads_what_it_shows(large, monkeypatch, address, statements, rows, lines):
    app, cast, found = large
    client, path = sign_in_as(app, cast.admin, clock.now()), address.format(**vars(found))
    page(client.get(path))  # the first one fills caches
    with counted(app) as asked, fetched(monkeypatch) as sizes:
        soup = page(client.get(path))
    assert (len(asked) <= statements, sum(sizes) <= rows) == (True, True), (len(asked), sum(sizes))
    assert max((len(one.select("tr, li")) for one in soup.select("tbody, ol, main ul")), default=0) <= lines


def test_the_wizard_offers_the_counties_of_a_prefecture(large, monkeypatch):
    app, cast, _found = large
    client = sign_in_as(app, cast.county, clock.now())
    with counted(app) as asked, fetched(monkeypatch) as sizes:
        soup = page(client.get("/desk/contests/new?host=region:990100"))
    assert len(soup.select("input[name=places]")) >= COUNTIES // 14 and len(asked) <= 20
    assert sum(sizes) <= COUNTIES // 14 + EVERY


def test_units_of_a_trial_are_named_page_by_page(large):
    app, cast, found = large
    client, path = sign_in_as(app, cast.admin, clock.now()), f"/desk/promotion/{found.over}/runs/{found.run_by_school}"
    last = page(client.get(f"{path}?units=9999")).select_one("#units")
    assert "第 600 / 600 页" in last.get_text(" ", strip=True) and last.has_attr("open")
    assert len(last.select("tbody tr")) == 50 and "第39999中学" in last.get_text()
    assert page(client.get(f"{path}?units=-1&unit=%27")).select_one("#units").select_one("tbody tr") is not None


def test_a_bulletin_of_three_thousand_counties_has_a_line_for_each_in_its_files(large):
    app, cast, found = large
    client, path = sign_in_as(app, cast.admin, clock.now()), f"/desk/contests/{found.over}/bulletin?level=county"
    with counted(app) as asked:
        soup = page(client.get(path))
    assert len(soup.select("tbody tr")) == 200 + 1 and len(asked) <= 18
    assert "200 行" in soup.text and f"全部 {COUNTIES} 行" in soup.text
    reply = post(client, path.replace("bulletin?", "bulletin.pdf?"), via=path)
    pages = [one.extract_text() for one in PdfReader(io.BytesIO(reply.data)).pages]
    assert "合计" in "".join(pages[-2:]) and len(pages) > COUNTIES // 40
