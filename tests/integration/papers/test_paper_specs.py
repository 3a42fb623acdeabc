"""Specifications are stored checked, and the ready-made ones can be drawn from the shipped bank."""

import random
from datetime import UTC, datetime

import pytest
from flask import Flask

from quiz.db import db
from quiz.errors import DomainError
from quiz.items import catalogue
from quiz.papers import queries, services
from quiz.papers.rules import TEMPLATES, SpecRow, draw
from tests.cast import Cast

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_specification_is_stored_as_checked_rows(app: Flask, cast: Cast) -> None:
    with app.app_context():
        spec = services.create_spec(
            db.session, title="  期中测验 ", rows=[{"kinds": ["single"], "count": 5, "points": 2000}],
            actor_id=cast.teacher, now=NOW,
        )  # fmt: skip
        db.session.commit()
        assert (spec.title, spec.created_by, spec.created_at) == ("期中测验", cast.teacher, NOW)
        assert queries.rows_of(spec) == (SpecRow(kinds=("single",), count=5, points=2000),)


@pytest.mark.parametrize("title", ["", "  ", "长" * 81])
def test_a_specification_needs_a_title(app: Flask, cast: Cast, title: str) -> None:
    with app.app_context(), pytest.raises(DomainError) as raised:
        services.create_spec(db.session, title=title, rows=[{"count": 5, "points": 1}], actor_id=None, now=NOW)
    assert raised.value.field == "title"


@pytest.mark.parametrize("band", ["primary", "junior", "senior", "adult"])
@pytest.mark.parametrize("key", sorted(TEMPLATES))
def test_every_template_can_be_drawn_in_every_band(app: Flask, key: str, band: str) -> None:
    with app.app_context():
        template = [row.to_dict() for row in TEMPLATES[key].rows]
        spec = services.create_spec(db.session, title=TEMPLATES[key].title, rows=template, actor_id=None, now=NOW)
        rows = queries.rows_of(spec)
        assert rows == TEMPLATES[key].rows
        assert queries.shortages_in_band(db.session, rows, band) == []
        assert draw(rows, catalogue.load(db.session).pool(band), random.Random(1))


def test_a_shortage_is_found_before_the_contest(app: Flask) -> None:
    with app.app_context():
        rows = (SpecRow(kinds=("multiple",), count=100),)
        assert [found.row for found in queries.shortages_in_band(db.session, rows, "primary")] == [1]
        assert queries.shortages_in_band(db.session, (SpecRow(),), "no-such-band") != []
