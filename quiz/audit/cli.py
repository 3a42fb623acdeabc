"""``flask audit verify``: prove the chain."""

import click
from flask.cli import AppGroup

from quiz import clock
from quiz.audit.services import verify as prove
from quiz.db import db

audit = AppGroup("audit", help="The append-only audit log.")


@audit.command("verify")
@click.option("--keep/--no-keep", default=True, help="Write the finding down: for the page, and for the next proof.")
def verify(keep: bool) -> None:
    """Recompute the hash chain; exit code 1 at the first entry that does not fit."""
    proof = prove(db.session, now=clock.now())
    if keep:
        db.session.commit()
    else:
        db.session.rollback()
    if not proof.is_sound:
        raise click.ClickException(
            f"audit entry {proof.broken_id} does not fit the chain: it, or one just before it, was changed or removed; "
            f"{proof.entries} entries before it are sound"
        )
    click.echo(f"audit log: the chain is sound, {proof.entries} entries")
    if proof.last_hash:
        click.echo(f"it ends with entry {proof.last_id}, {proof.last_hash}")


commands = [audit]
