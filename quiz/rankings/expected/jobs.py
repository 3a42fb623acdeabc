"""The first count of every contest, in the worker: a few seconds after its moment, each in a transaction of its own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.rankings.expected import queries, services
from quiz.rankings.services.lease import only_reading


def count_due(session: Session, _payload: dict[str, Any], now: datetime, _beat: Callable[[int, int], None]) -> None:
    """Count whatever is due; a killed worker's count is made anew, of the same moment."""
    session.commit()
    with only_reading():
        due = [one.id for one in queries.due(session, now)]
        session.rollback()
    for contest_id in due:
        services.count_first(session, contest_id=contest_id, now=now)
        session.commit()
