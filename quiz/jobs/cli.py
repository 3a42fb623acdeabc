"""``flask worker``: run background work until stopped."""

import signal
import threading

import click
from flask import current_app
from flask.cli import with_appcontext

from quiz.jobs.worker import work


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run background jobs and periodic duties until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


commands = [worker]
