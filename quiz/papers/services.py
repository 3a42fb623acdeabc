"""Writing paper specifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.errors import DomainError
from quiz.papers import rules
from quiz.papers.models import PaperSpec

TITLE_LENGTH = 80


def create_spec(
    session: Session, *, title: str, rows: Sequence[Mapping[str, Any]], actor_id: int | None, now: datetime
) -> PaperSpec:
    """Store a specification of plain rows; raises DomainError for a bad title or the first bad row.

    A stored specification never changes: sittings refer to it, and papers already drawn must stay explicable.
    """
    title = title.strip()
    if not title or len(title) > TITLE_LENGTH:
        raise DomainError("写出试卷名称，最多 %(most)s 个字。", field="title", most=TITLE_LENGTH)
    checked = rules.parse_rows(rows)
    spec = PaperSpec(title=title, rows=[row.to_dict() for row in checked], created_by=actor_id, created_at=now)
    session.add(spec)
    session.flush()
    return spec
