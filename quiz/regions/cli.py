"""``flask regions sync``: bring the regions of the data file into the database."""

import click
from flask.cli import AppGroup

from quiz import clock
from quiz.db import db
from quiz.regions.services import sync_regions

regions = AppGroup("regions", help="The tree of regions.")


@regions.command("sync")
def sync() -> None:
    """Add, rename, move and remove regions as quiz/regions/data says; safe to repeat."""
    report = sync_regions(db.session, now=clock.now())
    db.session.commit()
    click.echo(f"新增 {report.added}，更新 {report.changed}，移除 {report.removed}")
    if report.kept:
        click.echo(f"仍有学校、因此保留：{'、'.join(report.kept)}")


commands = [regions]
