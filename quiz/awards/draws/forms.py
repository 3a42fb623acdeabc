"""Forms of prize draws."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz.awards.draws import labels
from quiz.awards.draws.rules import MOST_TEXT, TOO_LONG
from quiz.web.forms import BaseForm, Required, options


class AnnounceForm(BaseForm):
    """What is announced; nothing of it can be changed afterwards."""

    title = StringField(_l("抽奖名称"), validators=[Required(_l("请填写抽奖名称，最多 80 个字。"))])
    who = RadioField(
        _l("谁参加抽奖"), choices=options(labels.WHO), validators=[InputRequired(_l("请选择谁参加抽奖。"))]
    )
    prizes = TextAreaField(
        _l("奖品"),
        description=_l("一行一种，写“奖品名 × 数量”，先写的先抽"),
        validators=[
            Required(_l("请写 1 到 20 种奖品，一行一种。")),
            Length(max=MOST_TEXT, message=_l(TOO_LONG)),
        ],
    )
    public_source = StringField(
        _l("用哪个公开数字"),
        description=_l("现在谁也不知道、到时谁都查得到的数字，例如“6月26日上证指数收盘价”"),
        validators=[Required(_l("请写明用哪个公开数字，例如“6月26日上证指数收盘价”。"))],
    )


class DrawForm(BaseForm):
    """The public number, when it is known."""

    public_value = StringField(_l("公开数字"), validators=[Required(_l("请填写公开数字，照原样写，例如“3456.78”。"))])
