"""The form that begins a reveal."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from quiz.web.forms import BaseForm


class StartForm(BaseForm):
    """What happens at the end of a reveal. How each tier is shown are fields by the tiers' names (rules.choices())."""

    lifts_freeze = BooleanField(_l("揭晓结束时解封榜单"), default=True)
    releases = BooleanField(_l("揭晓结束时公布成绩"), default=True)
