"""flask retention: say what is too old, and erase it when told to."""

import click
from flask.cli import with_appcontext

from quiz import clock
from quiz.clock import LOCAL_ZONE
from quiz.db import db, write_intent
from quiz.operations.retention import queries, services
from quiz.operations.retention.rules import TERMS, Kind


@click.command("retention")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([kind.value for kind in Kind]), help="Only these.")
@click.option("--apply", "is_applied", is_flag=True, help="Erase. Without it nothing is changed.")
@click.option("--yes", is_flag=True, help="Do not ask for the number to be typed (for timers).")
@with_appcontext
def retention(kinds: tuple[str, ...], is_applied: bool, yes: bool) -> None:
    """Show what is older than it is to be kept, by kind and in numbers; with --apply, erase it."""
    wanted = [Kind(one) for one in kinds] or list(Kind)
    total = _show(wanted)
    if not is_applied:
        click.echo("A dry run: nothing was changed. --apply erases.")
        return
    if (
        total
        and not yes
        and click.prompt(f"Type {total} to erase these rows", default="", show_default=False) != str(total)
    ):
        raise click.ClickException("Not confirmed; nothing was changed.")
    erased = 0
    begun = services.begin_due(db.session, kinds=wanted, now=clock.now())
    db.session.commit()
    for run in begun:
        erased += services.erase(db.session, run_id=run.id, now=clock.now(), beat=lambda _done, _total: None)
    click.echo(f"{erased} rows erased. The audit log says how many of which kind.")


def _show(kinds: list[Kind]) -> int:
    intent, now, total = write_intent.set(False), clock.now(), 0
    try:
        for kind in kinds:
            due = queries.dry_run(db.session, kind, now)
            total += due.count
            since = f"{due.oldest.astimezone(LOCAL_ZONE):%Y-%m-%d}" if due.oldest else "—"
            click.echo(
                f"{kind.value:15} kept {due.setting.amount} {TERMS[kind].unit.value}"
                f"{', daily' if due.setting.is_automatic else ''}: {due.count} too old"
                f" (before {due.before.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}, oldest {since})"
            )
            for name, count in due.groups:
                click.echo(f"{'':15}   {count:8}  {name}")
    finally:
        db.session.rollback()
        write_intent.reset(intent)
    return total
