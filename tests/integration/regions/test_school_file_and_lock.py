"""Reading a large file of schools holds up nobody: no transaction is open meanwhile."""

from collections.abc import Callable
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.db import db
from quiz.errors import DomainError
from quiz.regions import importing
from tests.cast import Cast
from tests.pages import post


def test_others_write_while_a_file_of_schools_is_read(
    app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads_slowly(_data: bytes, _filename: str) -> None:
        with db.sessionmaker() as other:  # would wait in vain if the request held SQLite's only writer
            other.execute(sa.text("UPDATE school SET name = name"))
            other.commit()
        raise DomainError("文件是空的。", field="file")

    monkeypatch.setattr(importing, "read_schools", reads_slowly)
    reply = post(sign_in(cast.province), "/schools/import", {"file": (BytesIO(b"x"), "a.csv")})
    assert reply.status_code == 422
