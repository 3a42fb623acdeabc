"""Forms of awards: the tiers on one page, reasons, a search by name, a verification."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from quiz.awards.labels import KINDS, WAYS
from quiz.awards.models import AwardTier
from quiz.awards.rules import MOST_NAME, MOST_TIERS, Tier, TierKind, TierWay, check_tier
from quiz.contests.labels import GROUPS
from quiz.contests.models import Contest
from quiz.errors import DomainError
from quiz.web.filters import score
from quiz.web.forms import BaseForm, FiniteField, Required, RowForm, options

REASON = [Length(max=200, message=_l("最多 200 个字，请缩短。"))]


class TierRow(RowForm):
    """One tier. ``amount`` is a number of recipients or a score with at most two decimals."""

    tier_id = HiddenField()
    name = StringField(_l("奖项"), validators=[Length(max=MOST_NAME, message=_l("请缩短。"))])
    kind = SelectField(_l("颁给"), choices=options({kind.value: label for kind, label in KINDS.items()}))
    group = SelectField(_l("组别"))
    way = SelectField(_l("办法"), choices=options({way.value: label for way, label in WAYS.items()}))
    amount = FiniteField(_l("名额或分数线"), places=None, validators=[Optional()])

    def tier(self) -> Tier:
        """What was filled in; the rules check it."""
        way, amount = TierWay(self.way.data), self.amount.data
        if amount is not None and way is TierWay.CUTOFF:
            amount = int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
        elif amount is not None:
            amount = int(amount) if amount == amount.to_integral_value() else -1
        number = self.tier_id.data or ""
        return Tier(
            id=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
            name=self.name.data or "", kind=TierKind(self.kind.data), group=self.group.data or None, way=way,
            amount=None if way is TierWay.DECISION else amount,
        )  # fmt: skip


def row_data(tier: AwardTier) -> dict[str, Any]:
    """A stored tier as the form shows it."""
    amount: Any = tier.amount
    if amount is not None and tier.way is TierWay.CUTOFF:
        amount = Decimal(score(amount))
    return {
        "tier_id": str(tier.id), "name": tier.name, "kind": tier.kind.value, "group": tier.group_kind or "",
        "way": tier.way.value, "amount": amount,
    }  # fmt: skip


class TiersForm(BaseForm):
    """All tiers of a contest, the highest first, and what its certificates share."""

    rows = FieldList(FormField(TierRow), _l("奖项"), max_entries=MOST_TIERS)
    issuers = TextAreaField(
        _l("落款单位"), description=_l("一行一个单位，最多 3 行"), validators=[Required(_l("请写落款单位。"))]
    )
    signed_on = DateField(_l("落款日期"), description=_l("不填就用颁发那一天"), validators=[Optional()])
    serial_prefix = StringField(
        _l("编号前缀"),
        description=_l("证书编号是“前缀-000001”；颁发后不能改"),
        validators=[Required(_l("请填编号前缀。"))],
    )
    verify_address = StringField(
        _l("核验网址"), description=_l("印在证书和二维码里，要从校外也能打开"),
        validators=[Required(_l("请填核验网址。")), Length(max=160, message=_l("网址太长，请缩短。"))],
    )  # fmt: skip

    def show_groups(self, contest: Contest) -> None:
        """Offer the contest's groups in every row."""
        groups = {group.kind.value: GROUPS[group.kind] for group in contest.groups}
        for entry in self.rows:
            entry.form.group.choices = options(groups, _l("每个组别"))
            if not contest.is_by_teams:
                kinds = {kind.value: label for kind, label in KINDS.items() if kind is not TierKind.TEAM}
                entry.form.kind.choices = options(kinds)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also what the rules say of each tier, beside the field that is wrong."""
        is_valid = bool(super().validate(extra_validators))
        for entry in self.rows:
            if entry.errors:
                continue
            try:
                check_tier(entry.form.tier())
            except DomainError as error:
                field = entry.form[error.field or "name"]
                field.errors = [*field.errors, gettext(error.message, **error.params)]
                self.rows.errors = [*self.rows.errors, entry.errors]  # the list keeps its own
                is_valid = False
        return is_valid

    def tiers(self) -> list[Tier]:
        """The tiers in order."""
        return [entry.form.tier() for entry in self.rows]

    def day(self) -> date | None:
        """The date that is printed, where one was chosen."""
        found: date | None = self.signed_on.data
        return found


class ReasonForm(BaseForm):
    """Why an award is revoked or issued again."""

    reason = StringField(_l("原因"), validators=[Required(_l("请写明原因。")), *REASON])


class NomineeForm(BaseForm):
    """Whom to name, found by the search, and why."""

    who = HiddenField(validators=[InputRequired(_l("请先按姓名查找。"))])
    reason = StringField(_l("为什么获奖"), validators=[Required(_l("请写明为什么获奖，例如“组委会决定”。")), *REASON])
