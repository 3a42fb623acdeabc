"""A command board of 30,000 schools in 3,000 counties reads as few rows and asks as few questions as a small one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
import sqlalchemy.engine.cursor as cursors

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db
from quiz.desk.command.services import MOST_QUICK
from quiz.desk.models import ContestSurvey
from quiz.desk.views.command import STAGE_TILES
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.regions.models import Region, RegionLevel, School, SchoolKind
from tests.factories.queries import counted
from tests.integration.rankings.arena import make_arena
from tests.pages import page
from tests.signin import sign_in_as

PREFECTURES, COUNTIES, SCHOOLS = 14, 3000, 30_000


def build(cast) -> str:
    """Another province with so many places, standings of a running contest, and two weeks of counted days."""
    now = clock.now()
    province = "990000"
    prefectures = [f"99{number:02d}00" for number in range(1, PREFECTURES + 1)]
    regions = [_region(province, "大省", RegionLevel.PROVINCE, None, None)]
    regions += [_region(one, f"第{one}市", RegionLevel.PREFECTURE, province, one) for one in prefectures]
    counties = [(f"{800_000 + number:06d}", prefectures[number % PREFECTURES]) for number in range(COUNTIES)]
    regions += [_region(one, f"第{one}县", RegionLevel.COUNTY, above, above) for one, above in counties]
    _insert(Region, regions)
    schools = [(number, *counties[number % COUNTIES]) for number in range(10_000, 10_000 + SCHOOLS)]
    _insert(School, [
        {"id": one, "code": f"99{one:08d}", "name": f"第{one}中学", "kind": SchoolKind.JUNIOR, "county_id": county,
         "prefecture_id": prefecture, "province_id": province, "slip_valid_days": 180, "is_active": True, "is_demo": False}
        for one, county, prefecture in schools
    ])  # fmt: skip
    arena = make_arena(
        db.session, cast, now, is_over=False, host={"host_region_id": province}, place={"region_id": province}
    )
    arena.sittings["junior"].opens_at = now - timedelta(days=10)
    _standings(arena.contest, schools, prefectures, dict(counties))
    days = {(now - timedelta(days=back)).date().isoformat(): {one: 3 for one, _ in counties} for back in range(-1, 12)}
    quick = [{"school_id": 10_000 + number, "pupils": 40} for number in range(200)]
    db.session.add(ContestSurvey(contest_id=arena.contest.id, surveyed_at=now, days=days, quick=quick, looked_at=[]))
    db.session.commit()
    return arena.contest.public_id


def _region(code, name, level, parent, prefecture):
    return {"id": code, "name": name, "level": level, "parent_id": parent, "prefecture_id": prefecture,
            "province_id": "990000", "rank": 0}  # fmt: skip


def _insert(model, rows):
    for at in range(0, len(rows), 5000):
        db.session.execute(sa.insert(model.__table__), rows[at : at + 5000])


def _standings(contest: Contest, schools, prefectures, counties) -> None:
    now = clock.now()
    db.session.add(ContestTally(contest_id=contest.id, generation=1, number=1, tallied_at=now, counted=SCHOOLS))

    def unit(level, one, pupils, expected, county=None, prefecture=None, school=None, category="all"):
        figures = {"parts": 1, "parts_expected": 1, "pupils": pupils, "pupils_expected": expected, "passed": 0,
                   "full_marks": 0, "score_sum": 0, "source": "enrolled"}  # fmt: skip
        return {"contest_id": contest.id, "generation": 1, "category": category, "level": level, "unit_id": str(one),
                "school_id": school, "school_kind": None, "county_id": county, "prefecture_id": prefecture,
                "pupils": pupils, "figures": figures, "index": None}  # fmt: skip

    rows = [unit("prefecture", one, 700, 2000, prefecture=one) for one in prefectures]
    for category in ("all", "junior"):
        rows += [unit("county", one, 300, 1000, one, above, category=category) for one, above in counties.items()]
        rows += [
            unit("school", one, one % 7 * 4, 30 + one % 90, county, prefecture, one, category)
            for one, county, prefecture in schools
        ]
    renamed = [{("index_hundredths" if key == "index" else key): value for key, value in row.items()} for row in rows]
    _insert(UnitStanding, renamed)


@contextmanager
def fetched(monkeypatch) -> Iterator[list[int]]:
    """How many rows each fetch from the database gave meanwhile."""
    sizes: list[int] = []
    strategy = cursors.CursorFetchStrategy
    with monkeypatch.context() as patch:
        for name in ("fetchall", "fetchmany", "fetchone"):
            patch.setattr(strategy, name, _counting(getattr(strategy, name), sizes))
        yield sizes


def _counting(original, sizes):
    def fetch(*args, **kwargs):
        found = original(*args, **kwargs)
        sizes.append(len(found) if isinstance(found, list) else found is not None)
        return found

    return fetch


@pytest.fixture(scope="module")
def large(world):
    """The large province, written once for all tests of this file."""
    world.reset()
    with world.app.app_context():
        public_id = build(world.cast)
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
