"""Pages that list or add up places, in a province of 30,000 schools in 3,000 counties: statements, rows, server time.

`python -m bench.places [--engine sqlite|postgresql] [--report FILE]`. Each page is asked for by its reader in the process
itself, without a network, ten times after two that fill caches; the median of the time of the whole answer is what counts.
The goal is GOAL_MS. Standings, a trial and a list of awards are written as the product would have written them.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bench.load.report import heading, write
from quiz import clock
from quiz.db import db
from tests.factories.large_province import PROVINCE, Large, build
from tests.factories.queries import counted, fetched
from tests.signin import sign_in_as
from tests.world import World

ROUNDS, GOAL_MS = 10, 300
CONDITIONS = (
    "Each page was asked for in the process itself, without a network, as an administrator, after two requests that fill "
    f"caches; the median of {ROUNDS} is what counts. Processor ms is the processor time of this process for one request. "
    "When it ended the machine's load was {load:.0f} on {cores} cores.\n"
)


@dataclass(frozen=True)
class Page:
    """What was measured of one page."""

    name: str
    statements: int
    rows: int
    kilobytes: float
    median_ms: float
    processor_ms: float


def pages(large: Large) -> dict[str, str]:
    """What a page is called, and its address."""
    desk, over = "/desk/contests", large.over
    return {
        "command board": f"{desk}/{large.running}/command",
        "command board, big screen": f"{desk}/{large.running}/command/stage",
        "reminders": f"{desk}/{large.running}/reminders",
        "contest (running)": f"{desk}/{large.running}",
        "contest (over)": f"{desk}/{over}",
        "contests, list": f"{desk}/",
        "wizard, province's places": f"{desk}/new?host=region:{PROVINCE}",
        "staff board, schools": f"/rankings/{over}/manage?level=school",
        "staff board, counties": f"/rankings/{over}/manage?level=county",
        "staff board, nobody took part": f"/rankings/{over}/manage?level=school&only=idle",
        "public board, schools": f"/boards/{over}?level=school",
        "public board, counties": f"/boards/{over}?level=county",
        "trial by county": f"/desk/promotion/{over}/runs/{large.run_by_county}",
        "trial by school": f"/desk/promotion/{over}/runs/{large.run_by_school}",
        "promotion": f"/desk/promotion/{over}",
        "award list": f"/awards/{over}/drafts/{large.draft}",
        "awards": f"/awards/{over}",
        "bulletin, 14 prefectures": f"{desk}/{over}/bulletin",
        "bulletin, 3,000 counties": f"{desk}/{over}/bulletin?level=county",
        "bulletin for others, 3,000 counties": f"{desk}/{over}/bulletin?level=county&copy=public",
        "bulletin of a prefecture, 2,150 schools": f"{desk}/{large.of_prefecture}/bulletin?level=school",
    }


def measure(app: Flask, client: FlaskClient, name: str, path: str) -> Page:
    """One page, ten times."""
    patch = pytest.MonkeyPatch()
    for _ in range(2):
        reply = client.get(path)
        assert reply.status_code == 200, (name, reply.status_code)
    with counted(app) as statements, fetched(patch) as rows:
        client.get(path)
    times = [timed(lambda: client.get(path)) for _ in range(ROUNDS)]
    took, worked = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    return Page(name, len(statements), sum(rows), len(reply.data) / 1024, took, worked)


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the wall's clock, and of the processor."""
    begun, worked = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - begun, time.process_time() - worked


def lines(engine: str, found: list[Page]) -> list[str]:
    """The table of one database."""
    rows = [
        f"| {one.name} | {one.statements} | {one.rows} | {one.kilobytes:.0f} | {one.median_ms:.0f} | {one.processor_ms:.0f} | "
        f"{'yes' if one.median_ms <= GOAL_MS else '**no**'} |"
        for one in found
    ]
    head = f"| page | statements | rows read | KB | median ms | processor ms | ≤ {GOAL_MS} ms |"
    return [f"## {engine}", "", head, "|---|---|---|---|---|---|---|", *rows, ""]


def main() -> None:
    """Measure, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    text: list[str] = []
    for engine in options.engine or ["sqlite"]:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder), engine, "bench")
            try:
                with world.app.app_context():
                    large = build(db.session, world.cast)
                client = sign_in_as(world.app, world.cast.admin, clock.now())
                found = [measure(world.app, client, name, path) for name, path in pages(large).items()]
            finally:
                world.close()
        text += lines(engine, found)
    title = heading("Pages that list places: 30,000 schools, 3,000 counties")
    write(
        f"{title}\n{CONDITIONS.format(load=os.getloadavg()[0], cores=os.cpu_count())}\n" + "\n".join(text),
        options.report,
    )


if __name__ == "__main__":
    main()
