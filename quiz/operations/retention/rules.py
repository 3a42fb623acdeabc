"""What is kept for how long, pure: kinds with a default, the least and the most, and the moment before which rows go.

The reasons for the bounds are in labels.py, where people read them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from quiz.clock import LOCAL_ZONE
from quiz.errors import DomainError


class Kind(StrEnum):
    """What is erased; the value is stored."""

    SESSIONS = "sessions"
    THROTTLES = "throttles"
    DEVICE_MARKS = "device_marks"
    SIGNALS = "signals"
    ANSWERS = "answers"
    ACCOUNTS = "accounts"
    CONSENTS = "consents"
    ROSTER_IMPORTS = "roster_imports"
    ITEM_IMPORTS = "item_imports"
    EXPORTS = "exports"
    JOBS = "jobs"


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True)
class Term:
    """The default, the least and the most that can be set, and whether it is applied daily unless somebody says otherwise.

    Off by default is what takes away what people may still want to look at; on is what was always swept, and the marks of
    devices, because pupils are told before they start that these go.
    """

    unit: Unit
    usual: int
    least: int
    most: int
    is_automatic: bool = False


TERMS: dict[Kind, Term] = {
    Kind.SESSIONS: Term(Unit.DAYS, 180, 7, 400, True),
    Kind.THROTTLES: Term(Unit.HOURS, 1, 1, 72, True),
    Kind.DEVICE_MARKS: Term(Unit.DAYS, 30, 14, 180, True),
    Kind.SIGNALS: Term(Unit.DAYS, 180, 30, 730),
    Kind.ANSWERS: Term(Unit.MONTHS, 12, 6, 60),
    Kind.ACCOUNTS: Term(Unit.MONTHS, 12, 3, 60),
    Kind.CONSENTS: Term(Unit.MONTHS, 36, 36, 120),
    Kind.ROSTER_IMPORTS: Term(Unit.DAYS, 7, 1, 30, True),
    Kind.ITEM_IMPORTS: Term(Unit.DAYS, 7, 1, 90, True),
    Kind.EXPORTS: Term(Unit.DAYS, 30, 1, 180, True),
    Kind.JOBS: Term(Unit.DAYS, 7, 1, 90, True),
}
#: Swept every hour and silently: they hold network addresses, and a daily line in the log would say nothing.
HOURLY = frozenset({Kind.THROTTLES})


def before(kind: Kind, amount: int, now: datetime) -> datetime:
    """The moment before which rows of a kind are too old. A month is a calendar month of the school's clock."""
    unit = TERMS[kind].unit
    if unit is Unit.HOURS:
        return now - timedelta(hours=amount)
    if unit is Unit.DAYS:
        return now - timedelta(days=amount)
    local = now.astimezone(LOCAL_ZONE)
    years, month = divmod(local.year * 12 + local.month - 1 - amount, 12)
    day = min(local.day, _days_of(years, month + 1))
    return local.replace(year=years, month=month + 1, day=day).astimezone(now.tzinfo)


def _days_of(year: int, month: int) -> int:
    first = datetime(year, month, 1, tzinfo=LOCAL_ZONE)
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=LOCAL_ZONE)
    return (after - first).days


def check(kind: Kind, amount: int) -> None:
    """Raise DomainError for a length outside the bounds."""
    term = TERMS[kind]
    if not term.least <= amount <= term.most:
        raise DomainError("填 %(least)s 到 %(most)s 之间的数。", field="amount", least=term.least, most=term.most)
