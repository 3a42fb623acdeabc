"""Migrations build exactly what the models say, and can be taken back, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
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


def test_notes_on_signals_are_carried_over_both_ways(empty_app: Flask) -> None:
    """0023 keeps what had been noted; taken back, the latest note stands again."""
    rows = """
        INSERT INTO region (id, name, level, province_id, rank) VALUES ('630000', 'q', 'province', '630000', 0);
        INSERT INTO school (id, code, name, kind, county_id, province_id, slip_valid_days, is_active, is_demo)
            VALUES (1, 'c', 'n', '初中', '630000', '630000', 1, true, false);
        INSERT INTO school_class (id, school_id, cohort_year, entry_grade, name, is_active)
            VALUES (1, 1, 2026, 7, 'n', true);
        INSERT INTO user_account (id, public_id, kind, name, must_change_secret, session_version, is_active, is_demo,
            created_at) VALUES (1, 'p', 'pupil', 'n', false, 1, true, false, '2026-06-26 00:00:00');
    """
    with empty_app.app_context():
        alembic.upgrade("0022")
        made = sa.MetaData()
        made.reflect(db.engine)
        at = datetime(2026, 6, 26, tzinfo=UTC)
        with db.engine.begin() as connection:
            for row in rows.split(";")[:-1]:
                connection.exec_driver_sql(row)
            words = dict.fromkeys(("public_id", "title", "theme", "notice", "template", "ranking_profile"), "n")
            flags = dict.fromkeys(("starts_at_publication", "has_public_board", "is_demo"), False)
            contest = {"id": 1, "host_region_id": "630000", "created_by": 1, "created_at": at}
            connection.execute(sa.insert(made.tables["contest"]).values(**contest, **words, **flags))
            signal = {"contest_id": 1, "class_id": 1, "user_id": 1, "kind": "too_fast"}
            for number, note in enumerate(["", "问过本人"]):
                looked = {"looked_by": 1, "looked_at": at} if note else {}
                words = {"public_id": str(number), "key": str(number), "evidence": {}, "found_at": at, "note": note}
                connection.execute(sa.insert(made.tables["integrity_signal"]).values(**signal, **words, **looked))
        alembic.upgrade()
        with db.engine.begin() as connection:
            notes = connection.exec_driver_sql('SELECT signal_id, text, "by" FROM signal_note').all()
            assert [tuple(one) for one in notes] == [(2, "问过本人", 1)]
            connection.exec_driver_sql(
                "INSERT INTO signal_note (signal_id, text, \"by\", at) VALUES (2, '没有问题', 1, '2026-06-27 00:00:00')"
            )
        alembic.downgrade("0022")
        with db.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT note FROM integrity_signal ORDER BY id").scalars()
            assert list(found) == ["", "没有问题"]


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


def test_reasons_of_a_promotion_grow_and_shrink_in_a_database_that_holds_some(empty_app: Flask) -> None:
    """0024: rows stay, the new reasons are allowed, and taken back they say what was said before."""
    remark = (
        "INSERT INTO promotion_remark (run_id, user_id, group_kind, unit_id, school_id, class_id, order_key, seats, outcome, "
        "reason) VALUES (1, {}, 'junior', '', 1, 1, 0, 1, 'out', '{}')"
    )

    def put(user: int, reason: str) -> None:
        plain = sa.create_engine(db.engine.url, poolclass=sa.NullPool)  # asks for no run and no pupils
        with plain.begin() as connection:
            if plain.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(remark.format(user, reason))

    def reasons() -> list[str]:
        with db.engine.connect() as connection:
            return list(connection.exec_driver_sql("SELECT reason FROM promotion_remark ORDER BY user_id").scalars())

    with empty_app.app_context():
        alembic.upgrade("0023")
        put(1, "below_line")
        with pytest.raises(sa.exc.IntegrityError):
            put(2, "later")
        alembic.upgrade()
        put(2, "later")
        put(3, "playoff_again")
        with pytest.raises(sa.exc.IntegrityError):
            put(4, "bad")
        assert reasons() == ["below_line", "later", "playoff_again"]
        alembic.downgrade("0023")
        assert reasons() == ["below_line", "below_line", "playoff"]
        with pytest.raises(sa.exc.IntegrityError):
            put(4, "later")
