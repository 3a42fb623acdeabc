"""Names of the bank's closed lists as pages show them, in the language of the page."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

TOPIC_LABELS = {
    "policy": _l("禁毒方针政策"),
    "law": _l("法律法规"),
    "history": _l("禁毒历史"),
    "knowledge": _l("毒品常识"),
    "harm": _l("毒品危害"),
    "recovery": _l("戒毒康复"),
    "refusal": _l("防毒拒毒技巧"),
    "situation": _l("毒情形势与青海实践"),
}

KIND_LABELS = {
    "single": _l("单选题"),
    "multiple": _l("多选题"),
    "true_false": _l("判断题"),
    "scenario": _l("情景题"),
    "ordering": _l("排序题"),
    "matching": _l("配对题"),
    "blank": _l("填空题"),
}

BAND_LABELS = {
    "primary": _l("小学高年级"),
    "junior": _l("初中"),
    "senior": _l("高中与中职"),
    "adult": _l("大学与社会"),
}

DIFFICULTY_LABELS = {
    1: _l("识记"),
    2: _l("理解"),
    3: _l("应用"),
    4: _l("综合辨析"),
    5: _l("易错法律细节"),
}

TAG_LABELS = {
    "青海": _l("青海"),
    "农牧区": _l("农牧区"),
    "网络": _l("网络"),
    "烟酒电子烟": _l("烟酒电子烟"),
    "家长": _l("家长"),
    "教师": _l("教师"),
    "民族语言": _l("民族语言"),
    "时效": _l("时效"),
}

GRADE_LABELS = {
    "best": _l("最好的做法"),
    "acceptable": _l("可以，但还不够好"),
    "dangerous": _l("有危险"),
}

STATUS_LABELS = {
    "published": _l("使用中"),
    "retired": _l("已停用"),
}

MISCONCEPTION_LABELS = {
    "first-time-safe": _l("第一次不会上瘾"),
    "minors-exempt": _l("未成年人不用负责"),
    "soft-drugs": _l("软毒品不算毒品"),
    "sealed-is-fine": _l("封存就是没事"),
    "friends-are-safe": _l("朋友给的没事"),
    "willpower-quits": _l("意志强就能戒"),
    "medicine-is-safe": _l("是药就安全"),
    "not-my-business": _l("与我无关"),
    "report-is-betrayal": _l("举报是出卖朋友"),
    "legal-abroad": _l("国外合法就能用"),
    "everyone-does": _l("大家都在用"),
    "looks-harmless": _l("包装好看就没事"),
    "relapse-is-failure": _l("复吸就没救了"),
}

FIELD_LABELS = {
    "kind": _l("题型"),
    "topic": _l("主题"),
    "subtopic": _l("子主题"),
    "stem": _l("题干"),
    "choices": _l("选项"),
    "targets": _l("右项"),
    "answer_key": _l("答案"),
    "explanation": _l("解析"),
    "bands": _l("年级段"),
    "difficulty": _l("难度"),
    "sources": _l("出处"),
    "tags": _l("标签"),
    "valid_from": _l("从哪天起能用"),
    "valid_to": _l("到哪天为止"),
    "review_due": _l("下次核对"),
}


def band_text(bands: Sequence[str]) -> str:
    """Grade bands as short as can be: a band with all above it is named once, 初中及以上."""
    order = list(BAND_LABELS)
    names = [str(BAND_LABELS[band]) for band in bands]
    if len(bands) > 1 and list(bands) == order[order.index(bands[0]) :]:
        text: str = _("%(band)s及以上", band=names[0])
        return text
    separator: str = _("、")
    return separator.join(names)


#: What pages of the bank get, each under its name in small letters.
SHARED = (
    "TOPIC_LABELS", "KIND_LABELS", "BAND_LABELS", "DIFFICULTY_LABELS", "TAG_LABELS", "GRADE_LABELS", "STATUS_LABELS",
    "MISCONCEPTION_LABELS", "FIELD_LABELS",
)  # fmt: skip
