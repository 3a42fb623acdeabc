"""Mark a sitting again after a key was corrected, with a report of what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item, ItemKind
from quiz.attempts import queries
from quiz.attempts.models import Attempt
from quiz.attempts.services.changes import results_changed
from quiz.attempts.services.closing import tally
from quiz.audit.services import record
from quiz.errors import DomainError


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


def remark_sitting(
    session: Session,
    *,
    sitting_id: int,
    now: datetime,
    actor_id: int | None = None,
    corrections: Mapping[str, int] | None = None,
    is_rehearsal: bool = False,
) -> RemarkReport:
    """Recompute every closed attempt of a sitting from its answer log.

    ``corrections`` maps an item id to the version whose key is right: papers then refer to that version, which
    must offer the same choices. A rehearsal reports and leaves everything as it was. Raises DomainError for a
    version that would make the stored answers mean something else.
    """
    savepoint = session.begin_nested()
    corrected = _correct_papers(session, sitting_id, corrections or {})
    found = list(queries.differences(session, sitting_id))
    report = RemarkReport(
        sitting_id=sitting_id,
        corrected_papers=corrected,
        changes=tuple(ScoreChange(d.attempt_id, d.stored, d.recomputed) for d in found),
        is_applied=not is_rehearsal,
    )
    if is_rehearsal:
        savepoint.rollback()
        return report
    for difference in found:
        session.execute(
            sa.update(Attempt)
            .where(Attempt.id == difference.attempt_id)
            .values(score=difference.recomputed, marks=difference.marks)
            .execution_options(synchronize_session=False)
        )
    savepoint.commit()
    record(
        session, "staff:sitting:remark", now=now, actor_id=actor_id, object_type="sitting", object_id=sitting_id,
        corrections=dict(corrections or {}), corrected_papers=corrected,
        changes=[[change.attempt_id, change.before, change.after] for change in report.changes],
    )  # fmt: skip
    session.expire_all()  # objects loaded before would show the old scores
    results_changed(session, [difference.attempt_id for difference in found], now=now)
    tally(session, sitting_id, now=now)
    return report


def _correct_papers(session: Session, sitting_id: int, corrections: Mapping[str, int]) -> int:
    """Point papers to the corrected versions; returns how many papers changed."""
    if not corrections:
        return 0
    query = sa.select(Attempt.id, Attempt.paper).where(Attempt.sitting_id == sitting_id).order_by(Attempt.id)
    count = 0
    for row in session.execute(query).all():
        paper = [_corrected(session, entry, corrections) for entry in row.paper]
        if paper == row.paper:
            continue
        session.execute(
            sa.update(Attempt)
            .where(Attempt.id == row.id)
            .values(paper=paper)
            .execution_options(synchronize_session=False)
        )
        count += 1
    return count


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
