"""The words for kinds of schools, grades and classes, in the language of the page."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quiz.regions.models import SchoolKind
from quiz.regions.rules import DEPARTMENTS, GRADE_NAMES, LEFT_NAME, PARENTS, WHOLE_UNIT

KINDS: dict[SchoolKind, Any] = {
    SchoolKind.PRIMARY: _l("小学"),
    SchoolKind.JUNIOR: _l("初中"),
    SchoolKind.NINE_YEAR: _l("九年一贯"),
    SchoolKind.SENIOR: _l("高中"),
    SchoolKind.COMPLETE: _l("完全中学"),
    SchoolKind.VOCATIONAL: _l("中职"),
    SchoolKind.COLLEGE: _l("高校"),
    SchoolKind.OFFICE: _l("机关单位"),
    SchoolKind.COMMUNITY: _l("社区（村）"),
}
GRADES: dict[int, Any] = {
    1: _l("一年级"), 2: _l("二年级"), 3: _l("三年级"), 4: _l("四年级"), 5: _l("五年级"), 6: _l("六年级"),
    7: _l("初一"), 8: _l("初二"), 9: _l("初三"), 10: _l("高一"), 11: _l("高二"), 12: _l("高三"),
    13: _l("大一"), 14: _l("大二"), 15: _l("大三"), 16: _l("大四"),
}  # fmt: skip

_WORDS = {name: GRADES[grade] for grade, name in GRADE_NAMES.items()} | {LEFT_NAME: _l("已毕业")}
_LABEL = re.compile(rf"(?P<school>.* )?(?P<grade>{'|'.join(_WORDS)})(?: (?P<name>.+))?")
_NUMBERED = re.compile(r"(\d+)班")
_OF_PARENTS = f" {PARENTS}"
_OF_ADULTS: dict[str, Any] = {PARENTS: _l("家长"), DEPARTMENTS: _l("科室与网格"), WHOLE_UNIT: _l("本单位")}


def class_words(label: str) -> str:
    """What ``regions.rules`` call a grade or a class (“初二 3班”), with or without its school, for the reader.

    Only grades and numbered classes are translated: schools, classes with a name of their own and any other
    text stay as they are.
    """
    if label.endswith(_OF_PARENTS):
        return str(_("%(label)s 家长", label=class_words(label.removesuffix(_OF_PARENTS))))
    if label in _OF_ADULTS:
        return str(_OF_ADULTS[label])
    found = _LABEL.fullmatch(label)
    if found is None:
        return _class_name(label)
    words = str(_WORDS[found["grade"]])
    if found["name"]:
        words = f"{words} {_class_name(found['name'])}"
    return f"{found['school'] or ''}{words}"


def _class_name(name: str) -> str:
    found = _NUMBERED.fullmatch(name)
    return str(_("%(number)s班", number=found[1])) if found else name
