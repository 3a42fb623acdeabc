"""Reads of paper specifications."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from quiz.items import catalogue
from quiz.papers import rules
from quiz.papers.models import PaperSpec


def rows_of(spec: PaperSpec) -> tuple[rules.SpecRow, ...]:
    """The checked rows of a stored specification."""
    return rules.parse_rows(spec.rows)


def shortages_in_band(session: Session, rows: Sequence[rules.SpecRow], band: str) -> list[rules.Shortage]:
    """The rows that the published items of a band cannot fill; empty when papers can be drawn."""
    return rules.shortages(rows, catalogue.load(session).pool(band))
