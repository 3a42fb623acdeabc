"""How many pupils a machine carries: they sign in, start within a minute, answer for minutes, hand in within half one.

`python -m bench.capacity --engine sqlite --processes 1 --pupils 300 --minutes 10`
`python -m bench.capacity --engine postgresql --redis --nginx --processes 2 --pupils 2000 --minutes 10`

The pupils run on the same machine and take part of its CPU (shown). Goals: no error; saves within 300 ms for 95 of 100;
starts and hand-ins of a burst within 2 s. Afterwards every acknowledged answer is looked for in the database, and the
product recomputes every mark and rank. Exit code 1 when an answer is missing, a recomputation differs or a goal is missed.
"""

import argparse
import asyncio
import gc
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.load import checking, school
from bench.load.measure import Recorder, machine
from bench.load.pupil import GaveUp, Pupil
from bench.load.report import commit, write
from bench.load.site import Setup, Site, chosen_setup, prepared, running, site_arguments
from quiz import clock
from quiz.app import create_app
from quiz.db import db

SAVE_GOAL, BURST_GOAL = 300.0, 2000.0  # milliseconds, 95 of 100
SIGN_IN_RATE = 25.0  # pupils a second before the start; not part of the goals
ACTS = (
    "slip: page", "slip: sign in", "contest page", "start", "paper", "save", "confirm page", "submit", "result page",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """How many pupils do what in how many seconds. Each saves every ``pause`` seconds on average."""

    pupils: int
    minutes: float
    start_seconds: float
    submit_seconds: float
    pause: float = 10.0


Step = Callable[[Pupil], Awaitable[None]]


async def burst(pupils: Sequence[Pupil], seconds: float, step: Step) -> None:
    """Every pupil does it once, at a moment of their own within so many seconds."""

    async def one(pupil: Pupil) -> None:
        await asyncio.sleep(random.uniform(0, seconds))
        await guarded(pupil, step)

    await asyncio.gather(*(one(pupil) for pupil in pupils))


async def guarded(pupil: Pupil, step: Step) -> None:
    """One step; a pupil who gives up is an error, the others go on."""
    try:
        await step(pupil)
    except GaveUp as error:
        pupil.recorder.error("gave up", error)


async def answer_for(pupils: Sequence[Pupil], seconds: float, pause: float) -> None:
    """Everybody answers until the time is over, each at a pace of their own."""
    end = time.monotonic() + seconds

    async def one(pupil: Pupil) -> None:
        await asyncio.sleep(random.uniform(0, pause))
        while time.monotonic() < end and pupil.address:
            await guarded(pupil, Pupil.answer)
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    await asyncio.gather(*(one(pupil) for pupil in pupils))


async def play(site: Site, pupils: Sequence[Pupil], plan: Plan, contest: str) -> list[str]:
    """The whole contest; returns one table row per phase: seconds, cores of server, nginx, database and client."""
    phases: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("sign in", lambda: burst(pupils, len(pupils) / SIGN_IN_RATE, Pupil.sign_in_by_slip)),
        ("start", lambda: burst(pupils, plan.start_seconds, lambda pupil: pupil.start(contest))),
        ("answer", lambda: answer_for(pupils, plan.minutes * 60, plan.pause)),
        ("hand in", lambda: burst(pupils, plan.submit_seconds, Pupil.hand_in)),
    ]
    rows = []
    for name, phase in phases:
        before, begun = site.cost(), time.monotonic()
        await phase()
        seconds = time.monotonic() - begun
        rows.append(f"| {name} | {seconds:.0f} | {site.cost().since(before, seconds)} | {site.memory():.0f} |")
        print(rows[-1], flush=True)
    for pupil in pupils:
        pupil.browser.close()
    return rows


def misses(recorder: Recorder, kept: checking.Kept, pupils: Sequence[Pupil]) -> list[str]:
    """What was wanted and not reached, in words."""
    found = []
    if recorder.errors:
        found.append(f"{sum(recorder.errors.values())} errors")
    for act, goal in (("save", SAVE_GOAL), ("start", BURST_GOAL), ("paper", BURST_GOAL), ("submit", BURST_GOAL)):
        if not recorder.p95(act) <= goal:
            found.append(f"p95 of {act} is {recorder.p95(act):,.0f} ms, wanted {goal:,.0f}")
    if not kept.is_whole:
        found.append(str(kept))
    if absent := sum(not pupil.is_in for pupil in pupils):
        found.append(f"{absent} pupils did not get to the end")
    return found


def measure(setup: Setup, plan: Plan) -> tuple[str, bool]:
    """Run it; the report and whether everything was as wanted."""
    began = datetime.now(UTC)
    conditions = machine()
    with prepared(setup) as site:
        cohort = build(site, plan.pupils, minutes=int(plan.minutes) + 60)
        with running(site, setup):
            recorder = Recorder()
            pupils = [Pupil(card, site.port, recorder) for card in cohort.pupils]
            rows = asyncio.run(play(site, pupils, plan, cohort.contest))
            kept = checking.compare(site.url, pupils)
            verdicts = checking.recompute(site)
    missed = misses(recorder, kept, pupils) + [f"{name}: {said}" for name, code, said in verdicts if code]
    return text(setup, plan, conditions, began, rows, recorder, kept, verdicts, missed), not missed


def build(site: Site, pupils: int, minutes: int) -> school.Cohort:
    """Fill the site's database."""
    options = {"url": site.url, "pool_size": 1}
    app = create_app({"SQLALCHEMY_ENGINES": {"default": options}, "SECRET_KEY": site.environment["SECRET_KEY"]})
    with app.app_context():
        found = school.build(db.session, pupils=pupils, now=clock.now(), minutes=minutes)
        db.session.commit()
        db.session.close()
        db.engine.dispose()
    return found


def text(
    setup: Setup, plan: Plan, conditions: str, began: datetime, rows: list[str], recorder: Recorder,
    kept: checking.Kept, verdicts: list[tuple[str, int, str]], missed: list[str],
) -> str:  # fmt: skip
    """The report in Markdown."""
    errors = [f"- {number} × {kind} ({recorder.examples[kind]})" for kind, number in recorder.errors.most_common()]
    return "\n".join([
        f"# Capacity: {plan.pupils:,} pupils, {setup.engine}",
        "",
        f"Commit {commit()}, {began:%Y-%m-%d %H:%M} UTC. {conditions}; the pupils run on the same machine.",
        f"Site: {setup}. Every pupil saves every {plan.pause:.0f} s on average for {plan.minutes:g} minutes;",
        f"all start within {plan.start_seconds:.0f} s and hand in within {plan.submit_seconds:.0f} s.",
        "",
        "Times in milliseconds, from the first try to the reply that counted.",
        "",
        "| act | times | p50 | p95 | p99 | longest |", "|---|---|---|---|---|---|",
        *(recorder.row(act) for act in ACTS if recorder.seconds.get(act)),
        "",
        "Cores in use (1.00 = one core), and memory of our processes in MB. PostgreSQL is counted for the whole machine.",
        "",
        "| phase | seconds | web + worker | nginx | PostgreSQL | pupils | MB |", "|---|---|---|---|---|---|---|",
        *rows,
        "",
        f"Kept: {kept}.",
        *(f"`flask {name}`: {'well' if code == 0 else 'WRONG'}: {said}" for name, code, said in verdicts),
        "",
        "Errors: none." if not errors else "Errors:", *errors,
        "",
        "**All goals met.**" if not missed else "**Missed:** " + "; ".join(missed) + ".",
        "",
    ])  # fmt: skip


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    site_arguments(parser, engine="sqlite", processes=1)
    parser.add_argument("--pupils", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--start-seconds", type=float, default=60)
    parser.add_argument("--submit-seconds", type=float, default=30)
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    chosen = arguments()
    allow_many_connections()
    gc.freeze()
    setup = chosen_setup(chosen)
    plan = Plan(chosen.pupils, chosen.minutes, chosen.start_seconds, chosen.submit_seconds)
    report, is_well = measure(setup, plan)
    write(report, chosen.report)
    return 0 if is_well else 1


def allow_many_connections() -> None:
    """Every pupil is an open file here too."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


if __name__ == "__main__":
    sys.exit(main())
