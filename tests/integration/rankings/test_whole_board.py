"""A board read whole says of every unit what the board read in pages says: order, rank, names, figures."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.queries import UnitLine, all_lines, ranked, tally_of, unit_lines, units_query
from quiz.rankings.rules import ALL, BoardLevel
from quiz.regions.models import Region, RegionLevel


def tally_in(session: Session, board: str) -> ContestTally:
    found = tally_of(session, session.scalars(sa.select(Contest.id).where(Contest.public_id == board)).one())
    assert found
    return found


def both(session: Session, board: str, level: BoardLevel) -> tuple[list[UnitLine], list[UnitLine]]:
    """The board read whole, and as pages of it are read."""
    tally = tally_in(session, board)
    units = session.scalars(units_query(tally, level=level, category=ALL)).all()
    paged = ranked(session, tally, level=level, category=ALL, units=units)
    return all_lines(session, tally, level, clock.now()), unit_lines(session, paged, level, clock.now())


@pytest.mark.parametrize("level", [BoardLevel.CLASS, BoardLevel.SCHOOL, BoardLevel.COUNTY, BoardLevel.PREFECTURE])
def test_the_whole_board_is_its_pages_together(app: Flask, board: str, level: BoardLevel) -> None:
    with app.app_context():
        whole, paged = both(db.session, board, level)
    assert whole == paged
    assert all(line.name and line.within for line in whole) and len(whole) >= 2


def test_equal_indexes_share_a_rank_and_none_has_none(app: Flask, board: str) -> None:
    with app.app_context():
        session = db.session
        tally = tally_in(session, board)
        for number, index in enumerate([9900, 9900, 9800, 1, 1, None]):
            code = f"6301{90 + number}"
            session.add(Region(id=code, name=f"{code}县", level=RegionLevel.COUNTY, parent_id="630100",
                               prefecture_id="630100", province_id="630000"))  # fmt: skip
            session.add(UnitStanding(
                contest_id=tally.contest_id, generation=tally.generation, category=ALL, level="county", unit_id=code,
                county_id=code, prefecture_id="630100", pupils=0, figures={"source": "roster"}, index=index,
            ))  # fmt: skip
        session.commit()
        whole, paged = both(session, board, BoardLevel.COUNTY)
    assert whole == paged
    new = [(line.unit_id, line.rank, line.is_tied) for line in whole if line.unit_id.startswith("63019")]
    assert new[:3] == [("630190", 1, True), ("630191", 1, True), ("630192", 3, False)]
    last = len([line for line in whole if line.index is not None])
    assert new[3:] == [("630193", last - 1, True), ("630194", last - 1, True), ("630195", None, False)]
