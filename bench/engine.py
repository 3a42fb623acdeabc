"""The sitting engine against its floor: saves, starts, answering pages, submits, on SQLite and on PostgreSQL.

`python -m bench.engine [--engine sqlite|postgresql] [--rounds 5] [--seconds 3] [--report FILE]`

The floor F (bench/floor.py) does one guarded, durably committed append over the same server; pages are compared with a
Flask view that returns a constant of the same size. Floor and product are loaded in turn, in every round; the table has the
medians, and for every row the median of the rounds' own ratios. Two more rows show what the care buys: the same saves through
Flask and our services without the lane, and the plain way with Flask and ORM objects (bench/plain.py).
"""

import argparse
import os
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench import server, world
from bench.load.report import heading, of_each_engine
from quiz.db import db

LUA = Path(__file__).parent / "wrk"


@dataclass(frozen=True)
class Goal:
    """One row of the table: the product's operation, what it is compared with, and the least ratio."""

    name: str
    floor: str
    least: float


GOALS = (
    Goal("save an answer", "F", 0.7),
    Goal("start an attempt", "F", 0.3),
    Goal("answering page, 20 items", "Flask constant", 0.3),
    Goal("submit and mark", "F", 0.25),
)


class Field:
    """The tables of requests of one run; rounds take what earlier ones have left."""

    def __init__(self, app: Flask, folder: Path, contests: dict[int, str], seconds: float, rounds: int) -> None:
        self.folder, self.seconds = folder, seconds
        self.saved = dict.fromkeys(SAVES, 1)
        self.posted = {"start": 0, "submit": 0}
        most = int(rounds * seconds * 4000) + 2000  # no server here starts or marks more in a second
        first = 1
        for name, count in SAVES.items():
            self._saves(app, name, contests[30], range(first, first + count))
            first += count
        self._pages(app, contests[20], range(first, first + 2000))
        first += 2000
        self._starts(app, contests[30], range(first, min(first + most, 60_000)))
        self._submits(app, contests[30], most)
        with app.app_context():
            db.engine.dispose()

    def _saves(self, app: Flask, name: str, contest: str, users: range) -> None:
        rows = world.sitters(app, contest, users)
        world.write_table(self.path(name), [
            (one.attempt, one.attempt_id, one.user_id, one.cookie, one.csrf, *one.choices) for one in rows
        ])  # fmt: skip

    def _pages(self, app: Flask, contest: str, users: range) -> None:
        rows = world.sitters(app, contest, users)
        world.write_table(self.path("page"), [(f"/attempts/{one.attempt}", one.cookie) for one in rows])
        world.write_table(self.path("Flask constant"), [("/page", "a=b")] * 2)

    def _starts(self, app: Flask, contest: str, users: range) -> None:
        world.write_table(self.path("start"), [
            (f"/contests/{contest}/start", cookie, f"csrf_token={csrf}")
            for user in users for cookie, csrf in [world.credentials(app, user)]
        ])  # fmt: skip

    def _submits(self, app: Flask, contest: str, most: int) -> None:
        """Open attempts with fifteen answers each."""
        rows = world.sitters(app, contest, range(60_001, min(60_001 + most, 100_001)), answers=15)
        world.write_table(self.path("submit"), [
            (f"/attempts/{one.attempt}/submit", one.cookie, f"csrf_token={one.csrf}") for one in rows
        ])  # fmt: skip

    def path(self, name: str) -> Path:
        """The table of an operation."""
        return self.folder / f"{name.replace(' ', '-')}.tsv"

    def load(self, name: str, target: server.Server) -> server.Load:
        """One round of an operation."""
        if name in self.saved:
            found = server.load(target, LUA / "save.lua", self.path(name), self.saved[name], seconds=self.seconds)
            self.saved[name] += int(found.rps * (self.seconds + 1) / SAVES[name]) + 2
        elif name in self.posted:
            found = server.load(target, LUA / "post.lua", self.path(name), self.posted[name], seconds=self.seconds)
            self.posted[name] += (int(found.rps * (self.seconds + 0.5)) + 400) // 2 * 2
        else:
            found = server.load(target, LUA / "get.lua", self.path(name), seconds=self.seconds)
        return found


#: How many pupils sit in each lot of saves.
SAVES = {"F": world.SITTING, "save": world.SITTING, "services": 1000, "plain": 1000}
ORDER = ("F", "save", "start", "submit", "Flask constant", "page", "services", "plain")
COMPARED = {
    "save": ("F", GOALS[0]),
    "start": ("F", GOALS[1]),
    "page": ("Flask constant", GOALS[2]),
    "submit": ("F", GOALS[3]),
}


def measure(engine: str, rounds: int, seconds: float) -> Iterator[str]:
    """The lines of one engine's table."""
    with world.database(engine) as (url, folder):
        app = world.application(url, folder)
        contests = world.build(app)
        field = Field(app, Path(folder), contests, seconds, rounds)
        found: dict[str, list[server.Load]] = {name: [] for name in ORDER}
        size = str(_page_size(app, field))
        with (
            server.serving("bench.floor:app") as floor,
            server.serving("bench.floor:hello_app", PAGE_BYTES=size) as constant,
            server.serving("wsgi:app") as product,
            server.serving("wsgi:app", LANE="0") as services,
            server.serving("bench.plain:app") as plain,
        ):
            targets = {"F": floor, "Flask constant": constant, "services": services, "plain": plain}
            _warm(product, field)
            for _ in range(rounds):
                for name in ORDER:
                    found[name].append(field.load(name, targets.get(name, product)))
        yield from _table(engine, found, size)


def _warm(product: server.Server, field: Field) -> None:
    """Let every process read the bank and the papers, as the pages do before the first answer."""
    for name in ("page", "save", "start"):
        field.load(name, product)


def _page_size(app: Flask, field: Field) -> int:
    path, cookie = field.path("page").read_text().splitlines()[0].split("\t")
    client = app.test_client(use_cookies=False)
    size = len(client.get(path, headers={"Cookie": cookie}).data)
    with app.app_context():
        db.engine.dispose()
    return size


LABELS = {
    "F": "floor F: bare guarded save",
    "Flask constant": "Flask, a constant of {size} bytes",
    "services": "save through Flask and the services, no lane",
    "plain": "save the plain way: Flask, ORM objects",
}


def _table(engine: str, found: dict[str, list[server.Load]], size: str) -> Iterator[str]:
    yield f"### {engine}"
    yield ""
    yield "| operation | rps | p50 ms | p99 ms | server CPU µs | ratio | goal | |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in ORDER:
        loads = found[name]
        numbers = [statistics.median(getattr(load, part) for load in loads) for part in ("rps", "p50", "p99", "cpu")]
        cells = [f"{numbers[0]:,.0f}", f"{numbers[1]:.1f}", f"{numbers[2]:.1f}", f"{numbers[3]:.0f}"]
        errors = sum(load.errors for load in loads)
        label = LABELS.get(name, "").format(size=size)
        if name in COMPARED:
            floor, goal = COMPARED[name]
            ratio = _ratio(loads, found[floor])
            cells += [f"{ratio:.2f} of {goal.floor}", f"≥ {goal.least}", "met" if ratio >= goal.least else "**missed**"]
            label = goal.name
        elif name in SAVES and name != "F":
            cells += [f"{_ratio(loads, found['F']):.2f} of F", "", ""]
        else:
            cells += ["1", "", ""]
        yield f"| {label} | {' | '.join(cells)} |" + (f" {errors} errors" if errors else "")
    tails = statistics.median(
        save.p99 / max(floor.p99, 0.01) for save, floor in zip(found["save"], found["F"], strict=True)
    )
    yield ""
    yield f"p99 of a save: {tails:.1f} × F's (goal ≤ 3: {'met' if tails <= 3 else '**missed**'})."
    yield ""


def _ratio(ours: Sequence[server.Load], floors: Sequence[server.Load]) -> float:
    """The median of the rounds' ratios: what drifts with the machine drifts in both."""
    return statistics.median(one.rps / floor.rps for one, floor in zip(ours, floors, strict=True))


def main() -> None:
    """Measure and print; with --report also write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    lines = [heading("The sitting engine")]
    lines.append(
        f"{world.ITEMS} items, {world.SCHOOLS} schools, {world.PUPILS:,} pupils with sessions, {world.SITTING} sit; "
        f"{server.PROCESSES} processes of {server.THREADS} threads, {server.CONNECTIONS} connections; medians of "
        f"{chosen.rounds} interleaved rounds of {chosen.seconds:g} s; load of the machine before: {os.getloadavg()[0]:.1f}.\n"
    )
    print(*lines, sep="\n", flush=True)
    options = ["--rounds", str(chosen.rounds), "--seconds", str(chosen.seconds)]
    measured = (
        measure(chosen.engine, chosen.rounds, chosen.seconds)
        if chosen.engine
        else of_each_engine("bench.engine", options)
    )
    for line in measured:
        print(line, flush=True)
        lines.append(line)
    if chosen.report:
        chosen.report.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
