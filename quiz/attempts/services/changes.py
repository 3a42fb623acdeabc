"""Tell the standings which results have changed: a row beside the change, in its transaction."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt, ResultChange
from quiz.db import in_batches

MOST_IDS = 500  # of one statement


def results_changed(session: Session, attempt_ids: Sequence[int], *, now: datetime) -> None:
    """Note that these attempts were closed, marked again or voided. Call it in the transaction that did so."""
    for some in in_batches(attempt_ids, MOST_IDS):
        moment, unfolded = sa.literal(now, ResultChange.changed_at.type), sa.false()
        rows = sa.select(Attempt.sitting_id, Attempt.user_id, moment, unfolded).where(Attempt.id.in_(some))
        names = ["sitting_id", "user_id", "changed_at", "is_folded"]
        session.execute(sa.insert(ResultChange).from_select(names, rows))
