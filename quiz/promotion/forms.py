"""Forms of a promotion: how a stage promotes, and a decision about one pupil."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from quiz.promotion import labels
from quiz.promotion.rules import MOST_SEATS, DecisionKind, Plan, Quota, QuotaKind, Ties, UnitLevel
from quiz.web.forms import BaseForm, FiniteField, Required, RowForm, options

SEATS = _l("名额填 0 到 100000 之间的整数。")
CUTOFF = _l("分数线填 0 到 100 之间的数，不设就留空。")


def _seats(label: Any) -> IntegerField:
    return IntegerField(label, validators=[InputRequired(SEATS), NumberRange(0, MOST_SEATS, SEATS)])


class QuotaForm(RowForm):
    """The seats of one group."""

    group = HiddenField()
    kind = SelectField(_l("名额怎么分"), choices=options(labels.QUOTAS))
    number = _seats(_l("名额"))
    minimum = _seats(_l("每个单位至少"))
    best_of_rest = _seats(_l("另加成绩最好的"))
    reserves = _seats(_l("每个单位候补"))
    cutoff = FiniteField(_l("分数线"), places=None, validators=[Optional(), NumberRange(0, 100, CUTOFF)])

    def quota(self) -> Quota:
        """What was filled in."""
        line = None if self.cutoff.data is None else int((self.cutoff.data * 100).to_integral_value())
        return Quota(
            QuotaKind(self.kind.data),
            self.number.data,
            self.minimum.data,
            self.best_of_rest.data,
            line,
            self.reserves.data,
        )


class PlanForm(BaseForm):
    """How a stage promotes."""

    level = RadioField(
        _l("名额给谁"), choices=options(labels.LEVELS), validators=[InputRequired(_l("请选择名额给谁。"))]
    )
    ties = RadioField(
        _l("最后一个名额有并列时"), choices=options(labels.TIES), validators=[InputRequired(_l("请选择并列时怎么办。"))]
    )
    quotas = FieldList(FormField(QuotaForm), _l("各组名额"))

    def without_classes(self) -> None:
        """Teams have no class."""
        self.level.choices = options({one: words for one, words in labels.LEVELS.items() if one is not UnitLevel.CLASS})

    def plan(self, groups: list[str]) -> Plan:
        """What was filled in, for the groups that the stage has."""
        quotas = {one.form.group.data: one.form.quota() for one in self.quotas if one.form.group.data in groups}
        return Plan(UnitLevel(self.level.data), Ties(self.ties.data), quotas)


def plan_data(plan: Plan) -> dict[str, Any]:
    """A stored plan as PlanForm shows it."""
    return {
        "level": plan.level.value,
        "ties": plan.ties.value,
        "quotas": [
            {
                "group": group, "kind": one.kind.value, "number": one.number, "minimum": one.minimum,
                "best_of_rest": one.best_of_rest, "reserves": one.reserves,
                "cutoff": None if one.cutoff is None else Decimal(one.cutoff) / 100,
            }
            for group, one in plan.quotas.items()
        ],
    }  # fmt: skip


class DecisionForm(BaseForm):
    """A decision about one pupil, with its reason."""

    kind = RadioField(
        _l("决定"),
        choices=options({kind: name for kind, (name, _hint) in labels.DECISIONS.items()}),
        validators=[InputRequired(_l("请选择一种决定。"))],
    )
    reason = StringField(
        _l("原因"),
        description=_l("会记入审计日志，例如“家长来函，因病退出”"),
        validators=[
            Required(_l("请写明原因，当事人申诉时要用。")),
            Length(max=200, message=_l("原因最多 200 个字，请缩短。")),
        ],
    )

    def decision(self) -> DecisionKind:
        """The kind that was chosen."""
        return DecisionKind(self.kind.data)
