"""Names of the bank's closed lists as pages show them, in the language of the page."""

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
