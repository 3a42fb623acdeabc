"""Signals in plain words."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.reports.signals.devices import ROOM
from quiz.reports.signals.models import IntegritySignal
from quiz.reports.signals.rules import SignalKind
from quiz.web.filters import duration, score, when

KINDS: dict[SignalKind, Any] = {
    SignalKind.TOO_FAST: _l("答得特别快"),
    SignalKind.SAME_MISTAKES: _l("错得一样"),
    SignalKind.STEADY: _l("间隔一样长"),
    SignalKind.FOREIGN_LETTERS: _l("选的是别处的字母"),
    SignalKind.ONE_DEVICE: _l("多个账号用一台设备"),
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
    if signal.kind is SignalKind.FOREIGN_LETTERS:
        return _letters(found)
    if signal.kind is SignalKind.ONE_DEVICE:
        return _room(found) if found["use"] == ROOM else _device(found)
    return _(
        "两人都做过的 %(common)s 道题里，共错 %(either)s 道，其中 %(alike)s 道错成了同一个答案。",
        common=found["common"], either=found["either"], alike=found["alike"],
    )  # fmt: skip


def _letters(found: dict[str, Any]) -> Any:
    numbers = {"items": found["items"], "hits": found["hits"], "own": found["own"], "one_in": f"{found['one_in']:,}"}
    if found["by"] == "bank":
        return _(
            "有 %(items)s 道题，打乱后正确选项的字母和题库里的不一样：其中 %(hits)s 道选的是题库里的字母，自己卷面上只对 %(own)s 道。"
            "碰巧这样的机会不到 %(one_in)s 分之一。",
            **numbers,
        )  # fmt: skip
    if found["by"] == "item":
        return _(
            "有 %(items)s 道题，两人卷面上正确选项的字母不一样：其中 %(hits)s 道，前一人选的是后一人卷面上正确的字母，自己卷面上只对 %(own)s 道。"
            "碰巧这样的机会不到 %(one_in)s 分之一。",
            **numbers,
        )  # fmt: skip
    return _(
        "按题号对照，有 %(items)s 题两人卷面上正确选项的字母不一样：其中 %(hits)s 题，前一人选的是后一人同一题号正确的字母，自己卷面上只对 %(own)s 题。"
        "碰巧这样的机会不到 %(one_in)s 分之一。",
        **numbers,
    )  # fmt: skip


def _device(found: dict[str, Any]) -> Any:
    began, ended = (when(datetime.fromisoformat(found[name])) for name in ("began_at", "ended_at"))
    text = _(
        "同一台设备上有 %(accounts)s 个账号作答，来自 %(classes)s 个班，从 %(began)s 到 %(ended)s；"
        "最短的一份 %(items)s 道题用了 %(shortest)s。",
        accounts=found["accounts"], classes=found["classes"], began=began, ended=ended, items=found["items"],
        shortest=duration(found["shortest"]),
    )  # fmt: skip
    at_once = _("其中 %(count)s 次，前一个还没交卷，后一个已经开始。", count=found["at_once"])
    return f"{text}{at_once}" if found["at_once"] else text


def _room(found: dict[str, Any]) -> Any:
    return _(
        "这所学校有 %(devices)s 台设备各有几个账号先后作答（共 %(accounts)s 个账号、%(classes)s 个班），都在上课时间、一个接一个，"
        "每份都用了 %(shortest)s 以上。像是在机房或用班里的设备作答；学校登记机房后就不再列出。",
        devices=found["devices"], accounts=found["accounts"], classes=found["classes"],
        shortest=duration(found["shortest"]),
    )  # fmt: skip


def is_pupils(signal: IntegritySignal) -> bool:
    """Whether it is about the pupils who are named, rather than about a device or a room."""
    return signal.kind is not SignalKind.ONE_DEVICE
