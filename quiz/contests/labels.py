"""The words for groups, states, policies and ranking formulas, as lazy texts for forms and pages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from quiz.contests.models import Contest
from quiz.contests.organisers import OrganiserRole, Organisers
from quiz.contests.queries import windows_of
from quiz.contests.rules import ContestGroupKind, ContestState
from quiz.contests.teams.models import ChangeKind
from quiz.contests.teams.rules import StageUnit
from quiz.contests.windows import differ
from quiz.papers.rules import PARTED

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
ORGANISERS: dict[OrganiserRole, Any] = {
    OrganiserRole.HOST: _l("主办单位"),
    OrganiserRole.UNDERTAKING: _l("承办单位"),
    OrganiserRole.SUPPORTING: _l("协办单位"),
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
    "progress": (
        _l("进步（和上一次比）"),
        _l(
            "单位得分＝这次的折算分 − 上一次的折算分，最多计 ±30 分；折算分＝平均分×学生参与率。"
            "没有上一次的成绩、或任何一次参赛不到 5 人的单位，不参加进步排名。"
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


def marking(rows: Iterable[Mapping[str, Any]]) -> str:
    """How a paper marks answers that are right in part; empty where its specification has no such items."""
    parted = [row for row in rows if not row.get("kinds") or set(row["kinds"]) & set(PARTED)]
    partial = [bool(row.get("partial")) for row in parted]
    if not parted:
        return ""
    if all(partial):
        return str(gettext("多选、填空、排序、配对题答对一部分得一部分分；多选题选了错的不得分"))
    if not any(partial):
        return str(gettext("多选、填空、排序、配对题全部答对才得分"))
    return str(gettext("多选、填空、排序、配对题有的全部答对才得分，有的答对一部分得一部分分"))


def own_windows(contest: Contest) -> list[tuple[str, datetime, datetime]]:
    """Group, beginning and end for each group in order of time; empty where all have the same window."""
    windows = windows_of(contest)
    if not differ(windows):
        return []
    return sorted(
        ((str(GROUPS[kind]), *windows[kind]) for kind in GROUPS if kind in windows), key=lambda line: line[1:]
    )


def release(contest: Contest, policy: str, *, is_of_keys: bool = False) -> str:
    """When results or keys are seen. Where groups have windows of their own, keys wait for the last of them."""
    if policy != "after_close" or not differ(windows_of(contest)):
        return str(RELEASE[policy])
    return str(gettext("所有组别都比完后看到") if is_of_keys else gettext("自己的组别比完后看到"))


def organiser_rows(contest: Contest) -> list[tuple[Any, str]]:
    """Pairs (role, organisations in one line) of a contest, roles without anybody left out."""
    found = Organisers.from_dict(contest.organisers)
    return [(label, gettext("、").join(found.of(role))) for role, label in ORGANISERS.items() if found.of(role)]


def unit_lines(contest: Contest) -> list[tuple[str, str]]:
    """What the rules say of a stage by teams, as pairs; nothing for one of single pupils."""
    unit = contest.unit_rule
    if not unit.is_by_teams:
        return []
    size = gettext("每队 %(size)s 人，另可报候补 %(reserves)s 人", size=unit.size, reserves=unit.reserves)
    if not unit.reserves:
        size = gettext("每队 %(size)s 人，没有候补", size=unit.size)
    most = gettext("每所学校每个组别 1 队")
    if unit.kind is StageUnit.TEAM:
        most = gettext("每所学校每个组别最多 %(limit)s 队", limit=unit.limit)
    of_team = (gettext("全队成绩"), gettext("队员各自答题，全队得分是 %(size)s 名队员得分之和，没交卷的队员算 0 分；得分相同比全队用时之和，没交卷的算满时长；都相同就并列", size=unit.size))  # fmt: skip
    if contest.playoff_of_id is not None:  # nobody registers
        return [of_team]
    return [
        (gettext("按什么比"), gettext("%(unit)s：%(size)s；%(most)s", unit=UNITS[unit.kind], size=size, most=most)),
        of_team,
    ]  # fmt: skip
