"""The form of a freeze: from when to when the boards stand still."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Optional

from quiz.web.forms import BaseForm
from quiz.web.moments import MOMENT, MomentField


class FreezeForm(BaseForm):
    """When the boards freeze, and when they show everything again by themselves."""

    freezes_at = MomentField(_l("封榜时间"), validators=[InputRequired(MOMENT)])
    unfreezes_at = MomentField(_l("自动解封时间"), validators=[Optional()])
