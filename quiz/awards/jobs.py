"""Background work of awards: lists are computed, certificates made, old files removed."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from quiz import clock
from quiz.attempts.services import close_due
from quiz.awards.draws import jobs as draw_jobs
from quiz.awards.draws import services as drawing
from quiz.awards.fonts import FontSet, font_set
from quiz.awards.services import batches, drafts

Beat = Callable[[int, int], None]


def _fonts() -> FontSet:
    return font_set(Path(current_app.config["INSTANCE_FOLDER"]))


def compute(session: Session, payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Compute a list."""
    drafts.compute(session, draft_id=payload["draft_id"], letters=_fonts().letters, now=now)


def _considerate(session: Session, beat: Beat) -> Beat:
    """A ``beat`` between two parts that also closes attempts that have fallen due; the session holds no transaction then."""

    def between(done: int, total: int) -> None:
        beat(done, total)
        while close_due(session, now=clock.now()):
            session.commit()
        session.commit()

    return between


def make(session: Session, payload: dict[str, Any], now: datetime, beat: Beat) -> None:
    """Make a batch of certificates."""
    batches.make(session, batch_id=payload["batch_id"], fonts=_fonts(), now=now, beat=_considerate(session, beat))


JOBS = {
    drafts.COMPUTE: compute,
    batches.MAKE: make,
    drawing.DRAW: draw_jobs.compute,
}
