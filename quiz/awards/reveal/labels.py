"""The words for states of reveals and for what a screen shows, as lazy texts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from quiz.awards.labels import group as group_name
from quiz.awards.reveal.models import AwardReveal
from quiz.awards.reveal.queries import Line
from quiz.awards.reveal.rules import RevealState, Showing, Step, StepKind, TierChoice
from quiz.awards.rules import TierKind

STATES: dict[RevealState, tuple[Any, str]] = {
    RevealState.RUNNING: (_l("正在揭晓"), "lake"),
    RevealState.ENDED: (_l("已揭晓"), "ok"),
    RevealState.STOPPED: (_l("中途停了"), ""),
}
#: A rehearsal reveals nothing, so its record must not say so.
REHEARSALS: dict[RevealState, tuple[Any, str]] = {
    RevealState.RUNNING: (_l("正在彩排"), "lake"),
    RevealState.ENDED: (_l("彩排过"), ""),
    RevealState.STOPPED: STATES[RevealState.STOPPED],
}
SHOWINGS: dict[Showing, Any] = {
    Showing.SINGLE: _l("逐名"),
    Showing.SCREENS: _l("整屏"),
    Showing.NOT: _l("不上屏"),
}


def showing_words(tier: TierChoice, way: Showing) -> str:
    """A way to show a tier with what it costs: “逐名（40 步）”."""
    if way is Showing.NOT:
        return str(SHOWINGS[way])
    return str(_("%(way)s（%(steps)s 步）", way=SHOWINGS[way], steps=tier.steps[way]))


def state(reveal: AwardReveal) -> tuple[Any, str]:
    """What a record's badge says, and its colour."""
    return (REHEARSALS if reveal.is_rehearsal else STATES)[reveal.state]


def step_words(step: Step) -> str:
    """What a screen shows, for the presenter: “一等奖 · 初中组 · 第 1 名”."""
    if step.kind is StepKind.OPENING:
        return str(_("开场画面"))
    if step.kind is StepKind.CLOSING:
        return str(_("结束画面"))
    if step.kind is StepKind.TIER:
        return f"{step.tier} · {ngettext('共 %(num)d 个', '共 %(num)d 个', step.count)}"
    parts = [step.tier]
    if step.group:
        parts.append(str(group_name(step.group)))
    if step.kind is StepKind.SINGLE and step.rank:
        parts.append(str(_("第 %(rank)s 名", rank=step.rank)))
    if step.parts > 1:
        parts.append(str(_("第 %(part)s 屏，共 %(parts)s 屏", part=step.part, parts=step.parts)))
    return " · ".join(parts)


def samples(step: Step) -> list[Line]:
    """Names for a rehearsal: nobody's, some of them as long as names can be."""
    return [_sample(step, number) for number in step.ids]


def _sample(step: Step, number: int) -> Line:
    """The same number, the same name. A school stands for itself, as lines_of() has it."""
    is_tied, county = len(step.ids) > 1 and step.rank == 2, str(_("示例县"))
    school = str(
        _("名称很长的示例民族寄宿制九年一贯制学校") if number % 4 == 0 else _("示例学校%(number)s", number=number)
    )
    if step.of == TierKind.SCHOOL:
        return Line(school, "", county, is_tied)
    if step.of == TierKind.INSTRUCTOR:
        return Line(str(_("示例教师%(number)s", number=number)), school, county, is_tied)
    if step.of == TierKind.TEAM:
        name = (
            _("名字很长的示例代表队第%(number)s队", number=number)
            if number % 5 == 0
            else _("示例%(number)s队", number=number)
        )
    else:
        name = _("名字很长的示例学生·共十六个字") if number % 5 == 0 else _("示例学生%(number)s", number=number)
    return Line(str(name), school, county, is_tied)
