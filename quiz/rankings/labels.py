"""The words for levels, chains, formulas and terms, as lazy texts for pages and exports."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from quiz.contests.labels import GROUPS
from quiz.contests.models import Contest
from quiz.contests.queries import window_of
from quiz.contests.rules import ContestGroupKind
from quiz.rankings.profiles import (
    MOST_GAIN,
    PROGRESS_TERMS,
    Figures,
    Profile,
    ProgressProfile,
    Term,
    TermKind,
    Unranked,
)
from quiz.rankings.rules import ALL, BoardLevel
from quiz.web.filters import day

TEAMS: Any = _l("团队")
LEVELS: dict[BoardLevel, Any] = {
    BoardLevel.PUPIL: _l("个人"),
    BoardLevel.CLASS: _l("班级"),
    BoardLevel.SCHOOL: _l("学校"),
    BoardLevel.COUNTY: _l("县区"),
    BoardLevel.PREFECTURE: _l("市州"),
}
PLACES: dict[BoardLevel, Any] = {
    BoardLevel.CLASS: _l("本班"),
    BoardLevel.SCHOOL: _l("本校"),
    BoardLevel.COUNTY: _l("本县区"),
    BoardLevel.PREFECTURE: _l("本市州"),
    BoardLevel.PUPIL: _l("全部"),
}
UNIT_GROUPS = (ContestGroupKind.PUBLIC_SERVANT, ContestGroupKind.COMMUNITY)
UNIT_LEVELS: dict[BoardLevel, Any] = {BoardLevel.CLASS: _l("科室与网格"), BoardLevel.SCHOOL: _l("单位")}
UNIT_PLACES: dict[BoardLevel, Any] = {BoardLevel.CLASS: _l("本组"), BoardLevel.SCHOOL: _l("本单位")}
PARENT_PLACES: dict[BoardLevel, Any] = {BoardLevel.CLASS: _l("本班家长"), BoardLevel.SCHOOL: _l("本校家长")}
KINDS: dict[str, Any] = {
    "小学": _l("小学"),
    "初中": _l("初中"),
    "九年一贯": _l("九年一贯制学校"),
    "高中": _l("高中"),
    "完全中学": _l("完全中学"),
    "中职": _l("中职学校"),
    "高校": _l("高校"),
    "机关单位": _l("机关单位"),
    "社区": _l("社区（村）"),
}
PUPIL_CHAIN_TEXT = _l("先比成绩，高的在前；成绩相同比用时，短的在前（服务器计时）；再相同名次并列，下一名次空出。")
SCORE_CHAIN_TEXT = _l("只比成绩，高的在前；成绩相同名次并列，不比用时，下一名次空出。")
UNIT_CHAIN_TEXT = _l("按指数从高到低；指数相同名次并列，下一名次空出。")
TERMS: dict[str, Any] = {
    "pupils": _l("学生参与率"),
    "passed": _l("及格率"),
    "full_marks": _l("满分率"),
    "average": _l("平均分"),
}
FRACTIONS: dict[str, tuple[Any, Any]] = {
    "pupils": (_l("参赛学生"), _l("应参赛学生")),
    "passed": (_l("及格学生"), _l("参赛学生")),
    "full_marks": (_l("满分学生"), _l("参赛学生")),
    "average": (_l("成绩总和"), _l("参赛学生")),
}
SOURCES: dict[str, Any] = {
    "headcount": _l("应参赛学生用学校填报的相应年级在校人数。"),
    "enrolled": _l("应参赛学生用系统里在册的学生人数。"),
    "mixed": _l("应参赛学生：填报了在校人数的学校用填报数，其余学校用系统里在册的学生人数。"),
}


#: Why a unit takes no part in a ranking: in a badge, and in a sentence.
UNRANKED: dict[Unranked, tuple[Any, Any]] = {
    Unranked.NOBODY: (_l("没有开始"), _l("还没有人参赛。")),
    Unranked.NO_EARLIER: (_l("没有上一次的成绩"), _l("没有上一次的成绩，不参加进步排名。")),
    Unranked.FEW: (_l("人数太少"), _l("有一次参赛不到 5 人，不参加进步排名：人太少，差别只是个别学生的成绩。")),
}


def unranked(profile: Profile, figures: dict[str, Any]) -> tuple[Any, Any]:
    """Why a unit with these stored figures has no rank."""
    reason = profile.unranked(Figures.from_dict(figures)) if isinstance(profile, ProgressProfile) else None
    return UNRANKED[reason or Unranked.NOBODY]


def compared_with(earlier: Contest | None) -> str:
    """Which contest progress is measured against."""
    if earlier is None:
        return str(gettext("还没有选定和哪一次比赛比，所以没有进步排名。"))
    title, ended = earlier.title, day(window_of(earlier)[1])
    return str(gettext("上一次：%(title)s（%(day)s结束）。", title=title, day=ended))


def level_word(level: BoardLevel, groups: Iterable[str]) -> Any:
    """What the rows of a level are called where these groups are compared: classes and schools, or departments and units."""
    is_of_units = all(group in UNIT_GROUPS for group in groups)
    return UNIT_LEVELS.get(level, LEVELS[level]) if is_of_units else LEVELS[level]


def own_place(level: BoardLevel, group: str) -> Any:
    """What somebody of a group calls the own unit of a level: “本班”, “本单位”, “本校家长”."""
    if group in UNIT_GROUPS:
        return UNIT_PLACES.get(level, PLACES[level])
    return PARENT_PLACES.get(level, PLACES[level]) if group == ContestGroupKind.PARENT else PLACES[level]


def source(contest: Contest, kept: str) -> str:
    """Where the number of expected pupils comes from, in one sentence."""
    if contest.is_by_teams:
        return str(_l("应参赛学生是报了队的队员，不含候补。"))
    return str(SOURCES[kept])


def category(value: str) -> str:
    """“全部”, “初中组” or “九年一贯制学校”."""
    if value == ALL:
        return str(gettext("全部"))
    if value in KINDS:
        return str(KINDS[value])
    return str(GROUPS[ContestGroupKind(value)])


def term(key: str, level: BoardLevel) -> str:
    """The name of a term; the first one counts schools or classes, as the level has it."""
    if key == "parts":
        is_of_classes = level in (BoardLevel.CLASS, BoardLevel.SCHOOL)
        return str(gettext("班级参与率") if is_of_classes else gettext("学校参与率"))
    return str(TERMS[key])


def fraction(key: str, level: BoardLevel) -> tuple[str, str]:
    """What stands above and below the line of a term."""
    if key == "parts":
        if level in (BoardLevel.CLASS, BoardLevel.SCHOOL):
            return gettext("参赛班级"), gettext("全部班级")
        return gettext("参赛学校"), gettext("应参赛学校")
    above, below = FRACTIONS[key]
    return str(above), str(below)


def formula(profile: Profile, level: BoardLevel) -> str:
    """The formula in one line, from the profile that was computed with."""
    if isinstance(profile, ProgressProfile):
        return str(gettext("指数 ＝ 这次的折算分 − 上一次的折算分，最多计 ±%(most)s 分", most=MOST_GAIN // 100))
    parts = [
        term(rule.key, level) if rule.weight == 100 else f"{term(rule.key, level)} × {rule.weight}%"
        for rule in profile.terms
    ]
    return str(gettext("指数 ＝ %(sum)s", sum=gettext(" ＋ ").join(parts)))


def fractions(profile: Profile, level: BoardLevel) -> list[str]:
    """“及格率 ＝ 及格学生 ÷ 参赛学生”, for every term."""
    lines = []
    if isinstance(profile, ProgressProfile):
        lines.append(gettext("折算分 ＝ 平均分 × 学生参与率"))
    for rule in PROGRESS_TERMS if isinstance(profile, ProgressProfile) else profile.terms:
        above, below = fraction(rule.key, level)
        name = term(rule.key, level)
        lines.append(gettext("%(term)s ＝ %(above)s ÷ %(below)s", term=name, above=above, below=below))
    return lines


def rounding(profile: Profile) -> str:
    """How the terms are rounded and capped."""
    if isinstance(profile, ProgressProfile):
        return str(
            gettext(
                "百分率四舍五入到整数，超过 100 按 100 计；平均分和折算分四舍五入到两位小数。"
                "没有上一次的成绩、或任何一次参赛不到 5 人的单位，不参加进步排名。"
            )
        )
    if any(rule.kind == TermKind.RATE for rule in profile.terms):
        return str(gettext("百分率四舍五入到整数，超过 100 按 100 计；平均分和指数四舍五入到两位小数。"))
    return str(gettext("四舍五入到两位小数。"))


def decimal(value: int, places: int) -> str:
    """An integer of 10^-places as a decimal without needless zeros."""
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


def index(hundredths: int | None) -> str:
    """An index with both decimals, so that a column of them lines up; “—” without one."""
    if hundredths is None:
        return "—"
    sign, value = "−" if hundredths < 0 else "", abs(hundredths)
    return f"{sign}{value // 100}.{value % 100:02d}"


def signed(hundredths: int) -> str:
    """A difference with its sign: “+7.47”."""
    return ("+" if hundredths > 0 else "") + index(hundredths)


def term_value(one: Term) -> str:
    """“34%” or “57.06”."""
    return decimal(one.value, 2) + ("%" if one.kind == TermKind.RATE else "")


def term_raw(one: Term) -> str:
    """The value before the cap."""
    return decimal(one.raw, 2) + ("%" if one.kind == TermKind.RATE else "")
