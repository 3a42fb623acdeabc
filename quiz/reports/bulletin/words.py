"""A bulletin in words: every sentence and every cell is made here once, and the page, Word and xlsx only set them.

Sober on purpose: a sentence says what the table shows, and a superlative is said only of the largest number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.contests.labels import GROUPS
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.i18n import current_locale
from quiz.rankings import labels
from quiz.rankings.expected.labels import equation_of
from quiz.rankings.profiles import CAP, ProgressProfile, profile_of
from quiz.rankings.rules import SMALLEST_UNIT, BoardLevel
from quiz.regions.labels import class_words
from quiz.reports.bulletin.rules import Bulletin, Line, pupils_share, shares
from quiz.web.filters import day, score

MOST_NAMES = 10  # in one sentence; the table has the others
NONE = "—"
ADDRESSEES: dict[BoardLevel, Any] = {
    BoardLevel.PREFECTURE: _l("各市（州）有关单位："),
    BoardLevel.COUNTY: _l("各县（市、区）有关单位："),
    BoardLevel.SCHOOL: _l("各有关学校："),
    BoardLevel.CLASS: _l("各班级："),
}


@dataclass(frozen=True)
class Cell:
    """A value as text and, for a spreadsheet, as a number (a per cent as 87, not 0.87)."""

    text: str
    number: int | float | None = None


@dataclass(frozen=True)
class Column:
    """A heading; a spreadsheet writes “%” behind it where the cells below are per cents as bare numbers."""

    heading: str
    is_rate: bool = False


@dataclass(frozen=True)
class Document:
    """A whole bulletin, ready to be set. ``organisers`` is empty where the contest names none: a blank to fill in.

    ``rows`` are the first of ``row_count`` where only so many were asked for; everything else speaks of all.
    """

    title: str
    state: str  # “截至……”; empty for final numbers
    addressee: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_count: int
    total: tuple[Cell, ...]
    annex: str
    notes: tuple[str, ...]
    organisers: tuple[str, ...]
    date: str


def document(
    contest: Contest,
    found: Bulletin,
    tallied_at: datetime,
    *,
    is_settled: bool,
    basis: Sequence[str] = (),
    most_rows: int | None = None,
) -> Document:
    """The bulletin of a contest as of its tally. ``basis``: what the numbers of its units rest on.

    ``most_rows``: of so many units the table is made; None for all.
    """
    until = moment(tallied_at)
    return Document(
        title=_("关于“%(contest)s”情况的通报", contest=_quoted(contest.title)),
        state="" if is_settled else _("阶段情况，截至%(time)s", time=until),
        addressee=str(ADDRESSEES[found.level]),
        sections=(
            (_("一、参与情况"), (_window(contest, is_settled), *_participation(found))),
            (_("二、成绩情况"), tuple(_results(contest, found))),
            (_("三、下一步"), tuple(_next(contest, found, is_settled))),
        ),
        columns=columns(found.level),
        rows=tuple(cells(line) for line in found.lines[:most_rows]),
        row_count=len(found.lines),
        total=_total(found),
        annex=_("附表：名次在前一半的单位") if found.is_public else _("附表：各单位情况"),
        notes=tuple(_notes(contest, found, until, basis)),
        organisers=Organisers.from_dict(contest.organisers).host,
        date=day(tallied_at),
    )


def _quoted(title: str) -> str:
    """A title within quotation marks: its own become single ones (GB/T 15834)."""
    return title.translate({0x201C: "‘", 0x201D: "’"})


def moment(at: datetime) -> str:
    """A moment in an official text: “2026年6月26日 18:00”."""
    return str(format_datetime(at, "y年M月d日 HH:mm" if current_locale() == "zh" else "d MMM y HH:mm"))


def columns(level: BoardLevel) -> tuple[Column, ...]:
    """The headings of the table; schools become classes where the rows are schools or classes."""
    took_part, expected = labels.fraction("parts", level)
    return (
        Column(str(labels.LEVELS[level])), Column(expected), Column(took_part), Column(labels.term("parts", level), is_rate=True),
        Column(_("应参赛学生")), Column(_("参赛学生")), Column(_("学生参与率"), is_rate=True), Column(_("及格率"), is_rate=True),
        Column(_("满分率"), is_rate=True), Column(_("平均分")), Column(_("总分（指数）")), Column(_("名次")),
    )  # fmt: skip


def cells(line: Line, *, hides_scores: bool = False) -> tuple[Cell, ...]:
    """One row of the table."""
    figures, of = line.figures, shares(line.figures)
    rank = Cell(NONE) if line.rank is None else Cell(_tied(line), line.rank)
    scores = (_rate(of.passed), _rate(of.full_marks), _decimal(of.average), _decimal(line.index))
    if hides_scores:
        scores = (Cell(NONE),) * 4
    return (
        Cell(_name(line)), _count(figures.parts_expected), _count(figures.parts), _rate(of.parts),
        _count(figures.pupils_expected), _count(figures.pupils), _rate(of.pupils), *scores, rank,
    )  # fmt: skip


def _total(found: Bulletin) -> tuple[Cell, ...]:
    name, *others = cells(found.total, hides_scores=found.hides_scores)
    return (Cell(_("合计")), *others)


def _name(line: Line) -> str:
    name = class_words(line.name)
    return str(_("%(name)s（%(within)s）", name=name, within=line.within)) if line.within else name


def _tied(line: Line) -> str:
    return str(_("%(rank)s（并列）", rank=line.rank) if line.is_tied else line.rank)


def _count(value: int) -> Cell:
    return Cell(str(value), value)


def _rate(hundredths: int | None) -> Cell:
    if hundredths is None:
        return Cell(NONE)
    return Cell(labels.decimal(hundredths, 2) + "%", hundredths // 100)  # rates are whole per cents


def _decimal(hundredths: int | None) -> Cell:
    return Cell(labels.index(hundredths), None if hundredths is None else hundredths / 100)


# --- sentences ----------------------------------------------------------------------------------------------------


def names(lines: Sequence[Line]) -> str:
    """“甲、乙、丙”; of many the first ones and “等”."""
    listed = str(_("、").join(_name(line) for line in lines[:MOST_NAMES]))
    return str(_("%(names)s等", names=listed)) if len(lines) > MOST_NAMES else listed


def _window(contest: Contest, is_settled: bool) -> str:
    opens = min(group.sitting.opens_at for group in contest.groups)
    closes = max(group.sitting.closes_at for group in contest.groups)
    facts = {
        "contest": contest.title, "opens": moment(opens), "closes": moment(closes),
        "groups": _("、").join(str(GROUPS[group.kind]) for group in contest.groups),
    }  # fmt: skip
    if is_settled:
        return str(_("“%(contest)s”从%(opens)s到%(closes)s进行，设%(groups)s，现已结束。", **facts))
    return str(_("“%(contest)s”从%(opens)s到%(closes)s进行，设%(groups)s。", **facts))


def _participation(found: Bulletin) -> list[str]:
    row, figures = cells(found.total), found.total.figures
    facts = {
        "parts_expected": figures.parts_expected, "parts": figures.parts, "parts_rate": row[3].text,
        "pupils_expected": figures.pupils_expected, "pupils": figures.pupils, "pupils_rate": row[6].text,
    }  # fmt: skip
    if found.level in (BoardLevel.SCHOOL, BoardLevel.CLASS):
        text = _(
            "应参赛班级 %(parts_expected)s 个，参赛 %(parts)s 个，参与率 %(parts_rate)s；"
            "应参赛学生 %(pupils_expected)s 人，参赛 %(pupils)s 人，参与率 %(pupils_rate)s。", **facts,
        )  # fmt: skip
    else:
        text = _(
            "应参赛学校 %(parts_expected)s 所，参赛 %(parts)s 所，参与率 %(parts_rate)s；"
            "应参赛学生 %(pupils_expected)s 人，参赛 %(pupils)s 人，参与率 %(pupils_rate)s。", **facts,
        )  # fmt: skip
    return [text, *_leaders(found), *_idle(found)]


def _leaders(found: Bulletin) -> list[str]:
    """Who has the highest share of pupils, where that tells something."""
    if not found.leaders or found.total.figures.pupils == 0 or len(found.lines) < 2:
        return []
    rate = cells(found.leaders[0])[6].text
    if len(found.leaders) > MOST_NAMES:
        return [_("学生参与率最高的单位有 %(count)s 个，都是 %(rate)s。", count=len(found.leaders), rate=rate)]
    return [_("学生参与率最高的是%(names)s，%(rate)s。", names=names(found.leaders), rate=rate)]


def _idle(found: Bulletin) -> list[str]:
    if not found.idle:
        return []
    return [_("还没有学生参赛的单位有 %(count)s 个：%(names)s。", count=len(found.idle), names=names(found.idle))]


def _results(contest: Contest, found: Bulletin) -> list[str]:
    row, figures = cells(found.total), found.total.figures
    lines = []
    if not figures.pupils:
        lines.append(_("还没有学生交卷，没有成绩。"))
    elif not found.hides_scores:
        pass_marks = {group.sitting.pass_hundredths for group in contest.groups}
        lines.append(_(
            "参赛学生中，及格（%(mark)s 分）%(passed)s 人，及格率 %(pass_rate)s；满分 %(full)s 人，满分率 %(full_rate)s；"
            "平均分 %(average)s。", mark=_("、").join(score(one) for one in sorted(pass_marks)), passed=figures.passed,
            pass_rate=row[7].text, full=figures.full_marks, full_rate=row[8].text, average=row[9].text,
        ))  # fmt: skip
    if found.first and len(found.lines) > 1:
        index = labels.index(found.first[0].index)
        lines.append(_("按总分（指数）排名，第 1 名是%(names)s，%(index)s。", names=names(found.first), index=index))
    if found.is_public:
        lines.append(_("附表只列名次在前一半、参赛学生不少于 %(least)s 人的单位。", least=SMALLEST_UNIT))
    else:
        lines.append(_("各单位情况见附表。"))
    return lines


def _next(contest: Contest, found: Bulletin, is_settled: bool) -> list[str]:
    if is_settled:
        return [
            _("对附表数字有疑问的，请与主办单位联系核对；每个数字都可以从答题记录重新算出。"),
            _("题目解析在比赛允许公布的范围内提供，练习一直开放，可以用于讲评和复习。"),
            _("参加自愿、不收费，成绩不作为升学依据；本通报不含学生个人成绩。"),
        ]
    closes = max(group.sitting.closes_at for group in contest.groups)
    lines = [_("比赛到%(closes)s结束。本通报是阶段情况，数字还会变化。", closes=moment(closes))]
    if found.parts_idle and found.level in (BoardLevel.SCHOOL, BoardLevel.CLASS):
        lines.append(
            _("还有 %(count)s 个应参赛班级没有学生参赛，请了解原因，需要帮助的给予帮助。", count=found.parts_idle)
        )
    elif found.parts_idle:
        lines.append(
            _("还有 %(count)s 所应参赛学校没有学生参赛，请了解原因，需要帮助的给予帮助。", count=found.parts_idle)
        )
    lines.append(_("参加自愿、不收费，成绩不作为升学依据。"))
    return lines


def _notes(contest: Contest, found: Bulletin, until: str, basis: Sequence[str]) -> list[str]:
    profile = profile_of(contest.ranking_profile)
    lines = [
        _("数据截至%(time)s。", time=until),
        _("百分率四舍五入到整数，平均分和总分（指数）四舍五入到两位小数。"),
        _("总分即%(formula)s。", formula=labels.formula(profile, found.level)),
        str(labels.UNIT_CHAIN_TEXT),
        labels.source(contest, found.total.source),
        *basis,
    ]
    if equation := equation_of(found.total.figures):
        lines.append(_("合计：%(equation)s。", equation=equation))
    if found.is_public:
        lines.append(_("合计包括没有列出的单位。"))
    if any((pupils_share(line.figures) or 0) > CAP for line in (*found.lines, found.total)):
        lines.append(_("参与率超过 100% 的，是参赛人数多于填报的在校人数；计入指数时按 100% 计。"))
    apart = [line for line in found.lines if line.rank is None and line.figures.pupils]
    if isinstance(profile, ProgressProfile) and apart:
        lines.append(_("没有上一次的成绩、或有一次参赛不到 5 人的单位，不参加进步排名，列在表后。"))
    elif apart:
        lines.append(_("省直管的县级单位列在表后，不与市州一起排名。"))
    if found.hides_scores:
        lines.append(_("未列出的单位参赛学生太少，合计的成绩不公布，以免推算出个人成绩。"))
    return lines
