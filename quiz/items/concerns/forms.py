"""Reporting a problem, and settling one."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Length

from quiz.items.concerns.labels import CONCERN_LABELS, OUTCOME_LABELS
from quiz.items.concerns.rules import BY_PEOPLE, MOST_TEXT
from quiz.web.forms import BaseForm, Required, options

TOO_LONG = Length(max=MOST_TEXT, message=_l("最多 300 字，请写短一些。"))


class ReportForm(BaseForm):
    """What is wrong, in one of a few words, and more where somebody likes to say more."""

    kind = RadioField(
        _l("哪里有问题？"), choices=options({str(kind): CONCERN_LABELS[kind] for kind in BY_PEOPLE}),
        validators=[Required(_l("请选一种问题。"))], validate_choice=False,
    )  # fmt: skip
    text = TextAreaField(
        _l("说得具体一点"), description=_l("不用写自己或别人的名字。"), validators=[TOO_LONG], render_kw={"rows": 3}
    )
    back = HiddenField()


class SettleForm(BaseForm):
    """How a concern ends, and why."""

    outcome = RadioField(_l("怎么处理？"), choices=options(OUTCOME_LABELS), validate_choice=False)
    answer = StringField(_l("理由"), validators=[TOO_LONG])
