"""What goes out as a spreadsheet runs nothing when it is opened, and loses no digit."""

from datetime import UTC, datetime

import pytest

from quiz.regions.tables import cell_text, read_tables
from quiz.web.spreadsheets import Sheet, csv_bytes, day_stamp, defused, xlsx


@pytest.mark.parametrize(("hour", "day"), [(15, "20260626"), (16, "20260627")])
def test_a_file_is_of_the_day_where_people_are(hour: int, day: str) -> None:
    assert day_stamp(datetime(2026, 6, 26, hour, 59, tzinfo=UTC)) == day


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_defused(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize(("value", "shown"), [("卓玛", "卓玛"), ("", ""), (None, ""), (-1, "-1"), (0.5, "0.5")])
def test_everything_else_stays(value: str | float | None, shown: str) -> None:
    assert defused(value) == shown


def test_a_round_trip_keeps_zeros_long_numbers_and_rare_characters() -> None:
    rows = [["00101", "𠮷田", "510107200801011300"], ["=1+1", "才让·多杰", "1"]]
    for data in (xlsx([Sheet("成绩[1]:*", ["a", "b", "c"], rows)]), csv_bytes(["a", "b", "c"], rows)):
        read = [[cell_text(cell) for cell in row.cells] for row in read_tables(data)[0].rows]
        assert read == [["a", "b", "c"], *rows]
