"""The words for states of draws and who takes part, as lazy texts."""

from typing import Any

from flask_babel import lazy_gettext as _l

from quiz.awards.draws.rules import DrawState, Who

STATES: dict[DrawState, tuple[Any, str]] = {
    DrawState.ANNOUNCED: (_l("已公布，等开奖"), "warn"),
    DrawState.DRAWING: (_l("正在开奖"), "lake"),
    DrawState.DRAWN: (_l("已开奖"), "ok"),
    DrawState.CANCELLED: (_l("已取消"), ""),
}
WHO: dict[Who, Any] = {Who.ALL: _l("所有参加的学生"), Who.PASSED: _l("及格的学生")}
