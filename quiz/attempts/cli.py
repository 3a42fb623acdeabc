"""``flask attempts verify``: prove that every score follows from its answer log."""

import click
from flask.cli import AppGroup

from quiz.attempts.queries import count_reduced, differences
from quiz.db import db, write_intent

attempts = AppGroup("attempts", help="Attempts and their answer log.")


@attempts.command("verify")
def verify() -> None:
    """Recompute every closed attempt; exit code 1 when a stored score or mark differs."""
    intent = write_intent.set(False)  # a long read must not hold SQLite's only writer
    try:
        found = list(differences(db.session))
    finally:
        write_intent.reset(intent)
    for difference in found:
        click.echo(f"attempt {difference.attempt_id}: stored {difference.stored}, recomputed {difference.recomputed}")
    if found:
        raise click.ClickException(f"{len(found)} attempts differ from their answer log")
    click.echo("attempts: every score follows from its answer log")
    if reduced := count_reduced(db.session):
        click.echo(
            f"attempts: {reduced} older ones are reduced to their score; their answers were erased after their time"
        )


commands = [attempts]
