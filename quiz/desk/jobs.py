"""Background work of the desk: the slow counts of command boards, a little every minute."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.desk.command.services import due, survey

Beat = Callable[[int, int], None]


def survey_all(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Count for every contest of a region that is running, each in transactions of its own."""
    for contest_id in due(session, now):
        survey(session, contest_id=contest_id, now=now)
        session.commit()


JOBS = {"every:60:desk.survey": survey_all}
