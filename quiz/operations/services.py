"""Signs of life."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.db import insert_into
from quiz.operations.models import ServiceMark


def note(session: Session, name: str, *, now: datetime, **details: Any) -> None:
    """Write down that ``name`` is at work now."""
    first = insert_into(session, ServiceMark).values(name=name, at=now, details=details)
    session.execute(first.on_conflict_do_update(index_elements=["name"], set_={"at": now, "details": details}))
