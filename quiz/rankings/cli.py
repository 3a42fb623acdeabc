"""``flask rankings rebuild [--contest ID] [--verify]``."""

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db, write_intent
from quiz.rankings.services import rebuild
from quiz.rankings.verification import contest_differences

rankings = AppGroup("rankings", help="Standings of contests.")


@rankings.command("rebuild")
@click.option("--contest", "public_id", help="Public id of one contest; all contests without it.")
@click.option(
    "--verify", is_flag=True, help="Change nothing: re-mark, recompute and compare; exit code 1 on any difference."
)
def rebuild_command(public_id: str | None, verify: bool) -> None:
    """Recompute the standings of contests from their attempts."""
    if verify:
        write_intent.set(False)
    contests = _contests(public_id)
    if verify:
        _verify(contests)
        return
    for contest in contests:
        tally = rebuild(db.session, contest_id=contest.id, now=clock.now())
        click.echo(f"{contest.public_id}: {tally.counted} attempts counted")


def _contests(public_id: str | None) -> list[Contest]:
    query = sa.select(Contest).where(Contest.published_at.is_not(None)).order_by(Contest.id)
    if public_id is not None:
        query = query.where(Contest.public_id == public_id)
    found = list(db.session.scalars(query))
    if public_id is not None and not found:
        raise click.ClickException(f"no published contest {public_id}")
    return found


def _verify(contests: list[Contest]) -> None:
    found = 0
    for contest in contests:
        for sentence in contest_differences(db.session, contest):
            click.echo(f"{contest.public_id}: {sentence}")
            found += 1
    if found:
        raise click.ClickException(f"{found} differences")
    click.echo(f"rankings: {len(contests)} contests, no difference")


commands = [rankings]
