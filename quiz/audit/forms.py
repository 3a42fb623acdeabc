"""The filter of the log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SearchField, SelectField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from quiz.audit import labels
from quiz.web.forms import BaseForm, options

YEARS = range(2000, 2101)  # beyond them it is a slip of the finger
LONGEST = 80


def _in_range(_form: Any, field: Any) -> None:
    if field.data is not None and field.data.year not in YEARS:
        raise ValidationError(str(_l("请填 2000 年到 2100 年之间的日期。")))


class FilterForm(BaseForm):
    """Sent with GET: it changes nothing and its address can be kept. What is not on a list is taken as written."""

    class Meta(BaseForm.Meta):
        csrf = False

    since = DateField(_l("从"), [Optional(), _in_range])
    until = DateField(_l("到"), [Optional(), _in_range])
    actor = SearchField(_l("谁"), [Length(max=LONGEST)], render_kw={"placeholder": _l("姓名、用户名或编号")})
    action = SelectField(_l("做了什么"), validate_choice=False)
    object_type = SelectField(_l("对象"), validate_choice=False)
    object_id = SearchField(_l("对象编号"), [Length(max=LONGEST)])

    def validate_until(self, field: Any) -> None:
        since: date | None = self.since.data
        if since is not None and field.data is not None and field.data < since:
            raise ValidationError(str(_l("结束日期早于开始日期。")))

    def offer(self, actions: list[str], object_types: list[str]) -> None:
        """Fill the lists with what the log holds."""
        known = {"", *labels.GROUPS, *actions}
        asked = [self.action.data] if (self.action.data or "") not in known else []
        codes = {code: labels.action(code) for code in [*asked, *actions]}
        self.action.choices = [
            *options({}, _l("全部")),
            *_group(_l("一类"), labels.GROUPS),
            *_group(_l("一种"), codes),
        ]
        kinds = {kind: labels.OBJECTS.get(kind, kind) for kind in object_types}
        self.object_type.choices = options(kinds, _l("全部"))


def _group(title: Any, choices: Mapping[str, Any]) -> list[SelectChoice]:
    """Choices under one heading of a list."""
    return [replace(choice, optgroup=str(title)) for choice in options(choices)]
