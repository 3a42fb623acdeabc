"""The words for groups, states, policies and ranking formulas, as lazy texts for forms and pages."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.contests.models import Contest
from quiz.contests.rules import ContestGroupKind, ContestState
from quiz.contests.teams.models import ChangeKind
from quiz.contests.teams.rules import StageUnit

CONTESTS: Any = _l("比赛")
GROUPS: dict[ContestGroupKind, Any] = {
    ContestGroupKind.PRIMARY: _l("小学组"),
    ContestGroupKind.JUNIOR: _l("初中组"),
    ContestGroupKind.SENIOR: _l("高中组"),
    ContestGroupKind.VOCATIONAL: _l("中职组"),
    ContestGroupKind.OPEN: _l("公开组"),
}
STATES: dict[ContestState, tuple[Any, str]] = {
    ContestState.DRAFT: (_l("草稿"), ""),
    ContestState.ANNOUNCED: (_l("还没开始"), "warn"),
    ContestState.RUNNING: (_l("进行中"), "lake"),
    ContestState.FINISHED: (_l("已结束"), "ok"),
    ContestState.CANCELLED: (_l("已取消"), "danger"),
}
COUNTING: dict[str, Any] = {
    "best": _l("取最好的一次"),
    "first": _l("取第一次"),
    "last": _l("取最后一次"),
}
RELEASE: dict[str, Any] = {
    "at_once": _l("交卷后马上看到"),
    "after_close": _l("比赛结束后看到"),
    "manual": _l("由老师或组织者公布"),
}
#: Profile -> (name, one sentence that names terms, denominators and caps). The numbers come from the rankings.
PROFILES: dict[str, tuple[Any, Any]] = {
    "average": (
        _l("平均分"),
        _l("单位得分＝计入成绩的总和 ÷ 参赛学生人数。"),
    ),
    "national": (
        _l("全国赛综合指数"),
        _l(
            "单位得分＝学校参与率×35%＋学生参与率×35%＋及格率×10%＋满分率×10%＋平均分×10%。"
            "各项百分率四舍五入到整数，最高按 100 计；及格率、满分率、平均分以参赛学生为分母；"
            "单个学校的第一项用班级参与率。"
        ),
    ),
}
UNITS: dict[StageUnit, Any] = {
    StageUnit.PUPIL: _l("个人"),
    StageUnit.TEAM: _l("团队"),
    StageUnit.DELEGATION: _l("学校代表队"),
}
UNIT_HINTS: dict[str, Any] = {
    "pupil": _l("每名学生自己参加、自己算成绩"),
    "team": _l("几名学生一队，一所学校可以报几队"),
    "delegation": _l("每所学校每个组别只出一队"),
}
TEAM_CHANGES: dict[ChangeKind, Any] = {
    ChangeKind.REGISTERED: _l("报名"),
    ChangeKind.CHANGED: _l("修改"),
    ChangeKind.DISSOLVED: _l("解散"),
    ChangeKind.STAND_IN: _l("候补上场"),
}


def unit_lines(contest: Contest) -> list[tuple[str, str]]:
    """What the rules say of a stage by teams, as pairs; nothing for one of single pupils."""
    unit = contest.unit_rule
    if not unit.is_by_teams:
        return []
    size = _("每队 %(size)s 人，另可报候补 %(reserves)s 人", size=unit.size, reserves=unit.reserves)
    if not unit.reserves:
        size = _("每队 %(size)s 人，没有候补", size=unit.size)
    most = _("每所学校每个组别 1 队")
    if unit.kind is StageUnit.TEAM:
        most = _("每所学校每个组别最多 %(limit)s 队", limit=unit.limit)
    return [
        (_("按什么比"), _("%(unit)s：%(size)s；%(most)s", unit=UNITS[unit.kind], size=size, most=most)),
        (_("全队成绩"), _("队员各自答题，全队得分是 %(size)s 名队员得分之和，没交卷的队员算 0 分；得分相同比全队用时之和，没交卷的算满时长；都相同就并列", size=unit.size)),
    ]  # fmt: skip
