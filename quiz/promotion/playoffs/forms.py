"""The form that announces a play-off."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from quiz.promotion.playoffs.rules import MOST_ITEMS, MOST_MINUTES
from quiz.promotion.playoffs.services import Wanted
from quiz.web.forms import BaseForm
from quiz.web.moments import MOMENT, MomentField

ITEMS = _l("填 1 到 50 之间的整数。")
MINUTES = _l("填 1 到 120 之间的整数。")


class PlayoffForm(BaseForm):
    """When it is sat, and how long the paper is."""

    opens_at = MomentField(_l("开始时间"), validators=[InputRequired(MOMENT)])
    closes_at = MomentField(_l("结束时间"), validators=[InputRequired(MOMENT)])
    items = IntegerField(_l("题数"), validators=[InputRequired(ITEMS), NumberRange(1, MOST_ITEMS, ITEMS)])
    minutes = IntegerField(
        _l("答题时长（分钟）"), validators=[InputRequired(MINUTES), NumberRange(1, MOST_MINUTES, MINUTES)]
    )

    def wanted(self) -> Wanted:
        """What was filled in."""
        return Wanted(self.opens_at.data, self.closes_at.data, self.minutes.data, self.items.data)
