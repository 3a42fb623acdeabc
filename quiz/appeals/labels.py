"""The words for kinds, states and steps of appeals, as lazy texts."""

from typing import Any

from flask_babel import lazy_gettext as _l

from quiz.appeals.rules import AppealKind, AppealState, StepKind

KINDS: dict[AppealKind, Any] = {
    AppealKind.SCORE: _l("题目或判分"),
    AppealKind.TIME: _l("断电、断网、设备"),
    AppealKind.RANK: _l("名次或晋级"),
    AppealKind.CONDUCT: _l("资格或有人违规"),
    AppealKind.OTHER: _l("其他"),
}
STATES: dict[AppealState, tuple[Any, str]] = {
    AppealState.FILED: (_l("等待处理"), "warn"),
    AppealState.PROPOSED: (_l("等待复核"), "lake"),
    AppealState.ACCEPTED: (_l("申诉成立"), "ok"),
    AppealState.REFUSED: (_l("维持原结果"), ""),
    AppealState.WITHDRAWN: (_l("已撤回"), ""),
}
#: What a pupil is told: that somebody looks at it is enough.
PUPIL_STATES: dict[AppealState, tuple[Any, str]] = STATES | {
    AppealState.FILED: (_l("正在处理"), "lake"),
    AppealState.PROPOSED: (_l("正在处理"), "lake"),
}
STEPS: dict[StepKind, Any] = {
    StepKind.FILED: _l("提出申诉"),
    StepKind.PROPOSED_ACCEPT: _l("建议：申诉成立"),
    StepKind.PROPOSED_REFUSE: _l("建议：维持原结果"),
    StepKind.SENT_BACK: _l("退回再看"),
    StepKind.ACCEPTED: _l("复核通过：申诉成立"),
    StepKind.REFUSED: _l("复核通过：维持原结果"),
    StepKind.WITHDRAWN: _l("撤回申诉"),
}
