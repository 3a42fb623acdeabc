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


def test_kinds_and_grades_of_adults_are_taken_by_a_database_that_holds_schools(empty_app: Flask) -> None:
    """0018 changes what columns allow in place: nothing that refers to these tables may be lost."""
    school = (
        "INSERT INTO school (id, code, name, kind, county_id, province_id, slip_valid_days, is_active, is_demo) "
        "VALUES ({0}, 'c{0}', 'n', '{1}', '630000', '630000', 1, true, false)"
    )
    with empty_app.app_context():
        alembic.upgrade("0013")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO region (id, name, level, province_id, rank) VALUES ('630000', 'q', 'province', '630000', 0)"
            )
            connection.exec_driver_sql(school.format(1, "小学"))
            connection.exec_driver_sql("INSERT INTO school_headcount (school_id, grade, pupils) VALUES (1, 5, 40)")
        alembic.upgrade()
        with db.engine.begin() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM school_headcount").scalar() == 1
            connection.exec_driver_sql(school.format(2, "机关单位"))
            connection.exec_driver_sql(
                "INSERT INTO school_class (school_id, cohort_year, entry_grade, name, is_active) VALUES (2, 0, 0, 'n', true)"
            )
        with pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
            connection.exec_driver_sql(school.format(3, "公司"))
