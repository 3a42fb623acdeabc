"""``flask bank check | stats | sync``: lint the content, count it, bring it into the database."""

import sys

import click
from flask.cli import AppGroup

from question_bank.__main__ import main as bank_command
from question_bank.checks import check_bank
from question_bank.loader import read_bank
from quiz import clock
from quiz.audit.services import record
from quiz.db import db
from quiz.items.services import sync_bank

bank = AppGroup("bank", help="The question bank.")


@bank.command("check")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def check(as_json: bool) -> None:
    """Check every item; exit code 1 when one breaks a rule."""
    sys.exit(bank_command(["check", *(["--json"] if as_json else [])]))


@bank.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
def stats(as_json: bool) -> None:
    """Count items by topic, band and kind."""
    sys.exit(bank_command(["stats", *(["--json"] if as_json else [])]))


@bank.command("sync")
def sync() -> None:
    """Publish the content folder: new and changed items get a new version, vanished ones are retired."""
    items, unreadable = read_bank()
    problems = unreadable + check_bank(items)
    if problems:
        click.echo("\n".join(str(problem) for problem in problems), err=True)
        raise click.ClickException(f"题库有 {len(problems)} 个问题，没有写入任何内容。请先改好，再运行一次。")
    now = clock.now()
    report = sync_bank(db.session, now=now, items=items)
    if report.has_changes:
        record(
            db.session, "item:bank:sync", now=now, actor_id=None, object_type="bank", object_id=report.revision,
            added=report.added, changed=report.changed, restored=report.restored, retired=report.retired,
            offered=report.offered,
        )  # fmt: skip
    db.session.commit()
    click.echo(
        f"新增 {report.added}，更新 {report.changed}，恢复 {report.restored}，停用 {report.retired}，"
        f"未变 {report.unchanged}，本地改过而保留 {report.kept}，另作草稿 {report.offered}；题库版次 {report.revision}"
    )


commands = [bank]
