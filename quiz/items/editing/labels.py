"""Words for the stages and steps of a draft."""

from flask_babel import lazy_gettext as _l

STAGE_LABELS = {
    "draft": _l("草稿"),
    "source_check": _l("等事实核对"),
    "safety_check": _l("等安全核对"),
    "published": _l("已发布"),
    "withdrawn": _l("已撤回"),
}
STAGE_TONES = {"draft": "", "source_check": "warn", "safety_check": "warn", "published": "ok", "withdrawn": ""}

EVENT_LABELS = {
    "created": _l("建立草稿"),
    "edited": _l("修改"),
    "submitted": _l("送审"),
    "source_passed": _l("事实核对通过"),
    "safety_passed": _l("安全核对通过，已发布"),
    "sent_back": _l("退回修改"),
    "commented": _l("意见"),
    "withdrawn": _l("撤回"),
}

KIND_HINTS = {
    "single": _l("几个选项里只有一个对"),
    "multiple": _l("几个选项里有两个或更多对"),
    "true_false": _l("一句话，判断对错"),
    "scenario": _l("一个情景，选项分最好、可以、有危险，各给理由"),
    "ordering": _l("把几个步骤或事件按先后排好"),
    "matching": _l("把左右两边对应起来"),
    "blank": _l("填一个短而确定的词或数字"),
}
