"""What was amended in a law."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from quiz.web.forms import BaseForm, Required


class AmendedForm(BaseForm):
    """The article, if it is one alone, and what changed."""

    article = HiddenField()
    note = StringField(
        _l("改了什么"),
        description=_l("例如：2026年修订，自某月某日起施行，第三款改了。"),
        validators=[
            Required(_l("请写一句改了什么，看题的人才知道要对照哪里。")),
            Length(max=200, message=_l("最多 200 字。")),
        ],
    )
