"""``flask user …``: the first administrator from the console."""

import click
from flask.cli import AppGroup

from quiz import clock
from quiz.accounts import services
from quiz.db import db
from quiz.errors import DomainError

user = AppGroup("user", help="Accounts of staff.")


@user.command("create-admin")
@click.option("--username", prompt=True)
@click.option("--name", prompt=True)
@click.password_option()
def create_admin(username: str, name: str, password: str) -> None:
    """Create an administrator with a password of your choice (at least 12 characters)."""
    try:
        services.create_admin(db.session, name=name, username=username, password=password, now=clock.now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"administrator {username} created")


@user.command("setup-token")
def setup_token() -> None:
    """Print the one-use address with which the first administrator is made in the browser."""
    token = services.make_setup_token(db.session, clock.now())
    db.session.commit()
    click.echo(f"/setup/{token}")


commands = [user]
