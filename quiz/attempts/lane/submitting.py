"""Handing in an open paper in time: held, marked from its log, closed, in one short transaction.

An attempt that is closed already or past its time is the view's; so is a process that has not read all the items.
"""

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa

from quiz.attempts import rules
from quiz.attempts.lane.page import read_log
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange, Sitting
from quiz.attempts.services.answers import ALIVE
from quiz.direct import Statement, moment, plain
from quiz.items import catalogue
from quiz.jobs.models import Job, JobState
from quiz.web.lane import Asked, Reply

_HOLD = Statement(
    sa.select(
        Attempt.id, Attempt.sitting_id, Attempt.paper, Attempt.rules_version, Attempt.extra_seconds,
        Attempt.started_at, Attempt.deadline_at, Sitting.duration_seconds, Sitting.grace_seconds, Sitting.release_keys,
        Sitting.keys_released_at, Sitting.closes_at,
    )
    .join(Sitting, Sitting.id == Attempt.sitting_id)
    .where(
        Attempt.public_id == sa.bindparam("public_id"),
        Attempt.user_id == sa.bindparam("owner_id"),
        Attempt.status == AttemptStatus.IN_PROGRESS,
        ALIVE,
    )
    .with_for_update(of=Attempt, key_share=True)
)  # fmt: skip
_attempt = cast(sa.Table, Attempt.__table__)
_CLOSE = Statement(
    sa.update(_attempt)
    .where(_attempt.c.id == sa.bindparam("attempt_id"), _attempt.c.status == AttemptStatus.IN_PROGRESS)
    .values(
        status=sa.literal_column("'submitted'"),
        **{name: sa.bindparam(f"new_{name}") for name in ("closed_at", "elapsed_seconds", "score", "marks")},
    )
    .returning(_attempt.c.id)
)
_job = cast(sa.Table, Job.__table__)
_QUEUE = Statement(
    sa.insert(_job)
    .values(
        name=sa.bindparam("job_name"), payload=sa.bindparam("job_payload"), run_at=sa.bindparam("job_run_at"),
        created_at=sa.bindparam("now"), state=JobState.QUEUED, tries=0, progress_done=0, progress_total=0,
    )
    .returning(_job.c.id)
)  # fmt: skip


_change = cast(sa.Table, ResultChange.__table__)
_CHANGE = Statement(
    sa.insert(_change)
    .values(
        sitting_id=sa.bindparam("sitting_id"), user_id=sa.bindparam("owner_id"), changed_at=sa.bindparam("now"),
        is_folded=sa.false(),
    )
    .returning(_change.c.id)
)  # fmt: skip


class _NotPlainError(Exception):
    """Let go of everything: the view decides."""


def submit(asked: Asked) -> Reply | None:
    """Close and mark; repeated, it is the view's, which says the same."""
    try:
        with asked.direct.transaction():
            _close(asked)
    except _NotPlainError:
        return None
    result = f"/attempts/{asked.match[1]}/result"
    if asked.is_json:
        return Reply(json.dumps({"result": result}, separators=(",", ":")) + "\n")
    return Reply("", "text/html; charset=utf-8", "303 See Other", [("Location", result)])


def _close(asked: Asked) -> None:
    keys = {
        "public_id": asked.match[1], "owner_id": asked.signed_in.user_id,
        "login_session_id": asked.signed_in.session_id, "now": asked.now,
    }  # fmt: skip
    row = asked.direct.first(_HOLD, keys)
    if row is None:
        raise _NotPlainError
    attempt_id, sitting_id, paper, version, extra, started_at, deadline_at, duration, grace, *policy = row
    if rules.is_late(moment(deadline_at), grace, asked.now):
        raise _NotPlainError
    score, marks = _marked(asked, attempt_id, plain(paper), version)
    closed = {
        "attempt_id": attempt_id, "new_closed_at": asked.now, "new_score": score, "new_marks": marks,
        "new_elapsed_seconds": rules.elapsed_seconds(moment(started_at), asked.now, duration + extra),
    }  # fmt: skip
    if asked.direct.first(_CLOSE, closed) is None:
        raise _NotPlainError
    owner = asked.signed_in.user_id
    asked.direct.rows(_CHANGE, {"sitting_id": sitting_id, "owner_id": owner, "now": asked.now})
    _announce(asked, attempt_id, policy, grace)


def _marked(asked: Asked, attempt_id: int, paper: list[dict[str, Any]], version: int) -> tuple[int, Any]:
    """Score and marks of what the log holds, read after the attempt's row was held."""
    items = {}
    for entry in paper:
        item = catalogue.known(entry["item_id"], entry["version"])
        if item is None:
            raise _NotPlainError
        items[entry["position"]] = item
    return rules.mark_paper(paper, read_log(asked, attempt_id).answers, items, version)


def _announce(asked: Asked, attempt_id: int, policy: list[Any], grace: int) -> None:
    """Ask for the mistakes once their keys are visible, as services.closing.announce does."""
    release_keys, keys_released_at, closes_at = policy
    sitting: Any = SimpleNamespace(
        release_keys=release_keys, keys_released_at=keys_released_at and moment(keys_released_at),
        closes_at=moment(closes_at), grace_seconds=grace,
    )  # fmt: skip
    attempt: Any = SimpleNamespace(status="submitted", closed_at=asked.now)
    since: datetime | None = rules.keys_visible_from(sitting, attempt, None)
    if since is not None:
        job = {
            "job_name": "practice.collect_mistakes", "job_payload": {"attempt_id": attempt_id},
            "job_run_at": max(since, asked.now), "now": asked.now,
        }  # fmt: skip
        asked.direct.rows(_QUEUE, job)
