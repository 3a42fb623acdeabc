"""When the parts of the site that nobody sees were last at work."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base
from quiz.operations.outages.models import Outage as Outage  # part of the schema
from quiz.operations.retention.models import RetentionRun as RetentionRun  # part of the schema


class ServiceMark(Base):
    """The last sign of life of something, by name: ``worker``, ``backup``."""

    __tablename__ = "service_mark"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]]
