"""The filter bar of the list of items."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SearchField, SelectField
from wtforms.fields.choices import SelectChoice

from quiz.items.labels import BAND_LABELS, KIND_LABELS, TOPIC_LABELS
from quiz.items.queries import ItemFilter
from quiz.web.forms import BaseForm

KINDS_IN_USE = {kind: KIND_LABELS[kind] for kind in ("single", "multiple", "true_false", "scenario")}


def _choices(all_label: Any, labels: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice("", all_label), *(SelectChoice(value, label) for value, label in labels.items())]


class ItemFilterForm(BaseForm):
    """Sent with GET: it changes nothing and its address can be kept."""

    class Meta(BaseForm.Meta):
        csrf = False

    topic = SelectField(_l("主题"), choices=_choices(_l("全部主题"), TOPIC_LABELS))
    band = SelectField(_l("年级段"), choices=_choices(_l("全部年级段"), BAND_LABELS))
    kind = SelectField(_l("题型"), choices=_choices(_l("全部题型"), KINDS_IN_USE))
    text = SearchField(_l("题干、选项或题号"))
    qinghai = BooleanField(_l("只看青海"))

    def wanted(self) -> ItemFilter:
        """The filter; a value that is not on a list narrows nothing."""
        return ItemFilter(
            topic=self.topic.data if self.topic.data in TOPIC_LABELS else "",
            band=self.band.data if self.band.data in BAND_LABELS else "",
            kind=self.kind.data if self.kind.data in KINDS_IN_USE else "",
            text=self.text.data or "",
            qinghai=bool(self.qinghai.data),
        )
