"""Ready-made orders of stages, with a way of promotion for each, that a new contest can begin with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.models import Contest
from quiz.contests.stages import add_stage
from quiz.promotion import services as promotion
from quiz.promotion.rules import Plan, Quota, Ties, UnitLevel
from quiz.regions.models import RegionLevel

SINGLE = "single"


@dataclass(frozen=True)
class StagePreset:
    """The names of the stages in order, and who has how many seats from each to the next."""

    label: Any
    names: tuple[Any, ...]
    seats: tuple[tuple[UnitLevel, int], ...]


SCHOOL, COUNTY = _l("校级初赛"), _l("县级复赛")
PRESETS: dict[RegionLevel, StagePreset] = {
    RegionLevel.COUNTY: StagePreset(
        _l("校级初赛 → 县级决赛"), (SCHOOL, _l("县级决赛")), ((UnitLevel.SCHOOL, 5),)
    ),
    RegionLevel.PREFECTURE: StagePreset(
        _l("校级初赛 → 县级复赛 → 市州级决赛"), (SCHOOL, COUNTY, _l("市州级决赛")),
        ((UnitLevel.SCHOOL, 5), (UnitLevel.COUNTY, 3)),
    ),
    RegionLevel.PROVINCE: StagePreset(
        _l("校级初赛 → 县级复赛 → 市州级复赛 → 省级决赛"),
        (SCHOOL, COUNTY, _l("市州级复赛"), _l("省级决赛")),
        ((UnitLevel.SCHOOL, 5), (UnitLevel.COUNTY, 5), (UnitLevel.PREFECTURE, 3)),
    ),
}  # fmt: skip


def add_stages(session: Session, *, actor: Actor, contest: Contest, preset: StagePreset, now: datetime) -> None:
    """Give a new contest the stages of a preset and declare how each promotes; all of it can be changed."""
    stage, own_name = contest, str(preset.names[0])
    for name, (level, number) in zip(preset.names[1:], preset.seats, strict=True):
        quotas = {group.kind.value: Quota(number=number, reserves=2) for group in stage.groups}
        if actor.can(promotion.PERMISSION):
            plan = Plan(level, Ties.ALL_IN, quotas)
            promotion.declare(session, actor=actor, contest=stage, plan=plan, now=now)
        stage = add_stage(session, actor=actor, contest=contest, own_name=own_name, name=str(name), now=now)
