"""Words for concerns."""

from flask_babel import lazy_gettext as _l

CONCERN_LABELS = {
    "wrong_key": _l("答案可能不对"),
    "outdated": _l("内容过时了"),
    "unclear": _l("看不懂，或有歧义"),
    "unsafe": _l("内容不适合学生"),
    "typo": _l("错别字"),
    "other": _l("别的问题"),
    "law_amended": _l("引用的法规修改了"),
    "review_due": _l("到了复核日期"),
}
OUTCOME_LABELS = {
    "unfounded": _l("看过了，题目没有问题"),
    "changed": _l("要改，打开草稿"),
    "retired": _l("先停用"),
}
RAISED_BY_LABELS = {"pupil": _l("学生报告"), "staff": _l("教师或组织者报告")}
