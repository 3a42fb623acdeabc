"""Signals in plain words."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.reports.signals.models import IntegritySignal
from quiz.reports.signals.rules import SignalKind
from quiz.web.filters import duration, score

KINDS: dict[SignalKind, Any] = {
    SignalKind.TOO_FAST: _l("答得特别快"),
    SignalKind.SAME_MISTAKES: _l("错得一样"),
    SignalKind.STEADY: _l("间隔一样长"),
}


def words(signal: IntegritySignal) -> str:
    """The evidence as one sentence."""
    return str(_words(signal))


def _words(signal: IntegritySignal) -> Any:
    found = signal.evidence
    if signal.kind is SignalKind.TOO_FAST:
        return _(
            "%(items)s 道题用了 %(time)s，得 %(score)s 分。读完题目一般要更久。",
            items=found["items"], time=duration(found["seconds"]), score=score(found["score"]),
        )  # fmt: skip
    if signal.kind is SignalKind.STEADY:
        return _(
            "连续 %(answers)s 次作答，每次间隔都在 %(gap)s 秒左右，相差不超过 %(spread)s 秒。",
            answers=found["answers"], gap=found["gap"], spread=max(found["spread"], 0.1),
        )  # fmt: skip
    return _(
        "两人都做过的 %(common)s 道题里，共错 %(either)s 道，其中 %(alike)s 道错成了同一个答案。",
        common=found["common"], either=found["either"], alike=found["alike"],
    )  # fmt: skip
