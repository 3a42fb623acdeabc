"""The form of a notice."""

import secrets

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.widgets import HiddenInput

from quiz.contests.notices.services import Wording
from quiz.web.forms import BaseForm, Required


class NoticeForm(BaseForm):
    """``key`` makes pressing twice one notice; ``revision`` is what was on the page when a notice is changed."""

    title = StringField(_l("标题"), validators=[Required(_l("请写公告标题。"))])
    text = TextAreaField(_l("内容"), validators=[Required(_l("请写公告内容。"))])
    is_pinned = BooleanField(_l("置顶"), description=_l("放在最上面，最多 3 条"))
    key = HiddenField(default=lambda: secrets.token_urlsafe(24))
    revision = IntegerField(default=1, widget=HiddenInput())

    def wording(self) -> Wording:
        """What was filled in, as the service takes it."""
        return Wording(self.title.data or "", self.text.data or "", bool(self.is_pinned.data))
