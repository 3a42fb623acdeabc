"""Forms of the contest wizard, one per step, and of what may change later."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput

from question_bank.kinds import KINDS
from quiz.contests import labels
from quiz.contests.rules import CHOOSABLE_GROUPS
from quiz.desk.fields import whole_number
from quiz.desk.models import ReminderChannel
from quiz.desk.presets import SINGLE
from quiz.desk.wording import WordingForm
from quiz.items.labels import DIFFICULTY_LABELS, KIND_LABELS, TOPIC_LABELS
from quiz.papers.rules import SpecRow
from quiz.web.forms import BaseForm, FiniteField, Required, RowForm
from quiz.web.moments import MOMENT, MomentField

TEMPLATES = [
    ("class_quiz", _l("班级赛")),
    ("school_contest", _l("学校赛")),
    ("national_pattern", _l("全国赛模式")),
    ("custom", _l("自定义")),
]
TEMPLATE_HINTS = {
    "class_quiz": _l("10 道题，10 分钟，发布后马上开始"),
    "school_contest": _l("50 道题，60 分钟，开放一周"),
    "national_pattern": _l("20 道单选题，30 分钟，可以作答 3 次"),
    "custom": _l("题量、题型、时间都自己定"),
}
STAGE_NAME = _l("赛段名称要填，最多 20 个字，例如“县级复赛”。")
#: Usual names of the stages after the first.
STAGE_NAMES = [_l("县级复赛"), _l("市州级复赛"), _l("省级决赛"), _l("总决赛")]
CHANNELS = {
    ReminderChannel.PHONE.value: _l("电话"),
    ReminderChannel.MESSAGE.value: _l("工作群消息"),
    ReminderChannel.LETTER.value: _l("书面通知"),
}


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from pairs (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


class CheckboxCards(SelectMultipleField):
    """A multiple choice shown as cards (templates/macros/forms.html: checkbox_cards)."""

    option_widget = CheckboxInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flags.required = True  # at least one; the service says which is missing


class BasicsForm(BaseForm):
    """Step one: template, title, who may enter."""

    template = RadioField(
        _l("开一场什么比赛"), choices=options(TEMPLATES), validators=[InputRequired(_l("请选择一种比赛。"))]
    )
    title = StringField(
        _l("比赛名称"),
        description=_l("不填就用比赛种类和日期作名称"),
        validators=[Length(max=80, message=_l("比赛名称最多 80 个字，请缩短。"))],
    )
    places = CheckboxCards(_l("谁可以参加"), validate_choice=False)
    schools = TextAreaField(
        _l("指定学校"), description=_l("只让部分学校参加时填写：每行一个学校代码或学校全名，填了就不看上面的地区。")
    )
    stages = RadioField(_l("赛段"), default=SINGLE)
    groups = CheckboxCards(
        _l("组别"), choices=options((group.value, labels.GROUPS[group]) for group in CHOOSABLE_GROUPS)
    )


class PaperRow(RowForm):
    """One row of the paper specification."""

    topics = SelectField(
        _l("知识领域"),
        choices=options([("", _l("全部领域")), *[*TOPIC_LABELS.items()]]),
        validate_choice=False,
    )
    kinds = SelectField(
        _l("题型"),
        choices=options([("", _l("全部题型")), *[(kind.value, KIND_LABELS[kind.value]) for kind in KINDS]]),
        validate_choice=False,
    )
    difficulty_min = SelectField(_l("最低难度"), coerce=int, choices=options(DIFFICULTY_LABELS.items()), default=1)
    difficulty_max = SelectField(_l("最高难度"), coerce=int, choices=options(DIFFICULTY_LABELS.items()), default=5)
    count = whole_number(_l("题数"), 1, 100, _l("题数填 1 到 100 之间的整数。"), default=5)
    points = FiniteField(
        _l("每题分值"),
        places=None,
        default=Decimal(5),
        validators=[
            InputRequired(_l("每题分值填大于 0、不超过 100 的数。")),
            NumberRange(Decimal("0.01"), 100, _l("每题分值填大于 0、不超过 100 的数。")),
        ],
    )

    marking = SelectField(
        _l("计分"), choices=options([("", _l("全对才得分")), ("partial", _l("答对一部分得一部分分"))]), default=""
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, names in ((self.topics, TOPIC_LABELS), (self.kinds, KIND_LABELS)):
            if field.data and "," in field.data:  # a template may join several; keep them as one choice
                label = _("、").join(str(names.get(code, code)) for code in field.data.split(","))
                field.choices = [*field.choices, SelectChoice(field.data, label)]

    def row(self) -> dict[str, Any]:
        """The row as papers.rules.parse_rows reads it (points in hundredths)."""
        return {
            "topics": self.topics.data.split(",") if self.topics.data else [],
            "kinds": self.kinds.data.split(",") if self.kinds.data else [],
            "difficulty_min": self.difficulty_min.data,
            "difficulty_max": self.difficulty_max.data,
            "count": self.count.data,
            "points": int((self.points.data * 100).to_integral_value()),
            "partial": self.marking.data == "partial",
        }


def row_data(row: SpecRow) -> dict[str, Any]:
    """A stored row as PaperRow shows it."""
    points = Decimal(row.points) / 100
    return {
        "topics": ",".join(row.topics),
        "kinds": ",".join(row.kinds),
        "difficulty_min": row.difficulty_min,
        "difficulty_max": row.difficulty_max,
        "count": row.count,
        "points": points.to_integral_value() if points == points.to_integral_value() else points,
        "marking": "partial" if row.partial else "",
    }


class PaperForm(BaseForm):
    """Step three: the paper specification, the ranking, and publication."""

    rows = FieldList(FormField(PaperRow), label=_l("命题细目表"), min_entries=1, max_entries=30)
    ranking_profile = RadioField(
        _l("学校和地区怎么排名"),
        choices=options((key, name) for key, (name, _) in labels.PROFILES.items()),
        validators=[InputRequired(_l("请选择一种排名办法。"))],
    )
    earlier = SelectField(
        _l("和哪一次比赛比进步"),
        description=_l("只在按进步排名时用到。试卷规格相同的两次才好比。"),
        validate_choice=False,
    )
    expected_on = DateField(
        _l("应参赛人数以哪一天零点的在籍人数为准"),
        description=_l("留空就以开赛当天结束时为准。到时自动核定，以后转入转出都不影响参与率。"),
        validators=[Optional()],
    )
    has_common_items = BooleanField(
        _l("所有人用同一套题"), description=_l("题目和选项的顺序仍然各不相同。适合班级赛：讲评时大家说的是同样的题。")
    )
    shares_equal_scores = BooleanField(
        _l("得分相同就并列，不比用时"),
        description=_l("各校网络快慢不同时这样更公平；并列的人会多一些，晋级和奖项按名额取时请想好同分怎么办。"),
    )
    has_public_board = BooleanField(
        _l("公开榜"), description=_l("任何人都能看到；学生姓名会遮住，只列前一半，不公布末位。")
    )
    has_public_page = BooleanField(
        _l("公开页"), description=_l("不用登录就能看：时间、赛段、公告和结果，可以印海报。发布后随时可以开关。")
    )


class TextForm(WordingForm):
    """What may change after publication: title, theme, organisers, notice."""

    title = StringField(_l("比赛名称"), validators=[Required(_l("请填写比赛名称。"))])
    notice = TextAreaField(_l("给参赛者的话"))


class StageForm(BaseForm):
    """A further stage. ``own_name`` is asked for once, when the contest gets its second stage."""

    own_name = StringField(_l("现在这个赛段叫什么"), default=_l("校级初赛"), validators=[Required(STAGE_NAME)])
    name = StringField(_l("下一个赛段叫什么"), validators=[Required(STAGE_NAME)])


class ExtraTimeForm(BaseForm):
    """Minutes for one pupil, with the reason."""

    minutes = whole_number(_l("补时多少分钟"), 1, 60, _l("填 1 到 60 之间的整数。"), default=10)
    reason = StringField(
        _l("原因"),
        description=_l("会记入审计日志，例如“停电 10 分钟”"),
        validators=[Required(_l("请写明原因，例如“断电 10 分钟”。"))],
    )


class OutageForm(BaseForm):
    """A time that is given back to everybody who was answering. ``key`` makes pressing twice one act."""

    began_at = MomentField(_l("从什么时候起答不了"), validators=[InputRequired(MOMENT)])
    ended_at = MomentField(_l("什么时候恢复的"), validators=[InputRequired(MOMENT)])
    whom = RadioField(_l("给谁补"), validators=[InputRequired(_l("请选择给谁补。"))])
    reason = StringField(
        _l("原因"),
        description=_l("会记入审计日志，例如“机房断电”"),
        validators=[
            Required(_l("请写明原因，例如“断电 10 分钟”。")),
            Length(max=200, message=_l("原因最多 200 个字，请缩短。")),
        ],
    )
    key = HiddenField(validators=[InputRequired()])


class RemarkForm(BaseForm):
    """Which corrected item, and what was wrong with it."""

    item = RadioField(_l("哪道题改正了"), validators=[InputRequired(_l("请选择题目。"))])
    reason = StringField(
        _l("哪里错了"),
        description=_l("会写进报告和审计日志，例如“标准答案应为 B”"),
        validators=[
            Required(_l("请写明哪里错了，例如“标准答案应为 B”。")),
            Length(max=200, message=_l("原因最多 200 个字，请缩短。")),
        ],
    )


class ReminderForm(BaseForm):
    """Which schools of a county were reminded, and how."""

    schools = SelectMultipleField(_l("学校"), coerce=int, validate_choice=False)
    channel = SelectField(
        _l("怎么提醒的"),
        choices=options(CHANNELS.items()),
        validators=[InputRequired(_l("请选择怎么提醒的。"))],
    )
