"""Class reports, re-marks and reminders as tables for spreadsheets; headings are the words of the pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.contests.remarks.models import Remark
from quiz.desk.reminding.queries import IdleSchool
from quiz.items.labels import KIND_LABELS, TOPIC_LABELS
from quiz.regions.labels import class_words
from quiz.reports.queries import ClassReport
from quiz.reports.rules import ItemReport
from quiz.web.filters import when
from quiz.web.spreadsheets import Cell, Sheet

STATUSES: dict[str, tuple[Any, str]] = {
    "waiting": (_l("没开始"), "warn"),
    "going": (_l("作答中"), "lake"),
    "done": (_l("已交卷"), "ok"),
}


def _score(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _sheet(title: str, columns: list[tuple[str, int]], rows: list[list[Cell]]) -> Sheet:
    return Sheet(title, [name for name, _width in columns], rows, [width for _name, width in columns])


def pupil_sheet(report: ClassReport) -> Sheet:
    """One row per pupil; the student number is a text, so that leading zeros stay. Masked reports have none."""
    columns = [
        (_("学号"), 16), (_("姓名"), 14), (_("状态"), 10), (_("得分"), 8), (_("用时（秒）"), 10), (_("作答次数"), 10),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            pupil.student_number, pupil.name, str(STATUSES[pupil.status][0]), _score(pupil.score),
            pupil.elapsed_seconds, pupil.attempts,
        ]
        for pupil in report.pupils
    ]  # fmt: skip
    first = 1 if report.is_masked else 0
    return _sheet(_("学生"), columns[first:], [row[first:] for row in rows])


def item_sheet(report: ClassReport) -> Sheet:
    """One row per item, in the order of the page."""
    columns = [
        (_("题号"), 16), (_("知识领域"), 14), (_("题型"), 8), (_("题干"), 50), (_("作答人数"), 10), (_("答对人数"), 10),
        (_("答对率（%）"), 12), (_("没作答"), 8), (_("各选项人数"), 40), (_("最吸引人的错误选项"), 40), (_("解析"), 60),
    ]  # fmt: skip
    return _sheet(_("题目"), columns, [_item_row(one) for one in report.items])


def _item_row(one: ItemReport) -> list[Cell]:
    colon = _("：")
    picks = "\n".join(f"{'✓ ' if choice.is_key else ''}{choice.text}{colon}{choice.count}" for choice in one.choices)
    return [
        one.item.id, str(TOPIC_LABELS[one.item.topic]), str(KIND_LABELS[one.item.kind]), one.item.stem, one.shown, one.correct,
        one.facility, one.unanswered, picks, one.lure.text if one.lure else "", one.item.explanation,
    ]  # fmt: skip


def topic_sheet(report: ClassReport) -> Sheet:
    """One row per topic."""
    columns = [(_("知识领域"), 20), (_("作答题次"), 10), (_("答对题次"), 10), (_("得分率（%）"), 12)]
    rows: list[list[Cell]] = [
        [str(TOPIC_LABELS[one.code]), one.count, one.correct, one.percent] for one in report.topics
    ]
    return _sheet(_("知识领域"), columns, rows)


def remark_sheets(
    remark: Remark, rows: Sequence[Any], name_of: Callable[[str, int], str], now: datetime
) -> list[Sheet]:
    """The numbers of a re-mark, and one row per changed score; ``name_of`` masks whom the reader may not see."""
    report = remark.report or {}
    numbers: list[list[Cell]] = [
        [_("题目"), remark.item_id],
        [_("改用第几版"), remark.version],
        [_("哪里错了"), remark.reason],
        [_("含这道题的试卷"), report.get("papers", 0)],
        [_("加分的试卷"), report.get("up", 0)],
        [_("减分的试卷"), report.get("down", 0)],
        [_("名次变动的学生"), report.get("moved", 0)],
        [_("已经改分"), _("是") if remark.applied_at else _("否")],
    ]
    changes: list[list[Cell]] = [
        [
            name_of(row.name, row.class_id), row.school, class_words(row.SchoolClass.label(now)),
            _score(row.RemarkChange.before), _score(row.RemarkChange.after), row.RemarkChange.rank_before,
            row.RemarkChange.rank_after,
        ]
        for row in rows
    ]  # fmt: skip
    columns = [
        (_("姓名"), 14), (_("学校"), 36), (_("班级"), 18), (_("改前得分"), 10), (_("改后得分"), 10), (_("改前名次"), 10),
        (_("改后名次"), 10),
    ]  # fmt: skip
    return [_sheet(_("概况"), [(_("项目"), 20), (_("数值"), 40)], numbers), _sheet(_("得分变化"), columns, changes)]


def reminder_sheet(schools: Sequence[IdleSchool], county: str, channels: Mapping[str, Any]) -> Sheet:
    """Schools of a county that have not begun, with their last reminder; the code is a text, so that zeros stay."""
    columns = [
        (_("学校代码"), 16), (_("学校"), 40), (_("县区"), 20), (_("应参赛学生"), 12), (_("上次提醒"), 22), (_("怎么提醒的"), 14),
        (_("谁提醒的"), 14), (_("提醒次数"), 10),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for one in schools:
        last = one.told[0] if one.told else None
        told: list[Cell] = [when(last.at), str(channels[last.channel.value]), last.by] if last else ["", "", ""]
        rows.append([one.code, one.name, county, one.expected, *told, len(one.told)])
    return _sheet(_("没开始的学校"), columns, rows)
