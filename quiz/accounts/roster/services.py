"""Upload, preview, confirm and discard a roster import."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.controls import one_line
from quiz.accounts.publication.services import take_roster
from quiz.accounts.roster.apply import apply_plan
from quiz.accounts.roster.columns import Problem, RosterFile, RosterRow, read_roster
from quiz.accounts.roster.models import ImportStatus, RosterImport
from quiz.accounts.roster.queries import PERMISSION, get_import, known_school, own_classes
from quiz.accounts.roster.rules import Entry, EntryKind, counts, digest, make_plan
from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.errors import ConflictError, DomainError
from quiz.jobs.services import enqueue
from quiz.regions.models import School
from quiz.regions.tables import check_upload

Progress = Callable[[int, int], None]


class Outcome(StrEnum):
    """What confirming did: written now, written before, or not at all because the school has changed meanwhile."""

    DONE = "done"
    ALREADY = "already"
    CHANGED = "changed"


def start_import(
    session: Session, *, actor: Actor, school: School, filename: str, data: bytes, now: datetime
) -> RosterImport:
    """Keep an upload and queue its preview. Raises DomainError on ``file`` when it cannot be a table at all."""
    check_upload(data, filename)
    row = RosterImport(
        school_id=school.id, created_by=actor.user_id, filename=one_line(filename)[-120:], status=ImportStatus.QUEUED,
        class_ids=own_classes(session, school.id, actor.scope(PERMISSION)), created_at=now, file_data=data, summary={},
    )  # fmt: skip
    session.add(row)
    session.flush()
    job = enqueue(session, "accounts.preview_roster", now=now, payload={"import_id": row.id})
    row.job_id = job.id if job else None
    session.flush()
    return row


def preview(session: Session, *, import_id: int, now: datetime, progress: Progress) -> None:
    """Read an upload and make its plan. Ends its transaction while it computes, so that progress can be written."""
    row = session.get(RosterImport, import_id)
    if row is None or row.status != ImportStatus.QUEUED or row.file_data is None:
        return
    data, filename = row.file_data, row.filename
    session.commit()
    try:
        file = read_roster(data, filename, lambda done, total: progress(done // 2, total))
    except DomainError as error:
        if not _still_wanted(session, row):
            return
        row.status, row.file_data, row.finished_at = ImportStatus.REFUSED, None, now
        row.summary = {"message": error.message, "params": error.params}
        return
    known = known_school(session, row.school, row.class_ids)
    session.commit()
    half = len(file.rows) // 2
    entries = make_plan(file.rows, known, at=now, progress=lambda done: progress(half + done // 2, len(file.rows)))
    if not _still_wanted(session, row):
        return
    row.rows = [_row_json(one) for one in file.rows]
    row.file_data = None  # it may hold identity and telephone numbers
    row.summary = _file_summary(file)
    _keep_plan(row, entries)
    row.status = ImportStatus.READY


def _still_wanted(session: Session, row: RosterImport) -> bool:
    """Whether nobody has discarded the import while it was read; from here on nobody can until the commit."""
    session.refresh(row, ["status"], with_for_update=True)
    return row.status == ImportStatus.QUEUED


def confirm(
    session: Session, *, actor: Actor, public_id: str, plan_digest: str, remove_missing: bool, now: datetime
) -> Outcome:
    """Write the plan that the actor has seen, once.

    Raises DomainError while rows are wrong, ConflictError when the import was refused or discarded,
    NotFoundError for somebody else's import.
    """
    row = get_import(session, public_id, actor, whole=True)
    if not _take(session, row, now):
        return _why_not(row)
    school = session.scalar(sa.select(School).where(School.id == row.school_id).with_for_update())
    class_ids = own_classes(session, row.school_id, actor.scope(PERMISSION))
    rows = [_row_from_json(one) for one in row.rows or ()]
    entries = make_plan(rows, known_school(session, school or row.school, class_ids), at=now)
    if digest([entry.as_json() for entry in entries]) != plan_digest:
        row.class_ids, row.status, row.finished_at = class_ids, ImportStatus.READY, None
        _keep_plan(row, entries)
        return Outcome.CHANGED
    if any(entry.kind == EntryKind.WRONG for entry in entries):
        raise DomainError("还有写错的行，一行都没有导入。请在表格里改好后重新上传。")
    written = apply_plan(session, school_id=row.school_id, entries=entries, remove_missing=remove_missing, now=now)
    says = {entry.user_id: entry.consent == "yes" for entry in entries if entry.user_id and entry.consent}
    written["consents"] = take_roster(session, actor=actor, says=says, now=now)
    row.summary = {**row.summary, "written": written}
    row.rows = row.plan = None
    record(
        session, "roster:import:confirm", now=now, actor_id=actor.user_id, object_type="school",
        object_id=row.school_id, **{key: value for key, value in written.items() if isinstance(value, int)},
    )  # fmt: skip
    return Outcome.DONE


def discard(session: Session, *, actor: Actor, public_id: str, now: datetime) -> None:
    """Give an import up; what it held of pupils is dropped. Raises NotFoundError, ConflictError when confirmed."""
    row = get_import(session, public_id, actor)
    result = session.execute(
        sa.update(RosterImport)
        .where(RosterImport.id == row.id, RosterImport.status != ImportStatus.CONFIRMED)
        .values(status=ImportStatus.DISCARDED, finished_at=now, rows=None, plan=None, file_data=None)
        .execution_options(synchronize_session=False)
    )
    if not result.rowcount:  # type: ignore[attr-defined]
        raise ConflictError("这次导入已经确认，不能再放弃。")


def _take(session: Session, row: RosterImport, now: datetime) -> bool:
    """Claim the import; of two confirmations at once the second waits here and then finds it taken."""
    result = session.execute(
        sa.update(RosterImport)
        .where(RosterImport.id == row.id, RosterImport.status == ImportStatus.READY)
        .values(status=ImportStatus.CONFIRMED, finished_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row, ["status", "finished_at"])
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _why_not(row: RosterImport) -> Outcome:
    if row.status == ImportStatus.CONFIRMED:
        return Outcome.ALREADY
    raise ConflictError("这次导入还没有准备好，或者已经放弃。请重新上传名册。")


def _keep_plan(row: RosterImport, entries: list[Entry]) -> None:
    row.plan = [entry.as_json() for entry in entries]
    row.plan_digest = digest(row.plan)
    row.summary = {**row.summary, "counts": counts(entries)}


def _file_summary(file: RosterFile) -> dict[str, Any]:
    return {
        "labels": file.labels, "ignored": list(file.ignored), "personal": list(file.personal),
        "encoding": file.encoding, "heading_line": file.heading_line, "rows": len(file.rows),
    }  # fmt: skip


def _row_json(row: RosterRow) -> dict[str, Any]:
    return asdict(row) if row.problems or row.warnings else {**vars(row), "problems": [], "warnings": []}


def _row_from_json(values: dict[str, Any]) -> RosterRow:
    marks = {key: tuple(Problem(**one) for one in values[key]) for key in ("problems", "warnings")}
    return RosterRow(**{**values, **marks})
