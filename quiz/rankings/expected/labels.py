"""The words for who is expected: reasons, the sum behind the number, and as of when it was counted."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.contests.models import Contest
from quiz.rankings.expected.models import ExpectedCount
from quiz.rankings.expected.queries import count_at
from quiz.rankings.expected.rules import KINDS, Excused, ExcuseKind, Numbers
from quiz.web.filters import when

EXCUSES: dict[ExcuseKind, Any] = {
    ExcuseKind.ABSENT: _l("请假"),
    ExcuseKind.EXEMPT: _l("免试"),
    ExcuseKind.MOVED: _l("转走"),
}
CHOICES: dict[ExcuseKind, Any] = {
    ExcuseKind.ABSENT: _l("请假（病假、住院、事假）"),
    ExcuseKind.EXEMPT: _l("免试（例如特殊教育安置）"),
    ExcuseKind.MOVED: _l("转走（统计以后离开学校）"),
}


def equation(numbers: Numbers) -> str:
    """“应参赛 412 ＝ 在籍 420 − 请假 5 − 免试 3”; empty where nobody is excused."""
    parts = [f" − {EXCUSES[kind]} {number}" for kind, number in zip(KINDS, numbers.excused, strict=True) if number]
    if not parts:
        return ""
    first = _("应参赛 %(expected)s ＝ 在籍 %(counted)s", expected=numbers.expected, counted=numbers.counted)
    return str(first) + "".join(parts)


def equation_of(figures: Any) -> str:
    """The same for the figures of a unit, as profiles.Figures or as they are stored."""
    values = figures if isinstance(figures, dict) else figures.to_dict()
    excused: Excused = (values.get("absent", 0), values.get("exempt", 0), values.get("moved", 0))
    return equation(Numbers(values["pupils_expected"] + sum(excused), excused))


def basis(contest: Contest, count: ExpectedCount | None) -> str:
    """As of when the pupils were counted, or that it is an estimate so far."""
    if contest.playoff_of_id is not None and contest.is_by_teams:
        return str(_("应参赛学生是成绩并列各队的队员，不含候补。"))
    if contest.playoff_of_id is not None:
        return str(_("应参赛学生是成绩并列、要加赛的学生。"))
    if contest.is_by_promotion:
        return str(_("应参赛学生是晋级名单上的学生。"))
    if contest.is_by_teams:
        return str(_("应参赛学生是报了队的队员，不含候补。"))
    if count is None:
        return str(_("应参赛人数现在按今天的在籍人数估算，%(time)s 核定。", time=when(count_at(contest))))
    return str(_("应参赛人数以 %(time)s 的在籍人数为准，以后转入转出都不影响。", time=when(count.counted_at)))
