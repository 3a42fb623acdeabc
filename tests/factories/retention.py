"""Erase what is too old at a moment, as the worker would."""

from datetime import datetime

from sqlalchemy.orm import Session

from quiz.operations.retention import queries
from quiz.operations.retention.erasing import ERASERS
from quiz.operations.retention.rules import Kind


def erase_due(session: Session, kind: Kind, now: datetime) -> int:
    """One batch of a kind by its setting; how many rows."""
    until = queries.setting_of(session, kind).before(now)
    ids = queries.batch_of(session, kind, until, 1000)
    ERASERS[kind](session, ids, until, now)
    return len(ids)
