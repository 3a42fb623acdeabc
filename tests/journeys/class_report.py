"""The teacher's report of the class, on the page and in the workbook, against the test's own counting."""

from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from playwright.sync_api import Page
from python_calamine import CalamineWorkbook

from tests.journeys.acts import CLASS_SIZE, Story
from tests.journeys.checks import of_class, sat
from tests.journeys.people import MOVED, NUMBERS, TWICE
from tests.journeys.reckoning import PASS, Answered, average, in_words, per_cent
from tests.journeys.stage import numbers, table


def check(page: Page, story: Story) -> None:
    """From the contest's page to the report, its numbers, and the downloaded workbook."""
    page.goto(story.contest)
    page.get_by_role("link", name="班级报告").click()
    took_part = {one.name: one for one in of_class(sat(story))}
    scores = [one.score for one in took_part.values()]
    shown = numbers(page)
    assert shown["已交卷"] == f"{len(scores)} / {CLASS_SIZE} 人"
    assert shown["平均分"] == f"{average(scores):f}"
    assert shown["及格率"] == f"{per_cent(sum(score >= PASS for score in scores), len(scores))}%"

    expected = []
    for name, number in NUMBERS.items():
        one = took_part.get(name)
        tries = 0 if one is None else 2 if name == TWICE else 1
        result = ["没开始", "—", "—"] if one is None else ["已交卷", str(one.score), in_words(one.seconds)]
        expected.append([name, number, *result, str(tries)])
    assert table(page) == [row for row in expected if row[0] != MOVED]

    pupils, items, topics = _workbook(page)
    assert len(pupils) == CLASS_SIZE
    for row in pupils:
        one = took_part.get(row["姓名"])
        assert row["学号"] == NUMBERS[row["姓名"]]
        assert (row["得分"], row["用时（秒）"]) == ((one.score, one.seconds) if one else ("", ""))
    answered = [one for name in took_part for one in story.answered[name]]
    assert _counts(items, "题干", "作答人数", "答对人数") == _counted((one.stem, one) for one in answered)
    assert _counts(topics, "知识领域", "作答题次", "答对题次") == _counted((one.topic, one) for one in answered)
    unanswered = Counter(one.stem for one in answered if not one.is_answered)
    assert {row["题干"]: row["没作答"] for row in items if row["没作答"]} == unanswered


def _workbook(page: Page) -> list[list[dict[str, object]]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 Excel").click()
    assert download.value.suggested_filename.endswith("班级报告.xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(Path(download.value.path()).read_bytes()))
    sheets = []
    for name in ("学生", "题目", "知识领域"):
        head, *rows = book.get_sheet_by_name(name).to_python()
        sheets.append([dict(zip(head, row, strict=True)) for row in rows])
    return sheets


def _counts(rows: list[dict[str, object]], what: str, shown: str, right: str) -> dict[object, tuple[object, object]]:
    return {row[what]: (row[shown], row[right]) for row in rows}


def _counted(pairs: Iterable[tuple[str, Answered]]) -> dict[str, tuple[int, int]]:
    shown: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for key, one in pairs:
        shown[key] += 1
        right[key] += one.is_right
    return {key: (count, right[key]) for key, count in shown.items()}
