"""Write to the audit log, and prove that nothing was removed or changed."""

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.audit.models import AuditEntry

GENESIS = "0" * 64


def digest(previous_hash: str, fields: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the entry's canonical JSON."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous_hash}\n{text}".encode()).hexdigest()


def _fields(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "details": entry.details,
    }


def record(
    session: Session,
    action: str,
    *,
    now: datetime,
    actor_id: int | None,
    object_type: str,
    object_id: object,
    **details: Any,
) -> AuditEntry:
    """Append one act to the chain in the caller's transaction. No personal data in ``details``."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(7201)"))  # one writer of the chain at a time
    last = session.scalar(sa.select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or GENESIS
    entry = AuditEntry(
        at=now, actor_id=actor_id, action=action, object_type=object_type, object_id=str(object_id), details=details,
        previous_hash=last, hash="",
    )  # fmt: skip
    entry.hash = digest(last, _fields(entry))
    session.add(entry)
    session.flush()
    return entry


def first_broken(session: Session) -> int | None:
    """The id of the first entry that does not fit the chain; None when the whole log is sound."""
    previous = GENESIS
    for entry in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500)):
        if entry.previous_hash != previous or entry.hash != digest(previous, _fields(entry)):
            return entry.id
        previous = entry.hash
    return None
