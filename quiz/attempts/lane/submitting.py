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
_change = cast(sa.Table, ResultChange.__table__)
_job = cast(sa.Table, Job.__table__)
_now = sa.bindparam("now", type_=_change.c.changed_at.type)
_closing = (
    sa.update(_attempt)
    .where(_attempt.c.id == sa.bindparam("attempt_id"), _attempt.c.status == AttemptStatus.IN_PROGRESS)
    .values(
        status=sa.literal_column("'submitted'"), closed_at=_now,
        **{name: sa.bindparam(f"new_{name}") for name in ("elapsed_seconds", "score", "marks")},
    )
    .returning(_attempt.c.id)
)  # fmt: skip
_note = {
    _change.c.sitting_id: sa.bindparam("sitting_id", type_=sa.Integer),
    _change.c.user_id: sa.bindparam("owner_id", type_=sa.Integer),
    _change.c.changed_at: _now,
    _change.c.is_folded: sa.false(),
}
_queue = {
    _job.c.name: sa.literal_column("'practice.collect_mistakes'"),
    _job.c.state: sa.literal_column(f"'{JobState.QUEUED}'"),
    _job.c.payload: sa.bindparam("job_payload", type_=sa.JSON),
    _job.c.run_at: sa.bindparam("job_run_at", type_=_job.c.run_at.type),
    _job.c.created_at: _now,
    **{column: sa.literal_column("0") for column in (_job.c.tries, _job.c.progress_done, _job.c.progress_total)},
}


def _insert(row: dict[Any, Any], of: sa.FromClause | None = None) -> Any:
    """One row, or one for each row of ``of``."""
    table, values = next(iter(row)).table, sa.select(*row.values())
    statement = sa.insert(table).from_select(
        [column.name for column in row], values if of is None else values.select_from(of)
    )
    return statement.returning(table.c.id) if of is None else statement


_CLOSE, _NOTE, _QUEUE = Statement(_closing), Statement(_insert(_note)), Statement(_insert(_queue))


def _all_in_one(*rows: dict[Any, Any]) -> Statement:
    """PostgreSQL: close, and write these rows if it was closed, in one journey to the server."""
    closed = _closing.cte("closed")
    statement = sa.select(closed.c.id)
    for number, row in enumerate(rows):
        statement = statement.add_cte(_insert(row, closed).cte(f"written_{number}"))
    return Statement(by_dialect={"postgresql": statement})


_CLOSE_AND_NOTE, _CLOSE_NOTE_AND_QUEUE = _all_in_one(_note), _all_in_one(_note, _queue)


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
    values = {
        "attempt_id": attempt_id, "sitting_id": sitting_id, "owner_id": asked.signed_in.user_id, "now": asked.now,
        "new_score": score, "new_marks": marks,
        "new_elapsed_seconds": rules.elapsed_seconds(moment(started_at), asked.now, duration + extra),
    }  # fmt: skip
    if not _write(asked, values, _job_of(asked, attempt_id, policy, grace)):
        raise _NotPlainError


def _write(asked: Asked, values: dict[str, Any], job: dict[str, Any] | None) -> bool:
    """Close, note the change for the tally, and queue what comes later; whether the attempt was open."""
    direct = asked.direct
    if not direct.is_sqlite:
        return direct.first(_CLOSE_AND_NOTE if job is None else _CLOSE_NOTE_AND_QUEUE, values | (job or {})) is not None
    if direct.first(_CLOSE, values) is None:
        return False
    direct.rows(_NOTE, values)
    if job is not None:
        direct.rows(_QUEUE, values | job)
    return True


def _marked(asked: Asked, attempt_id: int, paper: list[dict[str, Any]], version: int) -> tuple[int, Any]:
    """Score and marks of what the log holds, read after the attempt's row was held."""
    items = {}
    for entry in paper:
        item = catalogue.known(entry["item_id"], entry["version"])
        if item is None:
            raise _NotPlainError
        items[entry["position"]] = item
    return rules.mark_paper(paper, read_log(asked, attempt_id).answers, items, version)


def _job_of(asked: Asked, attempt_id: int, policy: list[Any], grace: int) -> dict[str, Any] | None:
    """Asks for the mistakes once their keys are visible, as services.closing.announce does; None when they never are."""
    release_keys, keys_released_at, closes_at = policy
    sitting: Any = SimpleNamespace(
        release_keys=release_keys, keys_released_at=keys_released_at and moment(keys_released_at),
        closes_at=moment(closes_at), grace_seconds=grace,
    )  # fmt: skip
    attempt: Any = SimpleNamespace(status="submitted", closed_at=asked.now)
    since: datetime | None = rules.keys_visible_from(sitting, attempt, None)
    if since is None:
        return None
    return {"job_payload": {"attempt_id": attempt_id}, "job_run_at": max(since, asked.now)}
