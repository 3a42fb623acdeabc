"""The tally: standings follow the attempts a moment later."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import ContestGroup
from quiz.jobs.services import enqueue
from quiz.rankings.models import ContestTally
from quiz.rankings.queries import stored_rows
from quiz.rankings.rules import next_tally_at
from quiz.rankings.services import rebuild

Beat = Callable[[int, int], None]


def tally(session: Session, payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Rebuild the contest of a sitting; a large contest that was tallied a moment ago waits its turn."""
    sitting_id = payload["sitting_id"]
    contest_id = session.scalar(sa.select(ContestGroup.contest_id).where(ContestGroup.sitting_id == sitting_id))
    if contest_id is None:  # a sitting outside contests has no standings
        return
    last = session.get(ContestTally, contest_id)
    due = now if last is None else next_tally_at(last.tallied_at, stored_rows(session, last))
    if due > now:
        enqueue(session, "rankings.tally", now=now, payload=payload, key=f"tally:{sitting_id}", run_at=due)
        return
    rebuild(session, contest_id=contest_id, now=now)


JOBS = {"rankings.tally": tally}
