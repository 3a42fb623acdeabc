"""Forms of invitations and of registering oneself."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, Length

from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.registration.rules import MOST_PEOPLE, SECRET_MAX
from quiz.web.forms import BaseForm, Required

DAY = _l("请选择登记截止的日期。")


class DayField(DateField):
    """A day; what cannot be read is said in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(DAY)) from error


class OpenForm(BaseForm):
    """A new invitation."""

    contest = SelectField(_l("参加哪场比赛"), [Required(_l("请选择比赛。"))], validate_choice=False)
    most = IntegerField(
        _l("最多登记多少人"), [Required(_l("请填写人数。"))], default=100,
        description=_l("填 1 到 %(most)s，满了自动停止", most=MOST_PEOPLE),
        render_kw={"inputmode": "numeric", "min": 1, "max": MOST_PEOPLE},
    )  # fmt: skip
    until = DayField(
        _l("登记截止"), [Required(DAY)], description=_l("到这一天结束；比赛先结束，就到比赛结束"),
    )  # fmt: skip
    asks_class = BooleanField(_l("登记时选择"), description="")

    def offer(self, contests: Sequence[Contest], *, asks: bool, is_unit: bool) -> None:
        """Offer these contests, and the choice of departments or classes where that is allowed."""
        self.contest.choices = [SelectChoice(one.public_id, one.title) for one in contests]
        if not asks:
            del self.asks_class
        elif is_unit:
            self.asks_class.label.text = _("登记时选择科室或网格")
            self.asks_class.description = _("不选，就都登记在“本单位”里")
        else:
            self.asks_class.label.text = _("登记时选择孩子的班级")
            self.asks_class.description = _("会让拿到链接的人看到班级列表，看不到任何学生姓名")

    def closes_at(self) -> datetime:
        """The end of the chosen day, school time."""
        return datetime.combine(self.until.data, time(23, 59, 59), tzinfo=LOCAL_ZONE)


class JoinForm(BaseForm):
    """Somebody registers: a name and a password, and the class or department where the invitation asks for it."""

    name = StringField(
        _l("姓名"), [Required(_l("请填写姓名。")), Length(max=80, message=_l("姓名太长，最多 60 个字。请核对。"))],
        render_kw={"autocomplete": "name", "maxlength": 60},
    )  # fmt: skip
    class_id = SelectField(_l("科室或网格"), coerce=str, validate_choice=False)
    secret = PasswordField(
        _l("设一个密码"), [Required(_l("请设一个密码。"))],
        description=_l("至少 8 个字符，不要只用数字；可以用几个汉字"),
        render_kw={"autocomplete": "new-password", "maxlength": SECRET_MAX},
    )  # fmt: skip
    repeated = PasswordField(
        _l("再输一次密码"),
        [Required(_l("请把密码再输一次。")), EqualTo("secret", _l("两次输入的密码不一样。"))],
        render_kw={"autocomplete": "new-password", "maxlength": SECRET_MAX},
    )
    form_key = HiddenField()

    def offer(self, classes: Sequence[tuple[int, Any]], *, label: str) -> None:
        """Offer these classes or departments; without any the question is not asked."""
        if not classes:
            del self.class_id
            return
        self.class_id.flags.required = True
        self.class_id.label.text = label
        self.class_id.choices = [
            SelectChoice("", _("请选择")),
            *(SelectChoice(str(one), name) for one, name in classes),
        ]

    @property
    def chosen(self) -> int | None:
        """The id that was chosen, if it is one."""
        value = self.class_id.data if "class_id" in self else None
        return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None
