"""A run as a workbook; headings are the words of the page."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from quiz.contests.labels import GROUPS
from quiz.contests.rules import ContestGroupKind
from quiz.promotion import labels
from quiz.promotion.models import PromotionRun
from quiz.promotion.queries import RemarkLine
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
    seconds_of: Callable[[Any], int | None],
    now: datetime,
) -> list[Sheet]:
    """The lines of the units, and everybody with the reason."""
    return [_unit_sheet(run, units, seconds_of), _people_sheet(lines, units, name_of, seconds_of, now)]


def line_score(line: Any) -> int:
    """The score of a line (of :func:`queries.summary`): an order key of pupils, a pair of teams."""
    return score_of(line) if isinstance(line, int) else -line[0]


def line_seconds(line: Any) -> int:
    """The seconds of a line."""
    return pupil_seconds(line) if isinstance(line, int) else line[1]


def team_sheets(
    run: PromotionRun, lines: Iterable[TeamRemarkLine], units: dict[str, str], seconds_of: Callable[[Any], int | None]
) -> list[Sheet]:
    """The same of teams."""
    headings = [
        _("组别"), _("单位"), _("单位名次"), _("队名"), _("学校"), _("县区"), _("全队得分"), _("全队用时（秒）"), _("结果"),
        _("原因"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            str(GROUPS[ContestGroupKind(line.remark.group_kind)]), units.get(line.remark.unit_id, _("全部")),
            line.remark.place, line.name, line.school, line.county, line.remark.score / 100, line.remark.seconds,
            str(labels.OUTCOMES[line.remark.outcome][0]), labels.reason(line.remark),
        ]
        for line in lines
    ]  # fmt: skip
    sheet = Sheet(_("名单"), headings, rows, [12, 24, 10, 24, 36, 16, 12, 14, 10, 44])
    return [_unit_sheet(run, units, seconds_of, is_by_teams=True), sheet]


def _unit_sheet(
    run: PromotionRun, units: dict[str, str], seconds_of: Callable[[Any], int | None], *, is_by_teams: bool = False
) -> Sheet:
    number = _("参赛队数") if is_by_teams else _("参赛人数")
    headings = [_("组别"), _("单位"), number, _("名额"), _("晋级"), _("晋级线（分）"), _("晋级线用时（秒）")]
    rows: list[list[Cell]] = [
        [
            str(GROUPS[ContestGroupKind(one["group"])]), units.get(one["unit"], _("全部")), one["participants"], one["seats"],
            one["through"], None if one["line"] is None else line_score(one["line"]) / 100,
            None if one["line"] is None else line_seconds(one["line"]),
        ]
        for one in (run.summary or {}).get("units", [])
    ]  # fmt: skip
    return Sheet(_("各单位"), headings, rows, [12, 30, 10, 8, 8, 12, 14])


def _people_sheet(
    lines: Iterable[RemarkLine],
    units: dict[str, str],
    name_of: Callable[[RemarkLine], str],
    seconds_of: Callable[[Any], int | None],
    now: datetime,
) -> Sheet:
    headings = [
        _("组别"), _("单位"), _("单位名次"), _("姓名"), _("学校"), _("班级"), _("得分"), _("用时（秒）"), _("结果"), _("原因"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [
            str(GROUPS[ContestGroupKind(line.remark.group_kind)]), units.get(line.remark.unit_id, _("全部")),
            line.remark.place, name_of(line), line.school, class_words(line.school_class.label(now)),
            score_of(line.remark.order_key) / 100, seconds_of(line.remark.order_key),
            str(labels.OUTCOMES[line.remark.outcome][0]), labels.reason(line.remark),
        ]
        for line in lines
    ]  # fmt: skip
    return Sheet(_("名单"), headings, rows, [12, 24, 10, 14, 36, 18, 8, 10, 10, 44])
