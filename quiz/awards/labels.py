"""The words for tiers, states and reasons, as lazy texts for forms and pages."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from quiz.awards.models import Award, BatchState, DraftState
from quiz.awards.rules import TierKind, TierWay
from quiz.contests.labels import GROUPS
from quiz.contests.rules import ContestGroupKind
from quiz.web.filters import score

KINDS: dict[TierKind, Any] = {
    TierKind.PUPIL: _l("学生"),
    TierKind.TEAM: _l("团队"),
    TierKind.INSTRUCTOR: _l("指导教师"),
    TierKind.SCHOOL: _l("学校"),
}
WAYS: dict[TierWay, Any] = {
    TierWay.QUOTA: _l("按名额"),
    TierWay.CUTOFF: _l("按分数线"),
    TierWay.DECISION: _l("指定名单"),
}
DRAFTS: dict[DraftState, tuple[Any, str]] = {
    DraftState.COMPUTING: (_l("正在试算"), "lake"),
    DraftState.READY: (_l("等待确认"), "warn"),
    DraftState.ISSUED: (_l("已颁发"), "ok"),
    DraftState.WITHDRAWN: (_l("已撤回"), ""),
    DraftState.REFUSED: (_l("算不出来"), "danger"),
}
BATCHES: dict[BatchState, tuple[Any, str]] = {
    BatchState.MAKING: (_l("正在制作"), "lake"),
    BatchState.READY: (_l("可以下载"), "ok"),
    BatchState.REFUSED: (_l("没有做成"), "danger"),
}


def group(value: str | None) -> str:
    """“初中组”; nothing for awards of no group."""
    return str(GROUPS[ContestGroupKind(value)]) if value else ""


def requirement(tier: dict[str, Any]) -> str:
    """What a tier of a list asks for: “名额 10”, “90 分以上”, “指定名单”."""
    if tier["way"] == TierWay.QUOTA:
        return str(_("名额 %(amount)s", amount=tier["amount"]))
    if tier["way"] == TierWay.CUTOFF:
        return str(_("%(score)s 分以上", score=score(tier["amount"])))
    return str(WAYS[TierWay.DECISION])


@dataclass(frozen=True)
class TierNumbers:
    """A tier of a list for the page: what it asks for, and how many it has in each group (name, given, tie in words)."""

    position: int
    name: str
    requirement: str
    given: int
    groups: list[tuple[str, int, str]]
    is_filled: bool


def numbers(summary: dict[str, Any]) -> list[TierNumbers]:
    """The tiers of a list's summary, those of several groups together."""
    found: dict[int, list[dict[str, Any]]] = {}
    for one in summary["tiers"]:
        found.setdefault(one["position"], []).append(one)
    return [
        TierNumbers(
            position, some[0]["name"], requirement(some[0]), sum(one["given"] for one in some),
            [(group(one["group"]), one["given"], _tie(one)) for one in some],
            all(one["way"] != TierWay.QUOTA or one["given"] >= one["amount"] for one in some),
        )
        for position, some in sorted(found.items())
    ]  # fmt: skip


def _tie(one: dict[str, Any]) -> str:
    if not one["extra"]:
        return ""
    extra = one["extra"]
    return str(
        ngettext("第 %(line)s 名并列，多 %(num)d 人", "第 %(line)s 名并列，多 %(num)d 人", extra, line=one["line"])
    )


def letters(missing: list[str]) -> str:
    """Letters that fonts lack, with their numbers: the reader's own fonts may lack them too."""
    return " ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing)


def reason(award: Award) -> str:
    """Why somebody receives an award, in one line."""
    kept = award.reason
    if kept["way"] == TierWay.DECISION:
        return str(_("指定：%(text)s", text=kept["text"]))
    if "points" in kept:
        return _guidance(kept)
    if kept["way"] == TierWay.CUTOFF:
        return str(_("%(score)s 分以上", score=score(kept["amount"])))
    if kept["on_line"]:
        return str(_("名额 %(amount)s，与最后一名并列，一并获奖", amount=kept["amount"]))
    if kept.get("line"):  # lists of earlier versions do not keep it
        return str(_("名额 %(amount)s，取到第 %(line)s 名", amount=kept["amount"], line=kept["line"]))
    return str(_("名额 %(amount)s", amount=kept["amount"]))


def _guidance(kept: dict[str, Any]) -> str:
    """“所教班级 4 人获奖，计 9 分：一等奖 1、三等奖 3”."""
    tiers = _("、").join(f"{name} {count}" for name, count in kept["by_tier"].items())
    head = ngettext(
        "所教班级 %(num)d 人获奖，计 %(points)s 分", "所教班级 %(num)d 人获奖，计 %(points)s 分", kept["pupils"],
        points=kept["points"],
    )  # fmt: skip
    return str(_("%(head)s：%(tiers)s", head=head, tiers=tiers))
