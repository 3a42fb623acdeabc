"""The question bank: its whole lint, and the import of a table of 2,000 rows by a real worker, also one that is killed.

`python -m bench.bank [--rows 2000]`. Floors, measured in the same run: for the lint, reading the bank's files; for the
import, reading the same workbook with the bare reader (python-calamine). Times are of the wall clock on a machine that
may be busy; the ratio says more than the seconds.
"""

import argparse
import io
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import sqlalchemy as sa
import xlsxwriter
from flask import Flask
from python_calamine import CalamineWorkbook

from question_bank.checks import check_bank
from question_bank.loader import load_bank
from quiz import clock
from quiz.accounts.rules import Actor
from quiz.accounts.services.setup import create_admin
from quiz.app import create_app
from quiz.db import db
from quiz.items.editing.models import ItemDraft
from quiz.items.importing.models import ItemImport, ItemImportStatus
from quiz.items.importing.reading import Defaults
from quiz.items.importing.services import start_import
from quiz.jobs.models import Job

LIMIT = 10.0  # seconds that the preview of 2,000 rows and the lint may take
ROUNDS = 5


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def workbook(rows: int) -> bytes:
    """A table in the usual layout; the stems are those of the bank with a number, so that likeness has work to do."""
    target = io.BytesIO()
    items = [item for item in load_bank() if item.kind == "single"]
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "难度"])
        for number in range(rows):
            item = items[number % len(items)]
            texts = [choice.text for choice in item.choices][:4]
            texts += [""] * (4 - len(texts))
            key = item.answer_key[0].upper()
            page.write_row(number + 1, 0, ["单选题", f"（{number}）{item.stem}", *texts, key, item.explanation, "2"])
    return target.getvalue()


def upload(app: Flask, actor: Actor, data: bytes) -> int:
    """Queue the dry run of a file; the import's id."""
    with app.app_context():
        found = start_import(
            db.session, actor=actor, filename="2000.xlsx", data=data, code="", defaults=Defaults(), now=clock.now()
        )
        db.session.commit()
        return found.id


def worker() -> subprocess.Popen[bytes]:
    """A worker as it runs in production, a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "flask", "worker"], stderr=subprocess.DEVNULL)


def state(app: Flask, import_id: int) -> tuple[ItemImportStatus, int]:
    """(status, rows looked at so far)"""
    with app.app_context():
        row = db.session.get_one(ItemImport, import_id)
        job = db.session.get(Job, row.job_id) if row.job_id else None
        return row.status, (job.progress_done or 0) if job else 0


def preview(app: Flask, actor: Actor, data: bytes) -> tuple[float, list[int]]:
    """Seconds from upload to the finished preview with an idle worker, and the progress that was seen."""
    running = worker()
    try:
        time.sleep(4)  # until it waits for work
        import_id, seen, begun = upload(app, actor, data), [], time.perf_counter()
        while True:
            status, done = state(app, import_id)
            if done and (not seen or done != seen[-1]):
                seen.append(done)
            if status is not ItemImportStatus.QUEUED:
                assert status is ItemImportStatus.READY, status
                return time.perf_counter() - begun, seen
            time.sleep(0.05)
    finally:
        running.terminate()
        running.wait()


def killed(app: Flask, actor: Actor, data: bytes) -> str:
    """Kill the worker in the middle of a preview; what the database holds then."""
    running, import_id = worker(), upload(app, actor, data)
    while state(app, import_id)[1] < 200:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    with app.app_context():
        row = db.session.get_one(ItemImport, import_id)
        drafts = db.session.scalar(sa.select(sa.func.count(ItemDraft.id)))
        return f"drafts {drafts}, found {len(row.found or ())}, status {row.status}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2000)
    rows = parser.parse_args().rows
    bank = load_bank()
    floor, lint = timed(load_bank), timed(lambda: check_bank(bank))
    print(f"{'':38}{'seconds':>9}{'x floor':>9}")
    print(f"{f'read {len(bank)} items (floor)':38}{floor:9.2f}{1:9.1f}")
    print(f"{'whole lint':38}{lint:9.2f}{lint / floor:9.1f}   {'under' if lint < LIMIT else 'OVER'} {LIMIT:.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(INSTANCE_PATH=folder, FLASK_APP="wsgi", DEMO="0")
        os.environ.pop("DATABASE_URL", None)
        subprocess.run([sys.executable, "-m", "flask", "seed"], check=True, stdout=subprocess.DEVNULL)
        app = create_app()
        with app.app_context():
            user = create_admin(
                db.session, name="bench", username="bench-admin", password=secrets.token_urlsafe(16), now=clock.now()
            )
            db.session.commit()
            actor = Actor(user.id, user.public_id, user.name, "staff", "bench", 1)
        data = workbook(rows)
        bare = timed(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python())
        taken, seen = preview(app, actor, data)
        print(f"{f'read a workbook of {rows} rows (floor)':38}{bare:9.2f}{1:9.1f}")
        print(
            f"{'upload to finished preview':38}{taken:9.2f}{taken / bare:9.1f}   {'under' if taken < LIMIT else 'OVER'} {LIMIT:.0f} s"
        )
        print(f"progress seen: {', '.join(map(str, seen))}")
        print(f"worker killed after 200 rows: {killed(app, actor, data)}")


if __name__ == "__main__":
    main()
