"""The words for states and channels of consents."""

from typing import Any

from flask_babel import lazy_gettext as _l

from quiz.accounts.publication.rules import ConsentChannel, ConsentState

#: State → words, tone of the badge.
STATES: dict[ConsentState, tuple[Any, str]] = {
    ConsentState.AGREED: (_l("都同意"), "ok"),
    ConsentState.REFUSED: (_l("没有都同意"), "warn"),
    ConsentState.UNANSWERED: (_l("没有答复"), ""),
    ConsentState.WITHDRAWN: (_l("已撤回"), "warn"),
}
OUTDATED = (_l("说明有了新版本，要重新征求"), "warn")
CHANNELS: dict[ConsentChannel, Any] = {
    ConsentChannel.ROSTER: _l("名册导入"),
    ConsentChannel.FORM: _l("纸质同意书"),
    ConsentChannel.REQUEST: _l("告诉老师"),
    ConsentChannel.PUPIL: _l("学生在自己的页面"),
}
#: What a class list may say, in the order of its choices.
TICKS: dict[ConsentState, Any] = {
    ConsentState.AGREED: _l("都同意"),
    ConsentState.REFUSED: _l("没有都同意"),
    ConsentState.UNANSWERED: _l("没交回"),
}
