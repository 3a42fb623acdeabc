"""The words for levels, chains, formulas and terms, as lazy texts for pages and exports."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from quiz.contests.labels import GROUPS
from quiz.contests.models import Contest
from quiz.contests.rules import ContestGroupKind
from quiz.rankings.profiles import Profile, Term, TermKind
from quiz.rankings.rules import ALL, BoardLevel

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
KINDS: dict[str, Any] = {
    "小学": _l("小学"),
    "初中": _l("初中"),
    "九年一贯": _l("九年一贯制学校"),
    "高中": _l("高中"),
    "完全中学": _l("完全中学"),
    "中职": _l("中职学校"),
    "高校": _l("高校"),
}
PUPIL_CHAIN_TEXT = _l("先比成绩，高的在前；成绩相同比用时，短的在前（服务器计时）；再相同名次并列，下一名次空出。")
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
    parts = [
        term(rule.key, level) if rule.weight == 100 else f"{term(rule.key, level)} × {rule.weight}%"
        for rule in profile.terms
    ]
    return str(gettext("指数 ＝ %(sum)s", sum=gettext(" ＋ ").join(parts)))


def fractions(profile: Profile, level: BoardLevel) -> list[str]:
    """“及格率 ＝ 及格学生 ÷ 参赛学生”, for every term."""
    lines = []
    for rule in profile.terms:
        above, below = fraction(rule.key, level)
        name = term(rule.key, level)
        lines.append(gettext("%(term)s ＝ %(above)s ÷ %(below)s", term=name, above=above, below=below))
    return lines


def rounding(profile: Profile) -> str:
    """How the terms are rounded and capped."""
    if any(rule.kind == TermKind.RATE for rule in profile.terms):
        return str(gettext("百分率四舍五入到整数，超过 100 按 100 计；平均分和指数四舍五入到两位小数。"))
    return str(gettext("四舍五入到两位小数。"))


def decimal(value: int, places: int) -> str:
    """An integer of 10^-places as a decimal without needless zeros."""
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


def index(hundredths: int | None) -> str:
    """An index with both decimals, so that a column of them lines up; “—” without one."""
    return "—" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"


def term_value(one: Term) -> str:
    """“34%” or “57.06”."""
    return decimal(one.value, 2) + ("%" if one.kind == TermKind.RATE else "")


def term_raw(one: Term) -> str:
    """The value before the cap."""
    return decimal(one.raw, 2) + ("%" if one.kind == TermKind.RATE else "")
