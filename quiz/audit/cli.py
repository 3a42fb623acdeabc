"""``flask audit verify``: prove the chain."""

import click
from flask.cli import AppGroup

from quiz.audit.services import first_broken
from quiz.db import db

audit = AppGroup("audit", help="The append-only audit log.")


@audit.command("verify")
def verify() -> None:
    """Recompute the hash chain; exit code 1 at the first entry that does not fit."""
    broken = first_broken(db.session)
    if broken is not None:
        raise click.ClickException(f"audit entry {broken} does not fit the chain")
    click.echo("audit log: the chain is sound")


commands = [audit]
