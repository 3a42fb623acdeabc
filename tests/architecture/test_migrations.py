"""Migrations build exactly what the models say, and can be taken back, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.app import alembic, create_app
from quiz.db import Base, db
from tests.world import POSTGRES, World


@pytest.fixture
def empty_app(world: World, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """An application on an empty database of the engine under test."""
    if world.engine == "sqlite":
        yield create_app(
            {**world.config(), "SQLALCHEMY_ENGINES": {"default": {"url": f"sqlite:///{tmp_path / 'm.sqlite3'}"}}}
        )
        return
    name = f"{world.name}_migrations"
    world._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    world._admin(f"CREATE DATABASE {name}")
    found = create_app({**world.config(), "SQLALCHEMY_ENGINES": {"default": {"url": f"{POSTGRES}/{name}"}}})
    yield found
    with found.app_context():
        db.engine.dispose()
    world._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_upgrade_builds_the_models_and_downgrade_leaves_nothing(empty_app: Flask) -> None:
    with empty_app.app_context():
        alembic.upgrade()
    assert tables(empty_app) == set(Base.metadata.tables)
    with empty_app.app_context():
        assert alembic.compare_metadata() == []
        alembic.downgrade("base")
    assert tables(empty_app) == set()
    with empty_app.app_context():
        alembic.upgrade()
    assert tables(empty_app) == set(Base.metadata.tables)


def test_there_is_one_line_of_migrations_with_numbers_in_order(app: Flask) -> None:
    with app.app_context():
        revisions = [script.revision for script in alembic.script_directory.walk_revisions()]
        assert revisions == [f"{number:04d}" for number in range(len(revisions), 0, -1)]
