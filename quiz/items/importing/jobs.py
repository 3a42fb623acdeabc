"""Background work of imports of questions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.items.importing import services


def preview_import(
    session: Session, payload: dict[str, Any], now: datetime, beat: Callable[[int, int], None]
) -> None:  # fmt: skip
    """Read an upload and compare it with the bank."""
    services.preview(session, import_id=payload["import_id"], now=now, progress=beat)


JOBS = {"items.preview_import": preview_import}
