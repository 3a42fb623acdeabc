"""Walk an import the way a school does: upload, let the worker run, look, confirm."""

import io
from collections.abc import Sequence

import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz.accounts.models import Enrolment, User
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from tests.pages import page, post
from tests.sheets import xlsx_file

HEADINGS = ["学号", "姓名", "班级"]
#: What the cast's classes A1, A2 and A5 hold.
ROSTER = [
    ["20240101", "卓玛", "初二1班"],
    ["20240102", "李明", "初二1班"],
    ["20240103", "欧阳小雪", "初二1班"],
    ["20240201", "王芳", "初二2班"],
    ["20220101", "马小虎", "五年级1班"],
]


def send(client: FlaskClient, school_id: int, data: bytes, filename: str = "名册.xlsx") -> TestResponse:
    """Post a file to the upload page."""
    return post(client, f"/roster/schools/{school_id}", {"file": (io.BytesIO(data), filename)})


def upload(app: Flask, client: FlaskClient, school_id: int, rows: Sequence[Sequence[object]], **kwargs: object) -> str:
    """Upload rows, run the preview, and return the import's address."""
    response = send(client, school_id, xlsx_file([kwargs.get("headings", HEADINGS), *rows]))  # type: ignore[list-item]
    assert response.status_code == 303, response.text[:2000]
    run_due_jobs(app)
    return str(response.location)


def preview(client: FlaskClient, address: str) -> BeautifulSoup:
    """The checked page of an import."""
    return page(client.get(address))


def confirm(client: FlaskClient, address: str, **data: str) -> TestResponse:
    """Confirm what the page shows now."""
    soup = preview(client, address)
    field = soup.select_one("input[name=digest]")
    assert field is not None, soup.get_text()
    return post(client, f"{address}/confirm", {"digest": field["value"], **data}, via=address)


def roster(app: Flask, school_id: int) -> dict[str, tuple[str, int]]:
    """Number → (name, class id) of all current pupils of a school."""
    query = sa.select(Enrolment.student_number, User.name, Enrolment.class_id).join(User)
    with app.app_context():
        rows = db.session.execute(query.where(Enrolment.school_id == school_id, Enrolment.ended_at.is_(None)))
        return {row.student_number: (row.name, row.class_id) for row in rows}
