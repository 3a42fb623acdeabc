"""Write to the audit log, and prove that nothing was removed or changed."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.audit.models import AuditCheck, AuditEntry
from quiz.db import write_intent

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


@dataclass(frozen=True)
class Proof:
    """What a look at the whole chain found: how many entries fit, where they end, the first that does not fit."""

    entries: int
    last_id: int | None
    last_hash: str | None
    broken_id: int | None

    @property
    def is_sound(self) -> bool:
        return self.broken_id is None


NOTHING_YET = Proof(0, None, None, None)


def first_broken(session: Session) -> int | None:
    """The id of the first entry that does not fit the chain; None when the whole log is sound.

    That entry, or one just before it, was changed or removed. The chain alone cannot tell that its newest entries were cut
    off, or that all of it was written anew; the ends that earlier proofs have written down can.
    """
    return _walk(session, NOTHING_YET, None)[0].broken_id


def verify(session: Session, *, now: datetime) -> Proof:
    """Prove the whole chain and write down what was found; the caller commits.

    Ends the transaction it finds: the log may be long, and on SQLite nobody else could write meanwhile.
    """
    proof, _is_whole = _only_reading(session, NOTHING_YET, None)
    _write_down(session, proof, now)
    return proof


def verify_piece(session: Session, *, begun: Proof, most: int, now: datetime) -> Proof | None:
    """Go on from ``begun`` by ``most`` entries, for the worker, which has other things to do each second.

    Returns where to go on, or None when the proof is finished and written down.
    """
    proof, is_whole = _only_reading(session, begun, most)
    if proof.is_sound and not is_whole:
        return proof
    _write_down(session, proof, now)
    return None


def _only_reading(session: Session, begun: Proof, most: int | None) -> tuple[Proof, bool]:
    session.rollback()
    intent = write_intent.set(False)
    try:
        return _walk(session, begun, most)
    finally:
        session.rollback()
        write_intent.reset(intent)


def _write_down(session: Session, proof: Proof, now: datetime) -> None:
    session.add(
        AuditCheck(
            checked_at=now, entries=proof.entries, last_id=proof.last_id, last_hash=proof.last_hash,
            broken_id=proof.broken_id,
        )
    )  # fmt: skip
    session.flush()


def _walk(session: Session, begun: Proof, most: int | None) -> tuple[Proof, bool]:
    """The chain from where ``begun`` ended, and whether this was all of it."""
    count, last, previous = begun.entries, begun.last_id, begun.last_hash or GENESIS
    ends = sa.select(AuditCheck.last_id, AuditCheck.last_hash).where(
        AuditCheck.broken_id.is_(None), AuditCheck.last_id > (last or 0)
    )
    seen = {last_id: last_hash for last_id, last_hash in session.execute(ends) if last_id is not None}
    entries = sa.select(AuditEntry).where(AuditEntry.id > (last or 0)).order_by(AuditEntry.id).limit(most)
    with session.scalars(entries.execution_options(yield_per=500)) as found:  # closed also where the walk ends early
        for entry in found:
            fits = entry.previous_hash == previous and entry.hash == digest(previous, _fields(entry))
            if not fits or seen.pop(entry.id, entry.hash) != entry.hash:
                return Proof(count, last, previous if last else None, entry.id), True
            count, last, previous = count + 1, entry.id, entry.hash
    is_whole = most is None or count - begun.entries < most
    lost = [one for one in seen if is_whole or one <= (last or 0)]
    return Proof(count, last, previous if last else None, min(lost, default=None)), is_whole
