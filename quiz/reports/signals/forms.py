"""A person's note on a signal."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz.web.forms import BaseForm, Required


class NoteForm(BaseForm):
    """What somebody made of a signal."""

    note = TextAreaField(
        _l("看过之后"),
        description=_l("例如“问过本人，读得快，没有问题”。要取消资格或作废成绩，到对应的页面去办，并写明原因。"),
        validators=[
            Required(_l("请写一句看过之后的结论，例如“问过本人，读得快，没有问题”。")),
            Length(max=300, message=_l("最多 300 个字，请缩短。")),
        ],
    )


class RoomForm(BaseForm):
    """Which computer room a school sits in."""

    school_id = SelectField(_l("学校"), coerce=int, validators=[InputRequired(_l("请选择学校。"))])
    note = StringField(
        _l("哪间机房，哪些班用"),
        description=_l("例如“三楼机房，40 台，六年级各班轮流”"),
        validators=[
            Required(_l("请写明是哪间机房、哪些班用，例如“三楼机房，六年级各班轮流”。")),
            Length(max=200, message=_l("最多 200 个字，请缩短。")),
        ],
    )
