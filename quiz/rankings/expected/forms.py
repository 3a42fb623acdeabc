"""Forms of the expected numbers."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Optional

from quiz.rankings.expected import labels
from quiz.web.forms import BaseForm, Required, options


class ExcuseForm(BaseForm):
    """Why a pupil is not expected."""

    kind = RadioField(
        _l("为什么不计入"), choices=options(labels.CHOICES), validators=[InputRequired(_l("请选择为什么不计入。"))]
    )
    reason = StringField(
        _l("简短说明"),
        description=_l("最多 60 个字，例如“住院，有请假条”。不要写病情细节。"),
        validators=[Required(_l("请写明原因，例如“住院，有请假条”。"))],
    )


class RecountForm(BaseForm):
    """A new count, with the reason."""

    day = DateField(
        _l("按哪一天零点的在籍人数"),
        description=_l("留空就按现在的在籍人数"),
        validators=[Optional()],
    )
    reason = StringField(
        _l("为什么重新核定"),
        description=_l("会记入审计日志，例如“名册导入晚了一天”"),
        validators=[Required(_l("请写明为什么重新核定，例如“名册导入晚了一天”。"))],
    )
