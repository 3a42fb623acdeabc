"""A run as a workbook; headings are the words of the page. Where time is not compared (``has_time``) no column speaks of it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from quiz.contests.labels import GROUPS
from quiz.contests.rules import ContestGroupKind, group_order
from quiz.promotion import labels
from quiz.promotion.models import PromotionRun
from quiz.promotion.queries import RemarkLine
from quiz.promotion.rules import UnitLevel
from quiz.promotion.teams.queries import TeamRemarkLine
from quiz.rankings.rules import score_of
from quiz.rankings.rules import seconds_of as pupil_seconds
from quiz.regions.labels import class_words
from quiz.web.spreadsheets import Cell, Sheet


def run_sheets(
    run: PromotionRun,
    lines: Iterable[RemarkLine],
    units: dict[str, str],
    name_of: Callable[[RemarkLine], str],
    now: datetime,
    *,
    has_time: bool,
) -> list[Sheet]:
    """The lines of the units, and everybody with the reason."""
    return [
        _unit_sheet(run, units, _("参赛人数"), has_time=has_time),
        _people_sheet(run, lines, units, name_of, now, has_time=has_time),
    ]


def unit_lines(run: PromotionRun) -> list[dict[str, Any]]:
    """The units of a run's summary, group after group."""
    return sorted((run.summary or {}).get("units", []), key=lambda one: group_order(one["group"]))


def line_score(line: Any) -> int:
    """The score of a line (of :func:`queries.summary`): an order key of pupils, a pair of teams."""
    return score_of(line) if isinstance(line, int) else -line[0]


def line_seconds(line: Any) -> int:
    """The seconds of a line."""
    return pupil_seconds(line) if isinstance(line, int) else line[1]


def team_sheets(
    run: PromotionRun, lines: Iterable[TeamRemarkLine], units: dict[str, str], *, has_time: bool
) -> list[Sheet]:
    """The same of teams."""
    level = UnitLevel(run.plan["level"])
    headings = [
        _("组别"), _("单位"), _("单位名次"), _("队名"), _("学校"), _("县区"), _("全队得分"),
        *([_("全队用时（秒）")] if has_time else []), _("结果"), _("原因"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            str(GROUPS[ContestGroupKind(line.remark.group_kind)]), units.get(line.remark.unit_id, _("全部")),
            line.remark.place, line.name, line.school, line.county, line.remark.score / 100,
            *([line.remark.seconds] if has_time else []), str(labels.OUTCOMES[line.remark.outcome][0]), labels.reason(line.remark, level),
        ]
        for line in lines
    ]  # fmt: skip
    sheet = Sheet(_("名单"), headings, rows, [12, 24, 10, 24, 36, 16, 12, *([14] if has_time else []), 10, 44])
    return [_unit_sheet(run, units, _("参赛队数"), has_time=has_time), sheet]


def _unit_sheet(run: PromotionRun, units: dict[str, str], participants: str, *, has_time: bool) -> Sheet:
    headings = [
        _("组别"), _("单位"), participants, _("名额"), _("晋级"), _("晋级线（分）"),
        *([_("晋级线用时（秒）")] if has_time else []),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            str(GROUPS[ContestGroupKind(one["group"])]), units.get(one["unit"], _("全部")), one["participants"], one["seats"],
            one["through"], None if one["line"] is None else line_score(one["line"]) / 100,
            *([None if one["line"] is None else line_seconds(one["line"])] if has_time else []),
        ]
        for one in unit_lines(run)
    ]  # fmt: skip
    return Sheet(_("各单位"), headings, rows, [12, 30, 10, 8, 8, 12, *([14] if has_time else [])])


def _people_sheet(
    run: PromotionRun,
    lines: Iterable[RemarkLine],
    units: dict[str, str],
    name_of: Callable[[RemarkLine], str],
    now: datetime,
    *,
    has_time: bool,
) -> Sheet:
    level = UnitLevel(run.plan["level"])
    headings = [
        _("组别"), _("单位"), _("单位名次"), _("姓名"), _("学校"), _("班级"), _("得分"), *([_("用时（秒）")] if has_time else []),
        _("结果"), _("原因"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            str(GROUPS[ContestGroupKind(line.remark.group_kind)]), units.get(line.remark.unit_id, _("全部")),
            line.remark.place, name_of(line), line.school, class_words(line.school_class.label(now)),
            score_of(line.remark.order_key) / 100, *([pupil_seconds(line.remark.order_key)] if has_time else []),
            str(labels.OUTCOMES[line.remark.outcome][0]), labels.reason(line.remark, level),
        ]
        for line in lines
    ]  # fmt: skip
    return Sheet(_("名单"), headings, rows, [12, 24, 10, 14, 36, 18, 8, *([10] if has_time else []), 10, 44])
