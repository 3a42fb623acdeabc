"""``flask backup FILE``, ``flask restore FILE`` and ``flask give-back CONTEST``."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from quiz import clock
from quiz.accounts.queries import staff_actor
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.db import db, write_intent
from quiz.errors import DomainError
from quiz.operations import queries, services
from quiz.operations.backup import making
from quiz.operations.backup.container import BackupError
from quiz.operations.outages import services as outages
from quiz.operations.retention.cli import retention

AT_WORK = timedelta(seconds=30)
PROOFS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("attempts", "verify", {}),
    ("rankings", "rebuild", {"verify": True}),
    ("audit", "verify", {"keep": False}),  # the database stays exactly what the backup holds
)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def backup(file: Path) -> None:
    """Write the whole database to a new FILE, also while a contest runs."""
    try:
        manifest = making.make(db.engine, file.absolute(), clock.now())
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    services.note(db.session, "backup", now=clock.now(), bytes=file.stat().st_size, rows=sum(manifest.rows.values()))
    db.session.commit()
    click.echo(
        f"{file}: {file.stat().st_size / 1024**2:.1f} MB, {sum(manifest.rows.values())} rows, {manifest.engine}."
    )
    click.echo("It holds names of pupils: keep it as safe as the database.")
    click.echo("The secret key is not inside; without the old one everybody signs in again after a restore.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Throw away what the database holds now.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put the backup FILE in the place of an empty database, then prove that scores, ranks and audit log are sound."""
    write_intent.set(False)
    alembic = current_app.extensions["alembic"]
    try:
        known = [script.revision for script in alembic.script_directory.walk_revisions()]
        manifest = making.restorable(db.engine, file.absolute(), known)
        _demand_room(replace)
        db.session.close()
        making.put_back(db.engine, file.absolute(), manifest)
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    wrong = making.missing_rows(db.engine, manifest)
    write_intent.set(True)
    if manifest.migration != known[0]:
        click.echo(f"The backup has migration {manifest.migration}; brought to {known[0]}.")
        alembic.upgrade()
    click.echo(f"Restored {sum(manifest.rows.values())} rows as of {manifest.made_at}.")
    for name, (expected, found) in wrong.items():
        click.echo(f"{name}: {expected} rows expected, {found} found")
    _prove(bool(wrong))


def _demand_room(replace: bool) -> None:
    """Refuse a target that holds something, unless told; refuse one in use in any case."""
    filled = making.filled_tables(db.engine)
    if not filled:
        return
    if not replace:
        raise BackupError(
            f"The database is not empty ({', '.join(filled[:5])}{' …' if len(filled) > 5 else ''}). Nothing was touched. "
            "Restore into an empty one, or say --replace to throw away what is there."
        )
    sign = queries.worker_sign(db.session) if "service_mark" in filled else None
    if sign is not None and clock.now() - sign < AT_WORK:
        raise BackupError("The site is running on this database. Stop it, wait half a minute, then restore.")


def _prove(has_failed: bool) -> None:
    """Run the three verifications and say how each went; exit code 1 when one finds anything."""
    for public_id in queries.contests_being_tallied(db.session):
        click.echo(f"{public_id}: standings were being counted at the moment of the copy; counted now.")
        _run("rankings", "rebuild", public_id=public_id, verify=False)
    for group, name, options in PROOFS:
        try:
            _run(group, name, **options)
        except click.ClickException as error:
            click.echo(f"{group} {name}: {error.message}")
            has_failed = True
        db.session.rollback()
    if has_failed:
        raise click.ClickException("The database was restored, but the proofs above found differences.")
    click.echo("Everything is as it was.")


def _run(group: str, name: str, **options: object) -> None:
    """Run another command of the application within this one."""
    context = click.get_current_context()
    commands_of_group = current_app.cli.get_command(context, group)
    assert isinstance(commands_of_group, click.Group)
    command = commands_of_group.get_command(context, name)
    assert command is not None
    defaults = {parameter.name: None for parameter in command.params if parameter.name}
    intent = write_intent.get()
    context.invoke(command, **{**defaults, **options})
    write_intent.set(intent)


@click.command("give-back")
@click.argument("contest")
@click.option(
    "--from", "began", required=True, help="When answering became impossible: 2026-06-26T18:00 (Beijing time)."
)
@click.option("--until", "ended", required=True, help="When it became possible again.")
@click.option("--reason", required=True, help="For the audit log.")
@click.option("--as", "username", required=True, help="User name of the administrator or host who decides.")
@click.option(
    "--site-was-down",
    is_flag=True,
    help="The site has not run since: attempts whose time ran out meanwhile go on too. Before it is started again only.",
)
@with_appcontext
def give_back(contest: str, began: str, ended: str, reason: str, username: str, site_was_down: bool) -> None:
    """Give an outage of the whole CONTEST (its public id) back to everybody who was answering."""
    found = db.session.scalar(sa.select(Contest).where(Contest.public_id == contest))
    actor = staff_actor(db.session, username)
    if found is None or actor is None:
        raise click.ClickException(
            "There is no such contest." if found is None else "There is no such member of staff."
        )
    sign = queries.worker_sign(db.session)
    if site_was_down and sign is not None and clock.now() - sign < AT_WORK:
        raise click.ClickException("The worker is running, so the site is not down. Leave --site-was-down out.")
    try:
        act = outages.give_back(
            db.session, actor=actor, contest=found, place=None, period=(_moment(began), _moment(ended)),
            reason=reason, key=f"cli-{secrets.token_urlsafe(16)}", now=clock.now(), even_late=site_was_down,
        )  # fmt: skip
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(
        f"{act.pupils} open attempts got {act.seconds} seconds each; {act.cut_off} had been closed and stay closed."
    )
    if act.closes_at is not None:
        click.echo(f"The contest now ends at {act.closes_at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M} (Beijing time).")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)
    except ValueError as error:
        raise click.ClickException(f"{text} is no time; write 2026-06-26T18:00.") from error


commands = [backup, restore, give_back, retention]
