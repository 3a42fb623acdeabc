"""A whole large school is previewed in seconds, says how far it is, and can be paged through."""

import time
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.db import db
from quiz.jobs.models import Job
from quiz.jobs.worker import run_due_jobs
from tests.cast import Cast
from tests.integration.accounts.roster.upload import HEADINGS, send
from tests.pages import page, text_of
from tests.sheets import xlsx_file


def test_three_thousand_rows_in_less_than_ten_seconds(
    app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient]
) -> None:
    client = sign_in(cast.school_admin)
    rows = [
        [f"2026{number:06d}", f"学生{number}", f"{number % 9 + 1}年级{number // 9 % 9 + 1}班"] for number in range(3000)
    ]
    address = str(send(client, cast.school_a, xlsx_file([HEADINGS, *rows])).location)
    begun = time.monotonic()
    run_due_jobs(app)
    assert time.monotonic() - begun < 10
    with app.app_context():
        progress = db.session.execute(
            sa.select(Job.progress_done, Job.progress_total).where(Job.name.like("%roster"))
        ).one()
        assert progress.progress_total == 3000
        assert 2000 < progress.progress_done <= 3000
    last = page(client.get(f"{address}?kind=added&page=60"))
    assert "第 60 / 60 页" in text_of(last)
    assert len(last.select("tbody tr")) == 50
    assert "第 3001 行" in text_of(last)
