"""The words for groups, states, policies and ranking formulas, as lazy texts for forms and pages."""

from typing import Any

from flask_babel import lazy_gettext as _l

from quiz.contests.rules import ContestGroupKind, ContestState

CONTESTS: Any = _l("比赛")
GROUPS: dict[ContestGroupKind, Any] = {
    ContestGroupKind.PRIMARY: _l("小学组"),
    ContestGroupKind.JUNIOR: _l("初中组"),
    ContestGroupKind.SENIOR: _l("高中组"),
    ContestGroupKind.VOCATIONAL: _l("中职组"),
    ContestGroupKind.OPEN: _l("公开组"),
    ContestGroupKind.PUBLIC_SERVANT: _l("公职人员组"),
    ContestGroupKind.COMMUNITY: _l("社区组"),
    ContestGroupKind.PARENT: _l("家长组"),
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
