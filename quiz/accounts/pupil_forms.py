"""Forms about one pupil."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from quiz.accounts.forms import PLAIN
from quiz.accounts.roster.columns import MAX_NAME, MAX_NUMBER
from quiz.web.forms import BaseForm, Required

GENDERS = [SelectChoice("", _l("不填")), SelectChoice("男", _l("男")), SelectChoice("女", _l("女"))]


class PupilForm(BaseForm):
    """What a roster says of a pupil; the class comes with the address."""

    name = StringField(
        _l("姓名"),
        [Required(_l("请填写姓名。")), Length(max=MAX_NAME)],
        render_kw={"autocomplete": "off", "maxlength": MAX_NAME},
    )
    student_number = StringField(
        _l("学号"),
        [Required(_l("请填写学号。")), Length(max=MAX_NUMBER)],
        description=_l("学校的学号，不是身份证号。"),
        render_kw={**PLAIN, "autocomplete": "off", "maxlength": MAX_NUMBER},
    )
    gender = SelectField(_l("性别"), choices=GENDERS)


class MoveForm(BaseForm):
    """Another class of the school; the service checks that it may be chosen."""

    to_class = SelectField(_l("转到"), choices=[], coerce=int, validate_choice=False)
