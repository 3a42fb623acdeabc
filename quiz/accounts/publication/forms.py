"""The answer of one printed form."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField

from quiz.web.forms import BaseForm, Required, options

YES_NO = options({"yes": _l("同意"), "no": _l("不同意")})


class AnswerForm(BaseForm):
    """What pupil and guardian have ticked. ``seen`` and ``text`` say what the page and the paper showed."""

    pupil = RadioField(
        _l("学生本人"), [Required(_l("请照同意书选择学生的答复。"))], choices=YES_NO, validate_choice=False
    )
    guardian = RadioField(
        _l("监护人"), [Required(_l("请照同意书选择监护人的答复。"))], choices=YES_NO, validate_choice=False
    )
    seen = HiddenField()
    text = HiddenField()
