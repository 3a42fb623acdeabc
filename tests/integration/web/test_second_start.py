"""Starting again finds nothing to migrate, and must not keep others from writing."""

from pathlib import Path

import sqlalchemy as sa

from quiz.app import create_app
from quiz.db import db


def test_a_schema_that_is_up_to_date_leaves_the_database_free(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'again.sqlite3'}"
    for _start in ("first", "second"):
        app = create_app({"TESTING": True, "SECRET_KEY": "t" * 40, "SQLALCHEMY_ENGINES": {"default": {"url": url}}})
        with app.app_context():
            app.extensions["alembic"].upgrade()
            db.session.execute(sa.text("UPDATE region SET name = name"))
            db.session.commit()
            db.engine.dispose()
