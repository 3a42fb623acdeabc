"""Template filters: times in Chinese school time, durations, scores, per cents."""

from datetime import datetime, timedelta

from flask import Flask
from flask_babel import format_datetime, gettext, ngettext

from quiz.clock import LOCAL_ZONE, now
from quiz.i18n import current_locale


def when(value: datetime | None) -> str:
    """A time of the contest: “6月26日 周五 18:00”, with the year when it is not this year's."""
    if value is None:
        return "—"
    pattern = "M月d日 EEE HH:mm" if current_locale() == "zh" else "EEE d MMM HH:mm"
    if value.astimezone(LOCAL_ZONE).year != now().astimezone(LOCAL_ZONE).year:
        pattern = "y年M月d日 EEE HH:mm" if current_locale() == "zh" else "EEE d MMM y HH:mm"
    return str(format_datetime(value, pattern))


def day(value: datetime | None) -> str:
    """A calendar day: “2026年6月26日”."""
    if value is None:
        return "—"
    return str(format_datetime(value, "y年M月d日" if current_locale() == "zh" else "d MMM y"))


def duration(seconds: int | None) -> str:
    """“30 分钟”, “12 分 05 秒”, “2 小时”, “1 小时 05 分” for a length of time in seconds."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours and not minutes:
        return str(ngettext("%(num)d 小时", "%(num)d 小时", hours))
    if hours:
        return str(gettext("%(hours)d 小时 %(minutes)02d 分", hours=hours, minutes=minutes))
    if rest and not minutes:
        return str(ngettext("%(num)d 秒", "%(num)d 秒", rest))
    if rest:
        return str(gettext("%(minutes)d 分 %(seconds)02d 秒", minutes=minutes, seconds=rest))
    return str(ngettext("%(num)d 分钟", "%(num)d 分钟", minutes))


def until(value: datetime) -> str:
    """“3 天 4 小时” from now to a moment; “0 分钟” when it is past."""
    left = max(value - now(), timedelta(0))
    if left.days and left.seconds < 3600:
        return str(ngettext("%(num)d 天", "%(num)d 天", left.days))
    if left.days:
        return str(gettext("%(days)d 天 %(hours)d 小时", days=left.days, hours=left.seconds // 3600))
    return duration(left.seconds - left.seconds % 60)


def score(hundredths: int | None) -> str:
    """Integer hundredths as people write scores: 8750 → “87.5”, 10000 → “100”."""
    if hundredths is None:
        return "—"
    text = f"{hundredths // 100}.{hundredths % 100:02d}"
    return text.rstrip("0").rstrip(".")


def percent(part: float | int, whole: float | int) -> str:
    """A whole per cent, rounded half up; “—” of nothing."""
    if not whole:
        return "—"
    return (
        f"{int(part * 200 + whole) // int(whole * 2)}%"
        if isinstance(part, int)
        else f"{int(part / whole * 100 + 0.5)}%"
    )


def init_app(app: Flask) -> None:
    """Register the filters."""
    for function in (when, day, duration, until, score):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals["percent"] = percent
