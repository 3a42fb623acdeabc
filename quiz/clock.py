"""The one source of "now". Services take ``now`` as an argument; only views, jobs and CLI call this."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")  # all of China keeps one legal time


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)
