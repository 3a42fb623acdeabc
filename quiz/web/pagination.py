"""Pages of a list, by number, for staff lists of bounded size."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of rows with what a pager shows. ``number`` counts from 1."""

    rows: list[Any]
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages


def paginate(
    session: Session, query: sa.Select[Any], number: int, per_page: int = PER_PAGE, scalars: bool = True
) -> Page:
    """Fetch page ``number`` of an ordered query (out-of-range numbers give the nearest page)."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(max(1, number), max(1, -(-total // per_page)))
    rows = query.limit(per_page).offset((number - 1) * per_page)
    found = session.scalars(rows).all() if scalars else session.execute(rows).all()
    return Page(rows=list(found), number=number, total=total, per_page=per_page)
