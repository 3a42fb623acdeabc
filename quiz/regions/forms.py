"""Forms of schools and classes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from quiz.regions.classnames import GRADES_OF_KIND
from quiz.regions.labels import GRADES, KINDS
from quiz.regions.models import Region, School
from quiz.regions.rules import GRADE_NAMES, UNIT_KINDS
from quiz.regions.school_services import SchoolData
from quiz.web.forms import BaseForm, Required

NUMBER: dict[str, Any] = {"inputmode": "numeric", "min": 0}


def slip_days_field() -> IntegerField:
    """How long a printed login slip signs in."""
    return IntegerField(
        _l("登录条有效天数"), [Required(_l("登录条有效天数填 1 到 730。"))], default=180,
        description=_l("打印的登录条在这些天内可以扫码登录"), render_kw={**NUMBER, "max": 730},
    )  # fmt: skip


class SlipDaysForm(BaseForm):
    """The school's own choice of how long its slips work."""

    slip_valid_days = slip_days_field()


class SchoolForm(BaseForm):
    """All facts of a school; enrolment by grade are the fields grade1 … grade16."""

    code = StringField(
        _l("学校代码"), [Required(_l("请填写学校代码。"))], description=_l("全国唯一，如学校标识码"),
        render_kw={"autocomplete": "off", "maxlength": 20},
    )  # fmt: skip
    name = StringField(_l("学校名称"), [Required(_l("请填写学校名称。"))], render_kw={"maxlength": 80})
    kind = SelectField(
        _l("学校类别"),
        [Required(_l("请选择学校类别。"))],
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items() if kind.value not in UNIT_KINDS],
    )
    county_id = SelectField(_l("县（市、区）"), [Required(_l("请选择你管理的县（市、区）。"))])
    slip_valid_days = slip_days_field()
    is_active = BooleanField(_l("启用"), default=True, description=_l("停用的学校不能登录和参赛，成绩保留"))

    def offer(self, counties: Sequence[Region], names: Mapping[str, str]) -> None:
        """Offer these counties, grouped by what lies above them."""
        self.county_id.choices = [
            SelectChoice(one.id, one.name, optgroup=names.get(one.prefecture_id or one.province_id, ""))
            for one in counties
        ]

    def show(self, school: School) -> None:
        """Fill in a school's enrolment."""
        for row in school.headcounts:
            self[f"grade{row.grade}"].data = row.pupils

    def grades(self) -> list[tuple[Any, list[Any]]]:
        """The enrolment fields by section."""
        sections = ((_l("小学"), 1, 7), (_l("初中"), 7, 10), (_l("高中、中职"), 10, 13), (_l("高校"), 13, 17))
        return [(title, [self[f"grade{grade}"] for grade in range(first, end)]) for title, first, end in sections]

    def school_data(self) -> SchoolData:
        """What was entered."""
        return SchoolData(
            code=self.code.data or "",
            name=self.name.data or "",
            kind=self.kind.data,
            county_id=self.county_id.data,
            slip_valid_days=self.slip_valid_days.data or 0,
            is_active=self.is_active.data,
            headcounts={grade: self[f"grade{grade}"].data or 0 for grade in GRADE_NAMES},
        )


class UnitForm(SchoolForm):
    """The same of an office or a community: its own words, and no enrolment by grade."""

    code = StringField(
        _l("单位代码"), [Required(_l("请填写单位代码。"))], description=_l("不与学校和别的单位重复，如统一社会信用代码"),
        render_kw={"autocomplete": "off", "maxlength": 20},
    )  # fmt: skip
    name = StringField(_l("单位名称"), [Required(_l("请填写单位名称。"))], render_kw={"maxlength": 80})
    kind = SelectField(
        _l("单位类别"),
        [Required(_l("请选择单位类别。"))],
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items() if kind.value in UNIT_KINDS],
    )
    is_active = BooleanField(_l("启用"), default=True, description=_l("停用的单位不能登录和参赛，成绩保留"))

    def school_data(self) -> SchoolData:
        """What was entered; a unit has no pupils."""
        return replace(super().school_data(), headcounts={})


for _grade, _label in GRADES.items():
    setattr(SchoolForm, f"grade{_grade}", IntegerField(_label, [Optional()], render_kw={**NUMBER, "max": 99999}))


class AddClassesForm(BaseForm):
    """“八年级 6 个班”."""

    grade = SelectField(_l("年级"), [Required(_l("请选择学校有的年级。"))], coerce=int)
    count = IntegerField(_l("班级数"), [Required(_l("请填写班级数。"))], render_kw={**NUMBER, "min": 1, "max": 60})

    def offer(self, school: School) -> None:
        """Offer the grades that a school of this kind has."""
        self.grade.choices = [SelectChoice(grade, GRADES[grade]) for grade in GRADES_OF_KIND[school.kind.value]]


class DepartmentForm(BaseForm):
    """A department or grid of a unit."""

    name = StringField(
        _l("科室或网格"), [Required(_l("没有写科室或网格。请填名称，例如“办公室”“第一网格”。"))],
        render_kw={"maxlength": 30, "autocomplete": "off"},
    )  # fmt: skip


class ClassForm(BaseForm):
    """A class's own name."""

    name = StringField(
        _l("班级名称"), [Required(_l("请填写班级名称。"))], description=_l("只写班，不写年级，如“1班”“藏语班”"),
        render_kw={"maxlength": 30},
    )  # fmt: skip


class SchoolsUploadForm(BaseForm):
    """A spreadsheet of schools."""

    file = FileField(
        _l("学校表格"),
        description=_l("xlsx、xls 或 csv，最大 5 MB、3000 所"),
        render_kw={"accept": ".xlsx,.xls,.csv", "required": True},
    )


class SchoolsConfirmForm(BaseForm):
    """The rows that were looked at, and the fingerprint of the plan."""

    rows = HiddenField()
    digest = HiddenField()
