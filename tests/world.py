"""One application per test process, and a fresh copy of the cast's database for every test.

SQLite copies the template file; PostgreSQL keeps the rows in a schema beside and brings them back.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from quiz import clock
from quiz.app import create_app
from quiz.db import Base, db
from tests import cast as cast_module

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")


# A table is as it was when it has as many rows as the template and all of them were written by the transaction that brought
# them back last; what was not touched, like the bank, is left alone. Called in one transaction, with no subtransaction.
_FUNCTION = """
CREATE FUNCTION kept.bring_back() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one record; is_same boolean; me text := pg_current_xact_id()::xid::text;
BEGIN
    FOR one IN SELECT * FROM kept.of_template LOOP
        EXECUTE format('SELECT count(*) = %s AND count(*) FILTER (WHERE xmin::text <> %L) = 0 FROM public.%I',
                       one.row_count, one.written_by, one.name) INTO is_same;
        CONTINUE WHEN is_same;
        EXECUTE format('DELETE FROM public.%I', one.name);
        EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', one.name, one.name);
        UPDATE kept.of_template SET written_by = me WHERE name = one.name;
    END LOOP;
END $$"""


class World:
    """The application and its database, which ``reset`` puts back to the template."""

    label = "test"

    def __init__(self, folder: Path, engine: str, worker: str) -> None:
        self.folder = folder
        self.engine = engine
        self.name = f"qingyuan_{self.label}_{worker}_{os.getpid()}"
        os.environ["INSTANCE_PATH"] = str(folder)
        self._create_postgres()
        self.app = create_app(self.config())
        self.cast: Any = self._build_template()

    def config(self) -> dict[str, object]:
        """The configuration of test applications."""
        return {
            "TESTING": True,
            "SECRET_KEY": "t" * 40,
            "SERVER_NAME": None,
            "SQLALCHEMY_ENGINES": {"default": {"url": self.url}},
        }

    @property
    def url(self) -> str:
        if self.engine == "sqlite":
            return f"sqlite:///{self.folder / 'test.sqlite3'}"
        return f"{POSTGRES}/{self.name}"

    def _build_template(self) -> Any:
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
            self.app.extensions["alembic"].stamp()  # the schema is what the migrations give
            self._sync_bank()
            found = self.build()
            db.session.commit()
            self._keep_bank()
        self._save_template()
        return found

    def build(self) -> Any:
        """Write what every test starts from (in an application context); what it returns is kept as ``cast``."""
        return cast_module.build(db.session, clock.now())

    def _sync_bank(self) -> None:
        """Items of question_bank/content, as the seed writes them."""
        from quiz.items.services import sync_bank  # imported late: tests of lower layers run without the feature

        sync_bank(db.session, now=clock.now())

    def _dispose(self) -> None:
        with self.app.app_context():
            db.session.close()
            db.engine.dispose()

    def _save_template(self) -> None:
        self._dispose()
        if self.engine == "sqlite":
            self._checkpoint()
            shutil.copy(self.folder / "test.sqlite3", self.folder / "template.sqlite3")
        else:
            self._restore = self._keep_rows()

    def _checkpoint(self) -> None:
        import sqlite3

        connection = sqlite3.connect(self.folder / "test.sqlite3")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def reset(self) -> None:
        """Put the database back to the template."""
        self._dispose()
        if self.engine == "sqlite":
            for suffix in ("-wal", "-shm"):
                (self.folder / f"test.sqlite3{suffix}").unlink(missing_ok=True)
            shutil.copy(self.folder / "template.sqlite3", self.folder / "test.sqlite3")
        else:
            self._run(self._restore)
        self._bring_back_bank()

    def _keep_bank(self) -> None:
        """Read the template's bank into memory once: a quarter of a test's time went into reading it anew for each."""
        from quiz.items import catalogue

        catalogue.clear()
        self._bank = catalogue.load(db.session)
        self._contents = dict(catalogue._versions)

    def _bring_back_bank(self) -> None:
        """What the process knows of the bank is the template's again, nothing of what a test has published."""
        from quiz.items import catalogue

        catalogue.clear()
        catalogue._current = self._bank
        catalogue._versions.update(self._contents)

    def close(self) -> None:
        """Remove what was made outside the temporary folder."""
        self._dispose()
        if self.engine != "sqlite":
            self._keeper.dispose()
            self._admin(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _keep_rows(self) -> list[str]:
        """Copy all rows aside, in the same database; returns the statements that bring them back.

        Making a database anew for each test takes PostgreSQL ten times as long.
        """
        tables = [table.name for table in Base.metadata.sorted_tables]
        self._run(["CREATE SCHEMA kept", *(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"' for name in tables)])
        self._run(
            [
                _FUNCTION.replace("%", "%%"),
                "CREATE TABLE kept.of_template (name text, row_count bigint, written_by text)",
            ]
        )
        every = [f"INSERT INTO kept.of_template SELECT '{name}', count(*), '' FROM kept.\"{name}\"" for name in tables]
        self._run(every)
        restore = ["SET LOCAL synchronous_commit = off", "SET LOCAL session_replication_role = replica"]
        restore += ["SELECT kept.bring_back()", *self._sequences()]
        return [";".join(restore)]

    def _sequences(self) -> list[str]:
        """Statements that put every sequence back to where it is now."""
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            names = connection.scalars(
                sa.text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
            ).all()
            rows = [
                (name, *connection.exec_driver_sql(f'SELECT last_value, is_called FROM "{name}"').one())
                for name in names
            ]
        engine.dispose()
        return [f"SELECT setval('\"{name}\"', {value}, {str(called).lower()})" for name, value, called in rows]

    def _run(self, statements: list[str]) -> None:
        """Run statements in one transaction of their own, on a connection that is kept for this."""
        with self._keeper.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def _create_postgres(self) -> None:
        if self.engine == "sqlite":
            return
        self._admin(f"CREATE DATABASE {self.name}")
        self._keeper = sa.create_engine(self.url)

    def _admin(self, statement: str) -> None:
        engine = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


class DemoWorld(World):
    """A small demonstration: all of Qinghai's regions, nine schools, every kind of contest, played for real."""

    label = "demo"

    def build(self) -> None:
        from quiz.jobs.worker import run_due_jobs
        from quiz.regions.services import sync_regions
        from quiz.seed import demo

        sync_regions(db.session, now=clock.now())
        demo.play(
            db.session,
            now=clock.now(),
            report=lambda label, done, total: None,
            scale=demo.Scale(schools=16, class_size=5, finished=40, running=12),
        )
        db.session.commit()
        run_due_jobs(self.app)
