"""Rules of contests, pure: places, groups, derived state, the settings of a contest and what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from quiz.clock import LOCAL_ZONE
from quiz.contests.windows import Window, Windows, differ, whole
from quiz.errors import DomainError
from quiz.regions.rules import COMMUNITY, NO_GRADE, OFFICE, Scope


class ContestGroupKind(StrEnum):
    """The groups of a contest; each has a band of the bank (:func:`band_of`)."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    VOCATIONAL = "vocational"
    OPEN = "open"
    PUBLIC_SERVANT = "public_servant"
    COMMUNITY = "community"
    PARENT = "parent"


def group_order(group: str) -> int:
    """Sorts groups as they stand everywhere: the primary schools first, adults last."""
    return list(ContestGroupKind).index(ContestGroupKind(group))


class ContestState(StrEnum):
    """Derived from facts, never stored."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


# Kind of school -> (first grade, last grade, group). Grades 1-4 take no part; beyond the last grade a class has left.
# Grade 0 are adults: the departments of an office, the grids of a community, the parents of a school.
# The lower bounds are generous, so that a junior school with a sixth grade (五四制) is not shut out.
PRIMARY_ROW = (5, 6, ContestGroupKind.PRIMARY)
JUNIOR_ROW = (7, 9, ContestGroupKind.JUNIOR)
SENIOR_ROW = (10, 12, ContestGroupKind.SENIOR)
PARENT_ROW = (NO_GRADE, NO_GRADE, ContestGroupKind.PARENT)
GROUP_TABLE: dict[str, tuple[tuple[int, int, ContestGroupKind], ...]] = {
    "小学": (PRIMARY_ROW, PARENT_ROW),
    "初中": (PRIMARY_ROW, JUNIOR_ROW, PARENT_ROW),
    "九年一贯": (PRIMARY_ROW, JUNIOR_ROW, PARENT_ROW),
    "高中": (SENIOR_ROW, PARENT_ROW),
    "完全中学": (JUNIOR_ROW, SENIOR_ROW, PARENT_ROW),
    "中职": ((10, 12, ContestGroupKind.VOCATIONAL), PARENT_ROW),
    "高校": ((13, 16, ContestGroupKind.OPEN), PARENT_ROW),
    OFFICE: ((NO_GRADE, NO_GRADE, ContestGroupKind.PUBLIC_SERVANT),),
    COMMUNITY: ((NO_GRADE, NO_GRADE, ContestGroupKind.COMMUNITY),),
}
BANDS = {
    ContestGroupKind.PRIMARY: "primary",
    ContestGroupKind.JUNIOR: "junior",
    ContestGroupKind.SENIOR: "senior",
    ContestGroupKind.VOCATIONAL: "senior",
    ContestGroupKind.OPEN: "adult",
    ContestGroupKind.PUBLIC_SERVANT: "adult",
    ContestGroupKind.COMMUNITY: "adult",
    ContestGroupKind.PARENT: "adult",
}
SCHOOL_GROUPS = (
    ContestGroupKind.PRIMARY,
    ContestGroupKind.JUNIOR,
    ContestGroupKind.SENIOR,
    ContestGroupKind.VOCATIONAL,
)
#: Groups of adults: they have boards of their own and are never counted in the figures of schools.
ADULT_GROUPS = (ContestGroupKind.PUBLIC_SERVANT, ContestGroupKind.COMMUNITY, ContestGroupKind.PARENT)
CHOOSABLE_GROUPS = (*SCHOOL_GROUPS, *ADULT_GROUPS)
PROGRESS = "progress"
RANKING_PROFILES = ("average", "national", PROGRESS)
CUSTOM_TEMPLATE = "custom"

MAX_WINDOW = timedelta(days=120)
MIN_DURATION_SECONDS, MAX_DURATION_SECONDS = 60, 4 * 3600
MAX_ATTEMPTS = 10
MAX_EXTRA_SECONDS = 3600
MOST_TITLE, MOST_THEME, MOST_NOTICE = 80, 120, 2000  # characters


def group_of(school_kind: str, grade: int) -> ContestGroupKind | None:
    """The group in which a grade of a kind of school competes; None where it takes no part."""
    for first, last, group in GROUP_TABLE.get(school_kind, ()):
        if first <= grade <= last:
            return group
    return None


def later_profile(profile: str) -> str:
    """How a later stage is ranked at first: there is no earlier contest that its progress could be measured against."""
    return "average" if profile == PROGRESS else profile


def band_of(group: ContestGroupKind) -> str:
    """The band of the bank from which a group's papers are drawn."""
    return BANDS[group]


@dataclass(frozen=True)
class Place:
    """A region, school or class as forms and addresses write it: ``region:630100``, ``school:12``, ``class:7``."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def number(self) -> int:
        """The id of a school or class."""
        return int(self.id)


def parse_place(text: str) -> Place:
    """Read a place; raises DomainError when it is none."""
    kind, _, value = text.partition(":")
    is_region = kind == "region" and len(value) == 6
    if value.isascii() and value.isdigit() and (is_region or (kind in {"school", "class"} and len(value) < 10)):
        return Place(kind, value)
    raise DomainError("没有找到这个地方，请重新选择。", field="places")


def is_for_the_public(host: Place) -> bool:
    """Whether a new contest begins with a public page. A region's is announced to parents and the press anyway; of a school's
    or a class's, a page would tell strangers which children sit where and when, so somebody has to switch it on."""
    return host.kind == "region"


def scope_of(places: tuple[Place, ...]) -> Scope:
    """The places as a scope, so that the tree's own conditions serve for eligibility too."""
    return Scope(
        regions=frozenset(place.id for place in places if place.kind == "region"),
        schools=frozenset(place.number for place in places if place.kind == "school"),
        classes=frozenset(place.number for place in places if place.kind == "class"),
    )


def contest_state(
    *,
    published_at: datetime | None,
    cancelled_at: datetime | None,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
) -> ContestState:
    """What a contest is at a moment; a cancelled one stays cancelled."""
    if cancelled_at is not None:
        return ContestState.CANCELLED
    if published_at is None:
        return ContestState.DRAFT
    if now < opens_at:
        return ContestState.ANNOUNCED
    return ContestState.RUNNING if now < closes_at else ContestState.FINISHED


@dataclass(frozen=True)
class Basics:
    """Step one: which template, what it is called, who may enter. ``host`` is where it is managed from."""

    template: str
    title: str
    host: Place
    places: tuple[Place, ...]
    groups: tuple[ContestGroupKind, ...]


@dataclass(frozen=True)
class Timing:
    """Step two: window (UTC), duration in seconds, attempts and when what becomes visible.

    With ``starts_at_publication`` the window keeps its length but begins at the moment of publication. Groups that do not
    answer at the same time have ``windows`` of their own; the window is then the whole of them.
    """

    opens_at: datetime
    closes_at: datetime
    duration_seconds: int
    starts_at_publication: bool = False
    attempts_allowed: int = 1
    counting: str = "best"
    release_results: str = "at_once"
    release_keys: str = "after_close"
    windows: Windows = field(default_factory=dict)

    def window(self, kind: str) -> Window:
        """When a group may answer: its own window, or the one of all."""
        return self.windows.get(kind, Window(self.opens_at, self.closes_at))

    def over(self, windows: Windows) -> "Timing":
        """The same with these windows."""
        return replace(self, **whole(windows)._asdict(), windows=dict(windows) if differ(windows) else {})


def check_basics(basics: Basics) -> None:
    """Raise DomainError naming the field that is missing."""
    if not basics.title.strip():
        raise DomainError("请填写比赛名称。", field="title")
    if len(basics.title) > 80:
        raise DomainError("比赛名称最多 80 个字，请缩短。", field="title")
    if not basics.places:
        raise DomainError("请至少选择一个参赛的地区、学校或班级。", field="places")
    if not basics.groups:
        raise DomainError("请至少选择一个组别。小学一至四年级不参加比赛，可以用练习。", field="groups")


def check_words(title: str, theme: str, notice: str) -> None:
    """Raise DomainError naming the text that is missing or too long."""
    if not title.strip() or len(title.strip()) > MOST_TITLE:
        raise DomainError("请填写比赛名称，最多 80 个字。", field="title")
    if len(theme.strip()) > MOST_THEME:
        raise DomainError("主题最多 %(most)s 个字，请缩短。", field="theme", most=MOST_THEME)
    if len(notice) > MOST_NOTICE:
        raise DomainError("说明最多 2000 个字，请缩短。", field="notice")


def check_timing(timing: Timing) -> None:
    """Raise DomainError naming the field that cannot be right."""
    for field_name, window in _fields(timing):
        if window.closes_at <= window.opens_at:
            raise DomainError("结束时间要晚于开始时间，请改结束时间。", field=field_name)
    if timing.closes_at - timing.opens_at > MAX_WINDOW:
        raise DomainError("比赛最多开放 120 天，请缩短时间窗。", field=_last(timing))
    if not MIN_DURATION_SECONDS <= timing.duration_seconds <= MAX_DURATION_SECONDS:
        raise DomainError("答题时长在 1 到 240 分钟之间，请修改。", field="duration_minutes")
    for field_name, window in _fields(timing):
        if window.length < timedelta(seconds=timing.duration_seconds):
            raise DomainError("时间窗比答题时长还短，没有人能答满时间。请延后结束时间或缩短时长。", field=field_name)
    if not 1 <= timing.attempts_allowed <= MAX_ATTEMPTS:
        raise DomainError("每人可以作答 1 到 10 次，请修改。", field="attempts_allowed")
    if timing.attempts_allowed > 1 and timing.release_keys == "at_once":
        raise DomainError(
            "可以多次作答时，答案不能交卷后马上公布，否则第二次就知道答案了。请改为“比赛结束后”或只允许一次作答。",
            field="release_keys",
        )


def check_publishable(timing: Timing, now: datetime) -> None:
    """Raise DomainError when publishing would open a window that is already over."""
    check_timing(timing)
    for field_name, window in _fields(timing):
        if window.closes_at <= now:
            raise DomainError("结束时间已经过去了，请回到第二步改时间。", field=field_name)
        if window.closes_at - now < timedelta(seconds=timing.duration_seconds):
            raise DomainError("离结束已经不够答一场了，请回到第二步延后结束时间。", field=field_name)


def _fields(timing: Timing) -> Iterator[tuple[str, Window]]:
    """Every window and the field that says when it ends."""
    if not timing.windows:
        yield "closes_at", Window(timing.opens_at, timing.closes_at)
    for kind, window in timing.windows.items():
        yield end_field(kind), window


def _last(timing: Timing) -> str:
    return next((name for name, window in _fields(timing) if window.closes_at == timing.closes_at), "closes_at")


def end_field(kind: str) -> str:
    """The name of the field for the end of a group's own window."""
    return f"closes_at_{kind}"


def published_timing(timing: Timing, now: datetime) -> Timing:
    """The window as it will be when published now."""
    if not timing.starts_at_publication:
        return timing
    length = timing.closes_at - timing.opens_at
    return replace(timing, opens_at=now, closes_at=now + length)


def default_timing(template: str, duration_seconds: int, now: datetime) -> Timing:
    """Good defaults: a class quiz starts when it is published and ends 40 minutes later (longer papers get longer);
    a school contest runs a week and the national pattern two, from 08:00 tomorrow to 22:00 (school time)."""
    if template in {"class_quiz", CUSTOM_TEMPLATE}:
        window = max(timedelta(minutes=40), timedelta(seconds=duration_seconds) + timedelta(minutes=10))
        return Timing(now, now + window, duration_seconds, starts_at_publication=True)
    days, attempts = (14, 3) if template == "national_pattern" else (7, 1)
    return Timing(
        opens_at=_local(now, 1, time(8)),
        closes_at=_local(now, days, time(22)),
        duration_seconds=duration_seconds,
        attempts_allowed=attempts,
    )


def _local(now: datetime, days: int, at: time) -> datetime:
    day = now.astimezone(LOCAL_ZONE).date() + timedelta(days=days)
    return datetime.combine(day, at, tzinfo=LOCAL_ZONE)
