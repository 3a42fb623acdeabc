"""The filter bar of the list of items."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SearchField, SelectField

from question_bank.sources import load_sources
from quiz.items.labels import BAND_LABELS, KIND_LABELS, STATUS_LABELS, TAG_LABELS, TOPIC_LABELS
from quiz.items.queries import ItemFilter
from quiz.web.forms import BaseForm, options

QUALITY_LABELS = {
    "concern": _l("有待处理的问题"),
    "due": _l("到了复核日期"),
    "lint": _l("自动检查有疑问"),
    "unchecked": _l("没有两项核对"),
    "local": _l("本地写的或改过的"),
}


def _source_labels() -> dict[str, Any]:
    laws = load_sources().laws.values()
    named = {f"law:{law['slug']}:": law["name"] for law in laws if law["status"] == "current"}
    return {**named, "doc:": _l("报纸文件"), "fact:": _l("事实清单")}


SOURCE_LABELS = _source_labels()


class ItemFilterForm(BaseForm):
    """Sent with GET: it changes nothing and its address can be kept."""

    class Meta(BaseForm.Meta):
        csrf = False

    topic = SelectField(_l("主题"), choices=options(TOPIC_LABELS, _l("全部主题")))
    band = SelectField(_l("年级段"), choices=options(BAND_LABELS, _l("全部年级段")))
    kind = SelectField(_l("题型"), choices=options(KIND_LABELS, _l("全部题型")))
    status = SelectField(_l("状态"), choices=options(STATUS_LABELS))
    source = SelectField(_l("出处"), choices=options(SOURCE_LABELS, _l("全部出处")))
    tag = SelectField(_l("标签"), choices=options(TAG_LABELS, _l("全部标签")))
    quality = SelectField(_l("质量"), choices=options(QUALITY_LABELS, _l("不限")))
    text = SearchField(_l("题干、选项或题号"))
    qinghai = BooleanField(_l("只看青海"))

    def wanted(self) -> ItemFilter:
        """The filter; a value that is not on a list narrows nothing."""
        return ItemFilter(
            topic=self.topic.data if self.topic.data in TOPIC_LABELS else "",
            band=self.band.data if self.band.data in BAND_LABELS else "",
            kind=self.kind.data if self.kind.data in KIND_LABELS else "",
            text=self.text.data or "",
            qinghai=bool(self.qinghai.data),
            status=self.status.data if self.status.data in STATUS_LABELS else "published",
            source=self.source.data if self.source.data in SOURCE_LABELS else "",
            tag=self.tag.data if self.tag.data in TAG_LABELS else "",
            quality=self.quality.data if self.quality.data in QUALITY_LABELS else "",
        )
