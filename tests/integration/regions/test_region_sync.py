"""The regions of the data file come into the database, once, and follow later changes of the file."""

from dataclasses import replace

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.db import db
from quiz.regions.dataset import load_regions
from quiz.regions.models import Region, RegionLevel, School
from quiz.regions.services import sync_regions
from tests.cast import Cast


def test_all_of_china_is_there_with_eight_and_forty_five_units_in_qinghai(app: Flask) -> None:
    with app.app_context():
        sync_regions(db.session, now=clock.now())
        inside = sa.select(sa.func.count()).where(Region.province_id == "630000")
        assert db.session.scalar(inside.where(Region.level == RegionLevel.PREFECTURE)) == 8
        assert db.session.scalar(inside.where(Region.level == RegionLevel.COUNTY)) == 45
        assert db.session.scalar(sa.select(sa.func.count()).where(Region.level == RegionLevel.PROVINCE)) == 34
        assert db.session.get(Region, "632857") is not None


def test_a_second_run_changes_nothing(app: Flask) -> None:
    with app.app_context():
        assert sync_regions(db.session, now=clock.now()).has_changes
        again = sync_regions(db.session, now=clock.now())
        assert not again.has_changes


def test_a_renamed_county_keeps_its_schools_and_a_moved_one_takes_them_along(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sync_regions(db.session, now=clock.now())
        rows = load_regions()
        moved = [
            replace(row, name="新城区", parent="630200", prefecture="630200") if row.code == "630103" else row
            for row in rows
        ]
        report = sync_regions(db.session, now=clock.now(), rows=moved)
        db.session.expire_all()
        school = db.session.get(School, cast.school_a)
        assert report.changed == 1
        assert school is not None
        assert (school.county.name, school.prefecture_id) == ("新城区", "630200")


def test_a_region_that_vanished_stays_while_it_holds_a_school(app: Flask) -> None:
    with app.app_context():
        sync_regions(db.session, now=clock.now())
        rows = [row for row in load_regions() if row.code not in {"630103", "630104"}]
        report = sync_regions(db.session, now=clock.now(), rows=rows)
        assert (report.removed, report.kept) == (1, ("630103",))


def test_the_command_says_what_it_did(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["regions", "sync"])
    assert result.exit_code == 0, result.output
    assert "新增 32" in result.output
