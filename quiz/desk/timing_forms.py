"""Forms of when a contest is: step two of the wizard, and a later end. Groups may have windows of their own.

The fields of a group's own window are named by its kind, so a form is made for the groups of one contest.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from quiz.contests import labels
from quiz.contests.rules import MAX_ATTEMPTS, ContestGroupKind, Timing, end_field
from quiz.contests.windows import Window, Windows, differ, whole
from quiz.desk.fields import whole_number
from quiz.desk.team_forms import UnitFields
from quiz.desk.wording import WordingForm
from quiz.web.forms import BaseForm, options
from quiz.web.moments import MOMENT, MomentField

WINDOW_MINUTES = _l("填 1 到 1440 之间的整数，例如 40。")
NOW, SET, OWN = "now", "set", "own"
STARTS = {NOW: _l("发布后马上开始"), SET: _l("定好开始和结束时间"), OWN: _l("各组别分开定时间")}


def begin_field(kind: str) -> str:
    """The name of the field for the beginning of a group's own window (rules.end_field for its end)."""
    return f"opens_at_{kind}"


class TimingForm(UnitFields, WordingForm):
    """Step two: window, minutes, attempts, release, and the words to the participants."""

    start = RadioField(
        _l("什么时候开始"),
        choices=options(STARTS),
        validators=[InputRequired(_l("请选择什么时候开始。"))],
    )
    window_minutes = IntegerField(_l("开放多少分钟"), validators=[Optional()])
    opens_at = MomentField(_l("开始时间"), validators=[Optional()])
    closes_at = MomentField(_l("结束时间"), validators=[Optional()])
    duration_minutes = whole_number(_l("每人答题多少分钟"), 1, 240, _l("填 1 到 240 之间的整数。"))
    attempts_allowed = whole_number(_l("每人可以作答几次"), 1, MAX_ATTEMPTS, _l("填 1 到 10 之间的整数。"))
    counting = SelectField(_l("多次作答时，哪一次算数"), choices=options(labels.COUNTING))
    release_results = SelectField(_l("学生什么时候看到成绩"), choices=options(labels.RELEASE))
    release_keys = SelectField(_l("学生什么时候看到答案和解析"), choices=options(labels.RELEASE))
    notice = TextAreaField(
        _l("给参赛者的话"), validators=[Length(max=2000, message=_l("说明最多 2000 个字，请缩短。"))]
    )

    def __init__(self, *args: Any, kinds: Sequence[ContestGroupKind] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds

    def validate(self, extra_validators: Any = None) -> bool:
        """The chosen kind of start needs its own fields; the others' are not looked at."""
        is_valid = bool(super().validate(extra_validators))
        if self.start.data == NOW:
            minutes = self.window_minutes.data
            wanted = [] if minutes and 1 <= minutes <= 1440 else [(self.window_minutes, WINDOW_MINUTES)]
        else:
            pairs = [(self.opens_at, self.closes_at)]
            if self.start.data == OWN:
                pairs = list(self.own_fields())
            wanted = [(field, MOMENT) for pair in pairs for field in pair if field.data is None]
        for field, message in wanted:
            field.errors = [str(message)]
        return is_valid and not wanted

    def own_fields(self) -> Iterator[tuple[Field, Field]]:
        """For each group the fields for the beginning and the end of its own window."""
        for kind in self.kinds:
            yield self[begin_field(kind)], self[end_field(kind)]

    def fill(self, timing: Timing) -> None:
        """Show a stored timing."""
        self.start.data = NOW if timing.starts_at_publication else OWN if timing.windows else SET
        self.window_minutes.data = int((timing.closes_at - timing.opens_at).total_seconds() // 60)
        self.opens_at.data, self.closes_at.data = timing.opens_at, timing.closes_at
        for kind, (begin, end) in zip(self.kinds, self.own_fields(), strict=True):
            begin.data, end.data = timing.window(kind)
        self.duration_minutes.data = timing.duration_seconds // 60
        self.attempts_allowed.data, self.counting.data = timing.attempts_allowed, timing.counting
        self.release_results.data, self.release_keys.data = timing.release_results, timing.release_keys

    def timing(self, now: datetime) -> Timing:
        """What was filled in, as the service takes it."""
        windows = self._windows(now)
        return Timing(
            *whole(windows),
            duration_seconds=self.duration_minutes.data * 60,
            starts_at_publication=self.start.data == NOW,
            attempts_allowed=self.attempts_allowed.data,
            counting=self.counting.data,
            release_results=self.release_results.data,
            release_keys=self.release_keys.data,
        ).over(windows)

    def _windows(self, now: datetime) -> Windows:
        if self.start.data == OWN:
            fields = zip(self.kinds, self.own_fields(), strict=True)
            return {kind: Window(begin.data, end.data) for kind, (begin, end) in fields}
        common = Window(self.opens_at.data, self.closes_at.data)
        if self.start.data == NOW:
            common = Window(now, now + timedelta(minutes=self.window_minutes.data))
        return dict.fromkeys(self.kinds, common)


def timing_form(kinds: Sequence[ContestGroupKind], *, starts_now: bool, **values: Any) -> TimingForm:
    """Step two for a contest of these groups. ``starts_now``: it may begin when it is published."""

    class ForGroups(TimingForm):
        """With the fields of each group's own window."""

    for kind in kinds:
        begin, end = (
            _l("%(group)s开始时间", group=labels.GROUPS[kind]),
            _l("%(group)s结束时间", group=labels.GROUPS[kind]),
        )
        setattr(ForGroups, begin_field(kind), MomentField(begin, validators=[Optional()]))
        setattr(ForGroups, end_field(kind), MomentField(end, validators=[Optional()]))
    form = ForGroups(kinds=kinds, **values)
    left_out = ({NOW} if not starts_now else set()) | ({OWN} if len(kinds) < 2 else set())
    form.start.choices = options({start: label for start, label in STARTS.items() if start not in left_out})
    return form


class WindowForm(BaseForm):
    """Later ends: ``closes_at`` for all groups, or one for each of ``kinds`` where they differ."""

    kinds: Sequence[str] = ()

    def ends(self) -> dict[str, datetime]:
        """The ends that were filled in, by the kind of the group."""
        return {kind: self[end_field(kind)].data for kind in self.kinds}


def window_form(windows: Windows, now: datetime) -> WindowForm:
    """The form for a contest with these windows; a group that is over has no field."""

    class ForGroups(WindowForm):
        """With a field for each end that may be moved."""

    required = [InputRequired(_l("请写新的结束时间。"))]
    if not differ(windows):
        ForGroups.closes_at = MomentField(_l("新的结束时间"), validators=required)
        return ForGroups(closes_at=whole(windows).closes_at)
    going = {kind: window for kind, window in windows.items() if window.closes_at > now}
    for kind in going:
        setattr(ForGroups, end_field(kind), MomentField(labels.GROUPS[ContestGroupKind(kind)], validators=required))
    ForGroups.kinds = tuple(going)
    return ForGroups(data={end_field(kind): window.closes_at for kind, window in going.items()})
