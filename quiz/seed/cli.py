"""``flask seed``: bring a database to where the site can start; run again, it changes nothing."""

import fcntl
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from quiz import clock
from quiz.accounts.services import make_setup_token
from quiz.db import db
from quiz.items.services import sync_bank
from quiz.jobs.worker import run_due_jobs
from quiz.regions.services import sync_regions
from quiz.seed import demo, state

PREPARING = 0x51_49_4E_47  # the number of the advisory lock


@click.command("seed")
@with_appcontext
def seed() -> None:
    """Prepare the database: schema, regions, question bank, demonstration data (unless DEMO=0)."""
    Path(current_app.config["INSTANCE_FOLDER"]).mkdir(parents=True, exist_ok=True)
    with alone(db.engine, Path(current_app.config["INSTANCE_FOLDER"])):
        _seed()


def _seed() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with step("database schema"):
        current_app.extensions["alembic"].upgrade()
    with step("regions"):
        sync_regions(db.session, now=clock.now())
        db.session.commit()
    with step("question bank"):
        sync_bank(db.session, now=clock.now())
        db.session.commit()
    if _wants_demo() and not demo.is_complete(db.session):
        click.echo("Demonstration data (once, about a minute):")
        demo.play(db.session, now=clock.now(), report=Progress())
        with step("standings, notebooks"):
            run_due_jobs(current_app._get_current_object())  # type: ignore[attr-defined]
    announce()


@contextmanager
def alone(engine: sa.Engine, folder: Path) -> Iterator[None]:
    """Wait until no other process prepares this database: several hosts may be started at the same moment."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(PREPARING)))
            connection.commit()  # the lock is the connection's, and a transaction left open would hold back vacuum
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(PREPARING)))
        return
    with (folder / "seed.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _wants_demo() -> bool:
    """Whether this is a demonstration (perhaps one that was killed half-way), or may become one."""
    return state.has_demo(db.session) or (os.environ.get("DEMO", "1") != "0" and state.is_untouched(db.session))


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show a step and how long it took."""
    started = time.monotonic()
    yield
    click.echo(f"  {name:<18} {time.monotonic() - started:5.1f} s")


class Progress:
    """Progress of a long step: one line that is rewritten on a terminal, a line per tenth elsewhere."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, label: str, done: int, total: int) -> None:
        tenth = done * 10 // max(total, 1)
        if sys.stdout.isatty():
            end = "\n" if done >= total else ""
            click.echo(f"\r  {label:<34} {done:>6}/{total}", nl=False)
            click.echo(end, nl=False)
        elif done == 1 or done >= total or (total >= 100 and tenth != self._tenth):
            click.echo(f"  {label:<34} {done:>6}/{total}")
        self._tenth = -1 if done >= total else tenth


def announce() -> None:
    """Print who can sign in: the demonstration accounts, or a one-use address for the first administrator."""
    if state.has_demo(db.session):
        click.echo(demo.accounts_text(db.session))
    elif not state.has_admin(db.session):
        token = make_setup_token(db.session, now=clock.now())
        db.session.commit()
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        click.echo(
            "\n  An empty database. Make the first administrator at this one-use address:\n"
            f"    http://{host}:{port}/setup/{token}\n"
        )


commands = [seed]
