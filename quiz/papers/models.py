"""Paper specifications (命题细目表)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base


class PaperSpec(Base):
    """How papers are drawn: rows of (topics, kinds, difficulty range, count, points each); see papers/rules.py."""

    __tablename__ = "paper_spec"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    rows: Mapped[list[dict[str, Any]]]
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
