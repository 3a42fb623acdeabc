"""The words for levels, quotas, ties, decisions and reasons, as lazy texts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.contests.labels import GROUPS
from quiz.contests.models import Contest
from quiz.contests.rules import ContestGroupKind, group_order
from quiz.promotion.models import PromotionRemark, RunState, TeamRemark
from quiz.promotion.rules import DecisionKind, Outcome, Plan, Quota, QuotaKind, Reason, Ties, UnitLevel
from quiz.web.filters import score

LEVELS: dict[UnitLevel, Any] = {
    UnitLevel.CLASS: _l("每个班"),
    UnitLevel.SCHOOL: _l("每所学校"),
    UnitLevel.COUNTY: _l("每个县区"),
    UnitLevel.PREFECTURE: _l("每个市州"),
    UnitLevel.WHOLE: _l("不分地区，全部一起排"),
}
QUOTAS: dict[QuotaKind, Any] = {
    QuotaKind.FIXED: _l("每个单位一样多"),
    QuotaKind.PROPORTIONAL: _l("按参赛人数分"),
}
TIES: dict[Ties, Any] = {
    Ties.ALL_IN: _l("并列的都晋级"),
    Ties.EARLIER: _l("先交卷的晋级"),
    Ties.PLAYOFF: _l("并列的加赛"),
}
STATES: dict[RunState, tuple[Any, str]] = {
    RunState.COUNTING: (_l("正在试算"), "lake"),
    RunState.READY: (_l("等待确认"), "warn"),
    RunState.CONFIRMED: (_l("已确认，等待发布"), "warn"),
    RunState.PUBLISHED: (_l("已发布"), "ok"),
    RunState.WITHDRAWN: (_l("已撤回"), ""),
    RunState.REFUSED: (_l("不能试算"), "danger"),
}
OUTCOMES: dict[Outcome, tuple[Any, str]] = {
    Outcome.THROUGH: (_l("晋级"), "ok"),
    Outcome.RESERVE: (_l("候补"), "lake"),
    Outcome.UNDECIDED: (_l("待加赛"), "warn"),
    Outcome.OUT: (_l("未晋级"), ""),
}
DECISIONS: dict[DecisionKind, tuple[Any, Any]] = {
    DecisionKind.WITHDRAWN: (_l("本人退出"), _l("名额由本单位的下一名递补")),
    DecisionKind.DISQUALIFIED: (_l("取消资格"), _l("不再参加名次和名额的计算")),
    DecisionKind.PLAYOFF_WON: (_l("加赛胜出"), _l("只用于“并列的加赛”")),
    DecisionKind.HOST_SEED: (_l("东道主名额"), _l("在名额之外晋级")),
    DecisionKind.WILD_CARD: (_l("外卡"), _l("在名额之外晋级")),
    DecisionKind.REVIVED: (_l("复活"), _l("在名额之外晋级，例如申诉成立")),
}
#: What is said otherwise of a team.
TEAM_DECISIONS: dict[DecisionKind, tuple[Any, Any]] = DECISIONS | {
    DecisionKind.WITHDRAWN: (_l("本队退出"), _l("名额由本单位的下一队递补")),
}
TEAM_WITHDRAWN: Any = _l("本队退出")
_REASONS: dict[Reason, Any] = {
    Reason.QUOTA: _l("%(unit)s第 %(place)s 名，名额 %(seats)s 个"),
    Reason.TIED_IN: _l("与最后一个名额的成绩相同，并列的都晋级"),
    Reason.STAND_IN: _l("前面有人退出，%(unit)s第 %(place)s 名递补"),
    Reason.BEST_OF_REST: _l("各单位名额之外成绩最好的"),
    Reason.PLAYOFF_WON: _l("加赛胜出"),
    Reason.HOST_SEED: _l("东道主名额"),
    Reason.WILD_CARD: _l("外卡"),
    Reason.REVIVED: _l("复活"),
    Reason.RESERVE: _l("%(unit)s候补第 %(number)s 位"),
    Reason.PLAYOFF: _l("与最后一个名额的成绩相同，要加赛"),
    Reason.PLAYOFF_AGAIN: _l("加赛胜出的比现在的名额多，要再加赛"),
    Reason.PLAYOFF_LOST: _l("加赛没有胜出"),
    Reason.LATER: _l("与最后一个名额的成绩相同，交卷较晚"),
    Reason.BELOW_LINE: _l("%(unit)s第 %(place)s 名，名额 %(seats)s 个"),
    Reason.BELOW_CUTOFF: _l("没有到分数线"),
    Reason.WITHDRAWN: _l("本人退出"),
    Reason.DISQUALIFIED: _l("取消资格"),
}
#: The unit in whose order somebody has a place, as a reason names it.
UNITS: dict[UnitLevel, Any] = {
    UnitLevel.CLASS: _l("本班"),
    UnitLevel.SCHOOL: _l("本校"),
    UnitLevel.COUNTY: _l("本县区"),
    UnitLevel.PREFECTURE: _l("本市州"),
    UnitLevel.WHOLE: _l("全部"),
}


def decisions(contest: Contest) -> dict[DecisionKind, tuple[Any, Any]]:
    """The kinds of decisions with their words."""
    return TEAM_DECISIONS if contest.is_by_teams else DECISIONS


def reason(one: PromotionRemark | TeamRemark, level: UnitLevel) -> str:
    """Why somebody goes through or not, in one sentence; ``level`` is that of the run's plan."""
    if one.reason is Reason.WITHDRAWN and isinstance(one, TeamRemark):
        return str(TEAM_WITHDRAWN)
    facts = {"unit": UNITS[level], "place": one.place, "seats": one.seats, "number": one.number}
    return str(_REASONS[one.reason]) % facts


def plan_lines(plan: Plan, contest: Contest) -> list[str]:
    """The declared way as sentences: one for each group, and what happens with ties."""
    lines = [
        _("%(group)s：%(quota)s", group=GROUPS[ContestGroupKind(group)], quota=_quota(plan, one, contest.is_by_teams))
        for group, one in sorted(plan.quotas.items(), key=lambda quota: group_order(quota[0]))
    ]
    return [*lines, _("最后一个名额有并列时：%(rule)s", rule=TIES[plan.ties])]


def _quota(plan: Plan, quota: Quota, is_by_teams: bool) -> str:
    level = LEVELS[plan.level]
    if plan.level is UnitLevel.WHOLE:
        parts = [_("前 %(number)s 名", number=quota.number)]
    elif quota.kind is not QuotaKind.FIXED and is_by_teams:
        parts = [
            _(
                "共 %(number)s 队，%(level)s至少 %(minimum)s 队，其余按参赛队数分",
                number=quota.number, level=level, minimum=quota.minimum,
            )
        ]  # fmt: skip
    elif quota.kind is QuotaKind.FIXED:
        parts = [_("%(level)s前 %(number)s 名", level=level, number=quota.number)]
    else:
        parts = [
            _(
                "共 %(number)s 名，%(level)s至少 %(minimum)s 名，其余按参赛人数分",
                number=quota.number, level=level, minimum=quota.minimum,
            )
        ]  # fmt: skip
    if quota.best_of_rest:
        parts.append(_("另加其余成绩最好的 %(number)s 名", number=quota.best_of_rest))
    if quota.cutoff is not None and is_by_teams:
        parts.append(_("队员平均得分不低于 %(score)s 分", score=score(quota.cutoff)))
    elif quota.cutoff is not None:
        parts.append(_("得分不低于 %(score)s 分", score=score(quota.cutoff)))
    return str(_("；")).join(parts)
