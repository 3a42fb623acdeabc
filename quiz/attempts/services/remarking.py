"""Mark a sitting again after a key was corrected: read only for a rehearsal, in short batches to apply it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item, ItemKind
from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt
from quiz.attempts.queries import CLOSED
from quiz.attempts.services.changes import results_changed
from quiz.attempts.services.closing import tally
from quiz.audit.services import record
from quiz.errors import DomainError

BATCH = 100  # attempts marked again in one transaction; on SQLite it holds the only writer meanwhile


@dataclass(frozen=True)
class ScoreChange:
    """One attempt's score before and after, in hundredths."""

    attempt_id: int
    before: int | None
    after: int


@dataclass(frozen=True)
class RemarkReport:
    """What marking again changes. ``is_applied`` is False for a rehearsal."""

    sitting_id: int
    corrected_papers: int
    changes: tuple[ScoreChange, ...]
    is_applied: bool


@dataclass(frozen=True)
class Batch:
    """Some attempts of a sitting in order of id. ``last_id`` is where to go on, None when there are no more."""

    looked_at: int
    corrected_papers: int
    changes: tuple[ScoreChange, ...]
    last_id: int | None


def remark_sitting(
    session: Session,
    *,
    sitting_id: int,
    now: datetime,
    actor_id: int | None = None,
    corrections: Mapping[str, int] | None = None,
    is_rehearsal: bool = False,
) -> RemarkReport:
    """Recompute every closed attempt of a sitting from its answer log, in the caller's transaction.

    ``corrections`` maps an item id to the version whose key is right: papers then refer to that version, which
    must offer the same choices. A rehearsal reports and writes nothing. Raises DomainError for a version that would
    make the stored answers mean something else.
    """
    with session.begin_nested() as savepoint:
        batches = list(_batches(session, sitting_id, corrections or {}, now, is_rehearsal=is_rehearsal))
        if is_rehearsal:
            savepoint.rollback()
    report = RemarkReport(
        sitting_id=sitting_id,
        corrected_papers=sum(batch.corrected_papers for batch in batches),
        changes=tuple(change for batch in batches for change in batch.changes),
        is_applied=not is_rehearsal,
    )
    if is_rehearsal:
        return report
    record(
        session, "staff:sitting:remark", now=now, actor_id=actor_id, object_type="sitting", object_id=sitting_id,
        corrections=dict(corrections or {}), corrected_papers=report.corrected_papers,
        changes=[[change.attempt_id, change.before, change.after] for change in report.changes],
    )  # fmt: skip
    session.expire_all()  # objects loaded before would show the old scores
    tally(session, sitting_id, now=now)
    return report


def _batches(
    session: Session, sitting_id: int, corrections: Mapping[str, int], now: datetime, *, is_rehearsal: bool
) -> Iterator[Batch]:  # fmt: skip
    after: int | None = 0
    while after is not None:
        batch = remark_batch(
            session, sitting_id=sitting_id, corrections=corrections, after=after, now=now, is_rehearsal=is_rehearsal
        )
        yield batch
        after = batch.last_id


def remark_batch(
    session: Session, *, sitting_id: int, corrections: Mapping[str, int], after: int, now: datetime, limit: int = BATCH,
    is_rehearsal: bool = False, holding: str | None = None,
) -> Batch:  # fmt: skip
    """Mark the next attempts again, those with ids above ``after``; the caller commits and goes on at ``last_id``.

    Repeated, it finds nothing to change. Attempts reduced to their score stay as they are. ``holding`` looks only at papers with this item. Papers of open attempts are
    corrected too, so that they will be marked by the right key; each attempt is locked, so no closing slips between.
    """
    query = sa.select(
        Attempt.id, Attempt.status, Attempt.paper, Attempt.score, Attempt.marks, Attempt.rules_version
    ).where(Attempt.sitting_id == sitting_id, Attempt.id > after, Attempt.reduced_at.is_(None))  # fmt: skip
    if holding is not None:
        query = query.where(sa.cast(Attempt.paper, sa.Text).contains(f'"{holding}"', autoescape=True))
    if not is_rehearsal:
        query = query.with_for_update(key_share=True)
    rows = session.execute(query.order_by(Attempt.id).limit(limit)).all()
    answers = queries.answers_of_many(session, [row.id for row in rows if row.status in CLOSED])
    found = [_remarked(session, row, answers.get(row.id, {}), corrections) for row in rows]
    changes = tuple(change for _, change, _ in found if change is not None)
    if not is_rehearsal:
        _write(session, [values for _, _, values in found if len(values) > 1])
        results_changed(session, [change.attempt_id for change in changes], now=now)
    return Batch(
        looked_at=len(rows),
        corrected_papers=sum(is_corrected for is_corrected, _, _ in found),
        changes=changes,
        last_id=rows[-1].id if len(rows) == limit else None,
    )


def _remarked(
    session: Session, row: Any, answers: Mapping[int, Sequence[str]], corrections: Mapping[str, int]
) -> tuple[bool, ScoreChange | None, dict[str, Any]]:
    """Whether the paper is corrected, how the score or marks change, and the columns to write (the id among them)."""
    values: dict[str, Any] = {"id": row.id}
    paper = [_corrected(session, entry, corrections) for entry in row.paper]
    if paper != row.paper:
        values["paper"] = paper
    change = None
    if row.status in CLOSED:
        score, marks = rules.mark_paper(paper, answers, queries.paper_items(session, paper), row.rules_version)
        if (score, marks) != (row.score, row.marks):
            values |= {"score": score, "marks": marks}
            change = ScoreChange(row.id, row.score, score)
    return "paper" in values, change, values


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    for values in rows:
        attempt_id = values.pop("id")
        statement = sa.update(Attempt).where(Attempt.id == attempt_id).values(**values)
        session.execute(statement.execution_options(synchronize_session=False))


def _corrected(session: Session, entry: dict[str, Any], corrections: Mapping[str, int]) -> dict[str, Any]:
    version = corrections.get(entry["item_id"])
    if version is None or version == entry["version"]:
        return entry
    new = {**entry, "version": version}
    old_item, new_item = queries.item_at(session, entry), queries.item_at(session, new)
    if _shape(old_item) != _shape(new_item):
        raise DomainError("第 %(version)s 版的题型或选项变了，不能用它重新判分。", version=version)
    return new


def _shape(item: Item) -> tuple[object, ...]:
    """What stored answers refer to: kind, ids of choices and targets, number of blanks."""
    blanks = len(item.answer_key) if item.kind is ItemKind.BLANK else 0
    return item.kind, set(item.choice_ids), set(item.target_ids), blanks
