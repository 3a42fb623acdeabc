"""The plan of an import: who is added, changed, moved, missing, and which rows cannot be right."""

from dataclasses import replace
from datetime import UTC, datetime

from quiz.accounts.roster.columns import RosterRow
from quiz.accounts.roster.rules import Entry, EntryKind, Known, KnownClass, KnownPupil, counts, digest, make_plan
from quiz.regions.classnames import ClassKey

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ONE, TWO = KnownClass(1, ClassKey(2025, 7, "1班"), True, True), KnownClass(2, ClassKey(2025, 7, "2班"), True, True)
LIMING, WANGFANG = KnownPupil(11, "0101", "李明", "男", 1), KnownPupil(12, "0201", "王芳", "女", 2)
SCHOOL = Known("初中", (LIMING, WANGFANG), (ONE, TWO), may_create=True)
TEACHER = replace(SCHOOL, classes=(ONE, replace(TWO, is_mine=False)), may_create=False)


def row(number: str, name: str, class_text: str, line: int = 2, gender: str = "") -> RosterRow:
    return RosterRow(line, number, name, gender, class_text, "")


def plan(*rows: RosterRow, known: Known = SCHOOL) -> list[Entry]:
    return make_plan([replace(one, line=line) for line, one in enumerate(rows, start=2)], known, at=NOW)


def kinds(entries: list[Entry]) -> list[str]:
    return [entry.kind.value for entry in entries]


def test_the_same_roster_changes_nothing() -> None:
    entries = plan(row("0101", "李明", "初二(1)班"), row("0201", "王芳", "八年级2班", gender="女"))
    assert kinds(entries) == ["same", "same"]
    assert entries[0].gender == "男"


def test_added_changed_moved_and_missing() -> None:
    entries = plan(row("0102", "卓玛", "八年级1班"), row("0101", "李鸣", "八年级1班"))
    assert kinds(entries) == ["added", "changed"]
    assert entries[1].before == {"name": "李明"}
    moved = plan(row("0101", "李明", "八年级2班"))
    assert kinds(moved) == ["moved", "missing"]
    assert moved[0].before == {"class": "初二 1班"}
    assert (moved[1].number, moved[1].user_id) == ("0201", 12)


def test_only_classes_of_the_file_can_miss_somebody() -> None:
    assert kinds(plan(row("0101", "李明", "八年级1班"))) == ["same"]
    assert kinds(plan(row("0102", "卓玛", "八年级1班"))) == ["added", "missing"]


def test_a_class_that_is_not_there_is_made_for_the_school_and_refused_to_a_teacher() -> None:
    entries = plan(row("0102", "卓玛", "九年级1班"))
    assert (kinds(entries), entries[0].class_id, entries[0].class_label) == (["added"], None, "初三 1班")
    assert counts(entries)["new_classes"] == 1
    refused = plan(row("0102", "卓玛", "九年级1班"), known=TEACHER)
    assert "没有这个班" in refused[0].problems[0].message


def test_a_teacher_touches_no_other_class() -> None:
    other = plan(row("0301", "赵云", "八年级2班"), known=TEACHER)
    assert "不归你管理" in other[0].problems[0].message
    taken = plan(row("0201", "王芳", "八年级1班"), known=TEACHER)
    assert kinds(taken) == ["wrong"]
    assert "在另一个班" in taken[0].problems[0].message
    assert "八年级2班" not in str(taken[0].problems)


def test_rows_that_share_a_number_are_all_wrong() -> None:
    entries = plan(row("0101", "李明", "八年级1班"), row("0101", "李敏", "八年级1班"))
    assert kinds(entries) == ["wrong", "wrong"]
    assert [entry.problems[0].params for entry in entries] == [{"lines": "3"}, {"lines": "2"}]


def test_doubts_are_said_but_stop_nothing() -> None:
    namesakes = plan(row("0101", "李明", "八年级1班"), row("0103", "李明", "八年级1班"))
    assert kinds(namesakes) == ["same", "added"]
    assert [len(entry.warnings) for entry in namesakes] == [0, 1]
    assert "姓名完全不同" in plan(row("0101", "卓玛", "八年级1班"))[0].warnings[0].message
    lost_zero = plan(row("101", "卓玛", "八年级1班"))[0]
    assert lost_zero.warnings[0].params == {"number": "0101"}


def test_a_pupil_who_left_and_comes_back_gets_the_old_account() -> None:
    left = replace(SCHOOL, pupils=(replace(LIMING, class_id=None),))
    assert [entry.user_id for entry in plan(row("0101", "李明", "八年级1班"), known=left)] == [11]
    assert [entry.user_id for entry in plan(row("0101", "赵云", "八年级1班"), known=left)] == [None]


def test_an_unreadable_class_names_the_value() -> None:
    problem = plan(row("0101", "李明", "高一1班"))[0].problems[0]
    assert (problem.field, problem.value) == ("class", "高一1班")


def test_a_class_stored_in_another_spelling_is_the_same_class() -> None:
    spelled = replace(SCHOOL, classes=(replace(ONE, key=ClassKey(2025, 7, "（1）班")), TWO))
    assert kinds(plan(row("0101", "李明", "八年级1班"), known=spelled)) == ["same"]


def test_the_digest_tells_plans_apart() -> None:
    first = [entry.as_json() for entry in plan(row("0101", "李明", "八年级1班"))]
    again = [entry.as_json() for entry in plan(row("0101", "李明", "八年级1班"))]
    other = [entry.as_json() for entry in plan(row("0101", "李明", "八年级2班"))]
    assert digest(first) == digest(again) != digest(other)
    assert EntryKind.SAME in first[0]["kind"]
