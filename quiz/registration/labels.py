"""The words for the states of an invitation, with the colour of their badge."""

from typing import Any

from flask_babel import lazy_gettext as _l

from quiz.registration.rules import LinkState

STATES: dict[LinkState, tuple[Any, str]] = {
    LinkState.OPEN: (_l("登记中"), "lake"),
    LinkState.FULL: (_l("已满"), "warn"),
    LinkState.CLOSED: (_l("已关闭"), ""),
    LinkState.EXPIRED: (_l("已截止"), ""),
}
