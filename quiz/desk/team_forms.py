"""Forms of teams: what the unit of a stage is, a team with its members, and a stand-in."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from quiz.contests import labels
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.contests.teams.services import TeamInput
from quiz.web.forms import BaseForm, Required, options


class UnitField(RadioField):
    """One of the units; a page always offers them, so it is no optional choice there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flags.required = True


class UnitFields(Form):
    """Who competes, as part of the wizard's second step. Left out of a request, the unit stays as it is."""

    unit = UnitField(_l("按什么比"), choices=options(labels.UNITS), validators=[Optional()], validate_choice=False)
    team_size = IntegerField(_l("每队几人"), validators=[Optional()])
    team_reserves = IntegerField(_l("每队最多几名候补"), validators=[Optional()])
    teams_per_school = IntegerField(_l("每校每组最多几队"), validators=[Optional()])

    def show_unit(self, unit: Unit) -> None:
        """Show a stored unit."""
        self.unit.data, self.team_size.data = unit.kind.value, unit.size
        self.team_reserves.data, self.teams_per_school.data = unit.reserves, unit.per_school

    def chosen_unit(self, stored: Unit) -> Unit | None:
        """What was filled in; None where the request says nothing of it. An empty number stays as it was."""
        if self.unit.data not in {one.value for one in StageUnit}:
            return None
        numbers = (self.team_size.data, self.team_reserves.data, self.teams_per_school.data)
        usual = (stored.size, stored.reserves, stored.per_school)
        size, reserves, most = (one if new is None else new for new, one in zip(numbers, usual, strict=True))
        return Unit(StageUnit(self.unit.data), size, reserves, most)


class TeamForm(BaseForm):
    """A team: its name and whom it consists of."""

    school = StringField(_l("学校代码"))
    name = StringField(
        _l("队名"), description=_l("2 到 20 个字，会公布；不写联系方式"), validators=[Required(_l("请填队名。"))]
    )
    members = TextAreaField(_l("队员"), validators=[Required(_l("请填队员，每行一个学号或姓名。"))])
    reserves = TextAreaField(_l("候补"))
    instructor = StringField(
        _l("指导教师"), description=_l("最多 40 个字，两位以上用顿号分开"),
        validators=[Length(max=40, message=_l("指导教师最多 40 个字，请缩短。"))],
    )  # fmt: skip

    def values(self) -> TeamInput:
        """What was filled in, as the service takes it."""
        return TeamInput(
            name=self.name.data or "",
            instructor=self.instructor.data or "",
            members=self.members.data or "",
            reserves=(self.reserves.data or "") if "reserves" in self else "",
            school_code=(self.school.data or "") if "school" in self else "",
        )


class StandInForm(BaseForm):
    """Who leaves, who comes, and why."""

    out = SelectField(_l("谁下场"), validators=[InputRequired(_l("请选择下场的队员。"))], validate_choice=False)
    come = SelectField(_l("哪名候补上场"), validators=[InputRequired(_l("请选择上场的候补。"))], validate_choice=False)
    reason = StringField(
        _l("原因"),
        description=_l("会记入审计日志，例如“参赛当天发烧”"),
        validators=[
            Required(_l("请写明原因，例如“参赛当天发烧”。")),
            Length(max=200, message=_l("原因最多 200 个字，请缩短。")),
        ],
    )

    def offer(self, members: Any) -> None:
        """The choices: members who may leave, reserves who may come."""
        self.out.choices = options({one.public_id: one.name for one in members if not one.is_reserve})
        self.come.choices = options({one.public_id: one.name for one in members if one.is_reserve})
