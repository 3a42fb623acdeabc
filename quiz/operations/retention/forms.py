"""Forms of retention: a length, and the number typed to confirm."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired

from quiz.web.forms import BaseForm, Required


class SettingForm(BaseForm):
    """How long a kind is kept."""

    amount = IntegerField(_l("保存多久"), validators=[InputRequired(_l("请填一个整数。"))])
    is_automatic = BooleanField(_l("到期自动清理"))


class EraseForm(BaseForm):
    """What was shown, and the number typed to confirm it."""

    until = HiddenField(validators=[InputRequired()])
    expected = HiddenField(validators=[InputRequired()])
    typed = StringField(_l("输入要清理的数目"), validators=[Required(_l("请照样输入上面的数目。"))])
