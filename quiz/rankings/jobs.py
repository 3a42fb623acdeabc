"""The tally: standings follow the attempts a moment later."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import ContestGroup
from quiz.rankings.expected.jobs import count_due
from quiz.rankings.services import fold, freezing, rebuild
from quiz.rankings.services.folding import MOST_CHANGES, contests_waiting

Beat = Callable[[int, int], None]
STALE = timedelta(minutes=1)


def tally(session: Session, payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Fold what has changed in the contest of a sitting."""
    sitting_id = payload["sitting_id"]
    contest_id = session.scalar(sa.select(ContestGroup.contest_id).where(ContestGroup.sitting_id == sitting_id))
    if contest_id is not None:  # a sitting outside contests has no standings
        _fold_all(session, contest_id, now)


def sweep(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Fold whatever waits, however many other jobs do: standings are never older than this duty's period and its work."""
    for contest_id in contests_waiting(session, now, STALE):
        _fold_all(session, contest_id, now)


def _fold_all(session: Session, contest_id: int, now: datetime) -> None:
    """Fold slice by slice, each committed: every slice leaves the standings whole, and others write in between.

    What comes after the last slice was read is for the next period: in a burst something always comes, and folding it at
    once, a few results at a time, would take half a core from those who hand in.
    """
    while True:
        session.commit()
        folded = fold(session, contest_id=contest_id, now=now)
        session.commit()
        if folded.needs_rebuild:
            rebuild(session, contest_id=contest_id, now=now)
            return
        if folded.changes < MOST_CHANGES:
            return


def freeze(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Store the standings of freezes that have begun: until then nobody but the managers sees any."""
    freezing.store_due(session, now=now)


JOBS = {
    "rankings.tally": tally,
    "every:1:rankings.fold": sweep,
    "every:1:rankings.freeze": freeze,
    "every:5:rankings.count_expected": count_due,
}
