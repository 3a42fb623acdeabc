"""Forms of signing in, passwords and staff."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, Length
from wtforms.widgets import PasswordInput

from quiz.accounts.passwords import PASSWORD_MAX, USERNAME_MAX
from quiz.web.forms import BaseForm, Required

NUMERIC: dict[str, Any] = {"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}
PLAIN: dict[str, Any] = {"autocapitalize": "none", "spellcheck": "false"}


class PupilSignInForm(BaseForm):
    """Student number and PIN; the school comes with the address."""

    student_number = StringField(
        _l("学号"),
        [Required(_l("请填写学号。")), Length(max=40)],
        render_kw={**PLAIN, "autocomplete": "off", "maxlength": 40},
    )
    pin = StringField(
        _l("口令"),
        [Required(_l("请填写登录条上的 6 位口令。")), Length(max=64)],
        description=_l("登录条上的 6 个数字"),
        render_kw={**NUMERIC, "maxlength": 20},
    )


class AdultSignInForm(PupilSignInForm):
    """The number and password of somebody who has registered; a login slip's PIN serves too."""

    student_number = StringField(
        _l("参赛号"),
        [Required(_l("请填写参赛号。")), Length(max=40)],
        description=_l("登记时拿到的，例如 C012345"),
        render_kw={**PLAIN, "autocomplete": "username", "maxlength": 40},
    )
    pin = PasswordField(
        _l("密码"),
        [Required(_l("请填写密码。")), Length(max=200)],
        description=_l("登记时自己设的；有登录条的，填条上的口令"),
        widget=PasswordInput(hide_value=False),  # kept while the page waits for a place in the hashing line
        render_kw={"autocomplete": "current-password"},
    )


class StaffSignInForm(BaseForm):
    """User name and password."""

    username = StringField(
        _l("用户名"), [Required(_l("请填写用户名。")), Length(max=80)], render_kw={**PLAIN, "autocomplete": "username"}
    )
    password = PasswordField(
        _l("密码"),
        [Required(_l("请填写密码。")), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [Required(_l("请填写新密码。"))],
        description=_l("至少 12 个字符，可以用几个词连起来。"),
        render_kw={"autocomplete": "new-password", "maxlength": PASSWORD_MAX},
    )


def _repeated() -> PasswordField:
    return PasswordField(
        _l("再输一次"),
        [Required(_l("请把新密码再输一次。")), EqualTo("password", _l("两次输入的密码不一样。"))],
        render_kw={"autocomplete": "new-password", "maxlength": PASSWORD_MAX},
    )


class ChangePasswordForm(BaseForm):
    """One's own password."""

    current = PasswordField(
        _l("现在的密码"), [Required(_l("请填写现在的密码。"))], render_kw={"autocomplete": "current-password"}
    )
    password = _new_password(_l("新密码"))
    repeated = _repeated()


class SetupForm(BaseForm):
    """The first administrator."""

    name = StringField(_l("姓名"), [Required(_l("请填写姓名。")), Length(max=60)], render_kw={"autocomplete": "name"})
    username = StringField(
        _l("用户名"),
        [Required(_l("请填写用户名。"))],
        render_kw={**PLAIN, "autocomplete": "username", "maxlength": USERNAME_MAX},
    )
    password = _new_password(_l("密码"))
    repeated = _repeated()


class PlaceForm(BaseForm):
    """Where a role is held; the choices are places in the actor's scope."""

    place = SelectField(_l("管理的地方"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place.flags.required = True  # shown only for roles that need one; the service checks it


class StaffForm(PlaceForm):
    """A new member of staff; the role comes with the address."""

    name = StringField(_l("姓名"), [Required(_l("请填写姓名。")), Length(max=60)], render_kw={"autocomplete": "off"})
    username = StringField(
        _l("用户名"),
        [Required(_l("请填写用户名。"))],
        description=_l("登录时用，3 到 40 个字符，例如姓名的拼音。"),
        render_kw={**PLAIN, "autocomplete": "off", "maxlength": USERNAME_MAX},
    )
