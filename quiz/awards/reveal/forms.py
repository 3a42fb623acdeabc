"""The form that begins a reveal."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from quiz.awards.reveal.rules import MOST_SINGLE
from quiz.web.forms import BaseForm

SINGLES = _l("填 0 到 5 之间的整数。")


class StartForm(BaseForm):
    """How the reveal goes, and what happens at its end."""

    singles = IntegerField(
        _l("最高的几个奖级逐名揭晓"),
        default=1,
        description=_l("从高到低数；其余奖级一屏最多 12 个名字"),
        validators=[InputRequired(SINGLES), NumberRange(0, MOST_SINGLE, SINGLES)],
    )
    lifts_freeze = BooleanField(_l("揭晓结束时解封榜单"), default=True)
    releases = BooleanField(_l("揭晓结束时公布成绩"), default=True)
