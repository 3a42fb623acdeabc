"""Upload, dry run, confirm and discard an import of questions. Confirming writes drafts, all of them or none."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.controls import one_line
from question_bank.formats.base import MAX_BYTES, ReadResult
from question_bank.model import Item as BankItem
from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.errors import ConflictError, DomainError
from quiz.items import catalogue
from quiz.items.editing.services import create_draft
from quiz.items.importing.models import ItemImport, ItemImportStatus
from quiz.items.importing.queries import get_import
from quiz.items.importing.reading import SAME_LIKENESS, Defaults, examine, problem_dict, read_upload
from quiz.jobs.services import enqueue

MOST_PROBLEMS = 500  # shown of one file; the count is always whole
Progress = Callable[[int, int], None]


def start_import(
    session: Session, *, actor: Actor, filename: str, data: bytes, code: str, defaults: Defaults, now: datetime
) -> ItemImport:
    """Keep an upload and queue its dry run. Raises DomainError on ``file`` for an empty or too large one."""
    if not data.strip():
        raise DomainError("文件是空的。请检查后重新选择。", field="file")
    if len(data) > MAX_BYTES:
        raise DomainError("文件超过 10 MB。请拆成几个文件，或去掉图片后再试。", field="file")
    row = ItemImport(
        created_by=actor.user_id, filename=one_line(filename)[-120:], format=code, created_at=now, file_data=data,
        summary={"defaults": asdict(defaults)},
    )  # fmt: skip
    session.add(row)
    session.flush()
    job = enqueue(session, "items.preview_import", now=now, payload={"import_id": row.id})
    row.job_id = job.id if job else None
    session.flush()
    return row


def preview(session: Session, *, import_id: int, now: datetime, progress: Progress) -> None:
    """Read an upload and compare it with the bank. Its transaction ends while it computes, so that progress shows."""
    row = session.get(ItemImport, import_id)
    if row is None or row.status != ItemImportStatus.QUEUED or row.file_data is None:
        return
    data, filename, code = row.file_data, row.filename, row.format
    defaults = Defaults(**{**row.summary["defaults"], **_tuples(row.summary["defaults"])})
    bank = catalogue.load(session)
    items = [bank.get(session, entry.item_id, entry.version) for entry in bank.published.values()]
    session.commit()
    try:
        found_code, result = read_upload(data, filename, code)
    except DomainError as error:
        if _still_wanted(session, row):
            row.status, row.file_data, row.finished_at = ItemImportStatus.REFUSED, None, now
            row.summary = {**row.summary, "message": error.message, "params": error.params}
        return
    found = examine(result, defaults, items, progress)
    if not _still_wanted(session, row):
        return
    row.format, row.found, row.file_data, row.status = found_code, found, None, ItemImportStatus.READY
    row.summary = {**row.summary, **_summary(result, found)}


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(values[name]) for name in ("bands", "sources")}


def _summary(result: ReadResult, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "problems": [problem_dict(problem) for problem in result.problems[:MOST_PROBLEMS]],
        "notes": list(result.notes),
        "counts": {
            "found": len(found),
            "refused": len(result.problems),
            "doubtful": sum(bool(one["doubts"]) for one in found),
            "unready": sum(bool(one["problems"]) for one in found),
            "alike": sum(one["twin"] is not None for one in found),
            "same": sum(is_same(one) for one in found),
        },
    }


def is_same(one: dict[str, Any]) -> bool:
    """Whether a found question is nearly the same as one that is there."""
    return one["twin"] is not None and one["twin"]["likeness"] >= SAME_LIKENESS


def _still_wanted(session: Session, row: ItemImport) -> bool:
    """Whether nobody has discarded the import while it was read; from here on nobody can until the commit."""
    session.refresh(row, ["status"], with_for_update=True)
    return row.status == ItemImportStatus.QUEUED


def confirm(session: Session, *, actor: Actor, public_id: str, skip_same: bool, now: datetime) -> int:
    """Write the questions as drafts, once; how many. A second confirmation writes nothing and returns 0.

    Raises ConflictError when the import is not ready, NotFoundError for somebody else's.
    """
    row = get_import(session, public_id, actor, whole=True)
    result = session.execute(
        sa.update(ItemImport)
        .where(ItemImport.id == row.id, ItemImport.status == ItemImportStatus.READY)
        .values(status=ItemImportStatus.CONFIRMED, finished_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row, ["status", "finished_at"])
    if not result.rowcount:  # type: ignore[attr-defined]
        if row.status == ItemImportStatus.CONFIRMED:
            return 0
        raise ConflictError("这次导入还没有准备好，或者已经放弃。请重新上传。")
    wanted = [one for one in row.found or () if not (skip_same and is_same(one))]
    for one in wanted:
        content = BankItem.from_dict({**one["content"], "id": "", "checks": [], "checked_on": None})
        create_draft(
            session, actor=actor, content=content, now=now, import_id=row.id, import_place=one["where"][:60]
        )  # fmt: skip
    row.found = None
    row.summary = {**row.summary, "written": len(wanted)}
    record(
        session, "item:import:confirm", now=now, actor_id=actor.user_id, object_type="item_import", object_id=row.id,
        drafts=len(wanted),
    )  # fmt: skip
    session.flush()
    return len(wanted)


def discard(session: Session, *, actor: Actor, public_id: str, now: datetime) -> None:
    """Give an import up. Raises NotFoundError, ConflictError when it is confirmed."""
    row = get_import(session, public_id, actor)
    result = session.execute(
        sa.update(ItemImport)
        .where(ItemImport.id == row.id, ItemImport.status != ItemImportStatus.CONFIRMED)
        .values(status=ItemImportStatus.DISCARDED, finished_at=now, found=None, file_data=None)
        .execution_options(synchronize_session=False)
    )
    if not result.rowcount:  # type: ignore[attr-defined]
        raise ConflictError("这次导入已经确认，不能再放弃。")
