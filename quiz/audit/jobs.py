"""The log is proved once a day, and when an administrator asks: piece by piece, since the worker has duties every second."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quiz.audit import services
from quiz.audit.queries import JOB
from quiz.audit.services import NOTHING_YET, Proof
from quiz.jobs.services import enqueue

PIECE = 5000  # entries
PAUSE = timedelta(seconds=1)


def verify(session: Session, payload: dict[str, Any], now: datetime, _beat: Any) -> None:
    """Prove the next piece; what was found in the end is on the page of the log."""
    begun = Proof(**payload["begun"]) if payload else NOTHING_YET
    further = services.verify_piece(session, begun=begun, most=PIECE, now=now)
    if further is not None:
        enqueue(session, JOB, now=now, payload={"begun": asdict(further)}, run_at=now + PAUSE)


def ask(session: Session, _payload: dict[str, Any], now: datetime, _beat: Any) -> None:
    """Begin a proof, unless one waits to begin."""
    enqueue(session, JOB, now=now, key=JOB)


JOBS = {JOB: verify, "every:86400:audit.ask": ask}
