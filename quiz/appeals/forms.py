"""Forms of appeals."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz.appeals import labels
from quiz.appeals.rules import MOST_CHARACTERS
from quiz.web.forms import BaseForm, Required, options

TOO_LONG = Length(max=MOST_CHARACTERS, message=_l("最多 500 个字，请缩短。"))


class AppealForm(BaseForm):
    """What a pupil writes."""

    kind = RadioField(
        _l("哪方面不对"), choices=options(labels.KINDS), validators=[InputRequired(_l("请选择哪方面不对。"))]
    )
    text = TextAreaField(
        _l("怎么回事"), validators=[Required(_l("请写清楚哪里不对，例如“第 3 题答案应该是 B”。")), TOO_LONG]
    )


class StaffAppealForm(AppealForm):
    """What a school writes for a pupil."""

    number = StringField(_l("学号"), validators=[Required(_l("请填学生的学号。"))])


class ProposalForm(BaseForm):
    """The first reviewer's answer."""

    verdict = RadioField(
        _l("结论"),
        choices=options({"accepted": _l("申诉成立"), "refused": _l("维持原结果")}),
        validators=[InputRequired(_l("请选择结论。"))],
    )
    answer = TextAreaField(
        _l("理由和处理办法"),
        description=_l("复核通过后学生会看到，例如“第 3 题已重新判分，成绩改为 96 分”"),
        validators=[Required(_l("请写明结论和理由，学生会看到。")), TOO_LONG],
    )


class DecisionForm(BaseForm):
    """The second reviewer's word. ``seen`` is the newest step that the page showed."""

    seen = HiddenField()
    note = TextAreaField(_l("退回的原因"), description=_l("只有退回时要填"), validators=[TOO_LONG])
