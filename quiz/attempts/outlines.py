"""What saving needs to know of an attempt's paper, kept in memory: the log's guards ask the database, this does not.

A paper is a snapshot: which items stand where never changes. A correction (remarking.py) may point a position to a
version with another key, but only to one that takes the same answers, so an outline never misleads. Whether the
attempt is open, whose session it is and when it ends is left to the statement that writes.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.kinds import BadResponse, kind_of
from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, Sitting
from quiz.direct import Direct, Statement, plain
from quiz.errors import DomainError

MOST = 20_000  # attempts kept per process: about 20 MB, the pupils of twenty schools at once


@dataclass(frozen=True, slots=True)
class Outline:
    """One attempt: its owner, its sitting's grace, and the item version at each position."""

    attempt_id: int
    user_id: int
    grace_seconds: int
    entries: Mapping[int, tuple[str, int]]

    @property
    def total(self) -> int:
        """How many positions the paper has."""
        return len(self.entries)

    @property
    def most_saves(self) -> int:
        """The highest number of a save."""
        return rules.most_saves(self.total)


_lock = threading.Lock()
_known: dict[str, Outline] = {}
_QUERY = (
    sa.select(Attempt.id, Attempt.user_id, Attempt.paper, Sitting.grace_seconds)
    .join(Sitting, Sitting.id == Attempt.sitting_id)
    .where(Attempt.public_id == sa.bindparam("public_id"))
)
_STATEMENT = Statement(_QUERY)


def load(session: Session, public_id: str, user_id: int) -> Outline | None:
    """The outline of the user's own attempt; None when there is no such attempt or it is someone else's."""
    found = _known.get(public_id) or _read(session, public_id)
    return found if found is not None and found.user_id == user_id else None


def fetch(direct: Direct, public_id: str) -> Outline | None:
    """The outline of an attempt, whosever it is; asks the database once."""
    found = _known.get(public_id)
    if found is None and (row := direct.first(_STATEMENT, {"public_id": public_id})) is not None:
        found = keep(public_id, row[0], row[1], plain(row[2]), row[3])
    return found


def _read(session: Session, public_id: str) -> Outline | None:
    row = session.execute(_QUERY, {"public_id": public_id}).first()
    return None if row is None else keep(public_id, row.id, row.user_id, row.paper, row.grace_seconds)


def keep(public_id: str, attempt_id: int, user_id: int, paper: list[dict[str, Any]], grace_seconds: int) -> Outline:
    """The outline, remembered unless it is already; of too many, the older half is forgotten."""
    if (known := _known.get(public_id)) is not None:
        return known
    entries = {entry["position"]: (entry["item_id"], entry["version"]) for entry in paper}
    found = Outline(attempt_id, user_id, grace_seconds, entries)
    with _lock:
        if len(_known) >= MOST:
            for old in list(_known)[: MOST // 2]:
                del _known[old]
        _known[public_id] = found
    return found


def canonical(session: Session, outline: Outline, seq: object, position: object, choices: object) -> list[str]:
    """The answer as the log stores it; raises DomainError for anything a page of ours would not send."""
    if isinstance(seq, bool) or not isinstance(seq, int) or not 1 <= seq <= rules.MAX_SEQ:
        raise DomainError("这次保存的编号不对。刷新页面后再答。", field="seq")
    is_number = isinstance(position, int) and not isinstance(position, bool)
    entry = outline.entries.get(position) if is_number else None  # type: ignore[call-overload]
    if entry is None:
        raise DomainError("试卷里没有这道题。", field="position")
    item = queries.item_at(session, {"item_id": entry[0], "version": entry[1]})
    try:
        return list(kind_of(item).parse_response(choices, item))
    except BadResponse as error:
        raise DomainError("这不是这道题的选项。", field="choices") from error
