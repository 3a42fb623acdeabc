"""Background work of practice: a contest's mistakes reach the notebook when their keys may be seen."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt
from quiz.attempts.queries import current_answers, keys_visible, keys_visible_from
from quiz.jobs.services import enqueue
from quiz.jobs.worker import Beat
from quiz.practice import services
from quiz.practice.rules import Outcome, outcome_of


def collect_mistakes(session: Session, payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Put the wrong answers of a closed attempt into its pupil's notebook; items left blank stay out.

    Waits for the sitting's release of keys: when that lies ahead the job comes back then, and where staff release by
    hand, the release enqueues it. Repeating it changes nothing.
    """
    attempt = session.get(Attempt, payload["attempt_id"])
    if attempt is None or attempt.closed_at is None:
        return
    if not keys_visible(session, attempt, now):
        later = keys_visible_from(session, attempt, now)
        if later is not None:
            key = f"mistakes:{attempt.id}"
            enqueue(session, "practice.collect_mistakes", now=now, payload=payload, key=key, run_at=later)
        return
    answered = current_answers(session, attempt.id)
    items = {entry["position"]: entry["item_id"] for entry in attempt.paper}
    for mark in attempt.marks or ():
        wrong = outcome_of(mark["awarded"], mark["points"]) is Outcome.WRONG
        if wrong and mark["position"] in answered:
            services.collect(
                session, user_id=attempt.user_id, item_id=items[mark["position"]], at=attempt.closed_at, now=now
            )


JOBS = {"practice.collect_mistakes": collect_mistakes}
