"""Sign-in storm: 1,000 pupils type their PIN within two minutes, class by class, while 500 others sit and save.

`python -m bench.storm --engine postgresql --nginx --processes 2`

Rounds alternate: a quiet stretch, then as long a stretch in which whole classes sign in (50 pupils within six seconds each).
The savers go on through both, so the two columns were measured in the same minutes. Goal: saves' p95 unharmed, that is at
most 1.5 times the quiet one or 50 ms, whichever is more; everybody gets in without error, 95 of 100 within ten seconds.
"""

import argparse
import asyncio
import gc
import random
import sys
import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime

from bench.capacity import allow_many_connections, build, burst, guarded
from bench.load import checking
from bench.load.measure import Recorder, machine, milliseconds
from bench.load.pupil import Pupil
from bench.load.report import commit, write
from bench.load.school import CLASS_SIZE
from bench.load.site import Setup, Site, chosen_setup, prepared, running, site_arguments

CLASS_SECONDS = 6.0
PAUSE = 10.0
HARMLESS_RATIO, HARMLESS_MS, IN_MS = 1.5, 50.0, 10_000.0


class Sitters:
    """Pupils who answer all the time; ``recorder`` may be changed under them."""

    def __init__(self, pupils: Sequence[Pupil]) -> None:
        self.pupils = pupils
        self.is_over = False

    def record_in(self, recorder: Recorder) -> None:
        """From now on saves count there."""
        for pupil in self.pupils:
            pupil.recorder = recorder

    async def sit(self) -> None:
        """Until ``is_over``."""
        await asyncio.gather(*(self._one(pupil) for pupil in self.pupils))

    async def _one(self, pupil: Pupil) -> None:
        await asyncio.sleep(random.uniform(0, PAUSE))
        while not self.is_over:
            await guarded(pupil, Pupil.answer)
            await asyncio.sleep(random.uniform(0.5, 1.5) * PAUSE)


async def storm(pupils: Sequence[Pupil], seconds: float) -> None:
    """Class after class signs in, each at a moment of its own."""

    async def one_class(members: Sequence[Pupil]) -> None:
        await asyncio.sleep(random.uniform(0, max(0.0, seconds - CLASS_SECONDS)))
        await burst(members, CLASS_SECONDS, Pupil.sign_in_by_pin)

    classes = [pupils[at : at + CLASS_SIZE] for at in range(0, len(pupils), CLASS_SIZE)]
    await asyncio.gather(*(one_class(members) for members in classes))


async def play(
    site: Site, sitters: Sitters, arriving: Sequence[Pupil], contest: str, rounds: int, seconds: float
) -> tuple[Recorder, Recorder, list[str]]:
    """Everybody sits down, then quiet and storm in turn; saves of both, and a row of cores per stretch."""
    quiet, stormy, rows = Recorder(), Recorder(), []
    await burst(sitters.pupils, len(sitters.pupils) / 20, Pupil.sign_in_by_slip)
    await burst(sitters.pupils, len(sitters.pupils) / 8, lambda pupil: pupil.start(contest))
    sitting = asyncio.create_task(sitters.sit())
    await asyncio.sleep(PAUSE)
    share = len(arriving) // rounds
    for number in range(rounds):
        sitters.record_in(quiet)
        rows.append(await _stretch(site, f"quiet {number + 1}", asyncio.sleep(seconds)))
        sitters.record_in(stormy)
        newcomers = arriving[number * share : (number + 1) * share]
        rows.append(await _stretch(site, f"storm {number + 1}", storm(newcomers, seconds)))
    sitters.is_over = True
    await sitting
    for pupil in [*sitters.pupils, *arriving]:
        pupil.browser.close()
    return quiet, stormy, rows


async def _stretch(site: Site, name: str, work: Awaitable[None]) -> str:
    before, begun = site.cost(), time.monotonic()
    await work
    seconds = time.monotonic() - begun
    row = f"| {name} | {seconds:.0f} | {site.cost().since(before, seconds)} |"
    print(row, flush=True)
    return row


def measure(setup: Setup, chosen: argparse.Namespace) -> tuple[str, bool]:
    """Run it; the report and whether saves were unharmed."""
    began, conditions = datetime.now(UTC), machine()
    with prepared(setup) as site:
        cohort = build(site, chosen.sitting + chosen.arriving, minutes=90)
        with running(site, setup):
            arrivals, sitters = (
                Recorder(),
                Sitters([Pupil(card, site.port, Recorder()) for card in cohort.pupils[: chosen.sitting]]),
            )
            arriving = [Pupil(card, site.port, arrivals) for card in cohort.pupils[chosen.sitting :]]
            quiet, stormy, rows = asyncio.run(
                play(site, sitters, arriving, cohort.contest, chosen.rounds, chosen.seconds)
            )
            kept = checking.compare(site.url, sitters.pupils)
    missed = misses(quiet, stormy, arrivals, kept)
    lines = [
        f"# Sign-in storm: {chosen.arriving:,} pupils sign in while {chosen.sitting:,} sit, {setup.engine}",
        "",
        f"Commit {commit()}, {began:%Y-%m-%d %H:%M} UTC. {conditions}; the pupils run on the same machine.",
        f"Site: {setup}. {chosen.rounds} rounds of {chosen.seconds:g} s quiet and {chosen.seconds:g} s storm; "
        f"classes of {CLASS_SIZE} within {CLASS_SECONDS:g} s each.",
        "",
        "Milliseconds, from the first try to the reply that counted.",
        "",
        "| act | times | p50 | p95 | p99 | longest |", "|---|---|---|---|---|---|",
        quiet.row("save").replace("| save", "| save, quiet"),
        stormy.row("save").replace("| save", "| save, storm"),
        arrivals.row("PIN: page"),
        arrivals.row("PIN: sign in"),
        f"\nTold to wait and sent again by the page: {len(arrivals.seconds.get('PIN: sign in: told to wait', []))} times.",
        "",
        "| stretch | seconds | web + worker | nginx | PostgreSQL | pupils |", "|---|---|---|---|---|---|",
        *rows,
        "",
        f"Kept: {kept}.",
        "",
        *(f"- {number} × {kind}" for one in (quiet, stormy, arrivals) for kind, number in one.errors.most_common()),
        "**All goals met.**" if not missed else "**Missed:** " + "; ".join(missed) + ".",
        "",
    ]  # fmt: skip
    return "\n".join(lines), not missed


def misses(quiet: Recorder, stormy: Recorder, arrivals: Recorder, kept: checking.Kept) -> list[str]:
    """What was wanted and not reached, in words."""
    found = []
    limit = max(HARMLESS_MS, HARMLESS_RATIO * quiet.p95("save"))
    if not stormy.p95("save") <= limit:
        found.append(f"p95 of saves in the storm is {stormy.p95('save'):,.0f} ms, wanted at most {limit:,.0f}")
    times = sorted(arrivals.seconds["PIN: sign in"])
    if not milliseconds(times, 0.95) <= IN_MS:
        found.append(f"95 of 100 were in after {milliseconds(times, 0.95):,.0f} ms, wanted {IN_MS:,.0f}")
    if errors := sum(sum(one.errors.values()) for one in (quiet, stormy, arrivals)):
        found.append(f"{errors} errors")
    if not kept.is_whole:
        found.append(str(kept))
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    site_arguments(parser, engine="postgresql", processes=2)
    parser.add_argument("--sitting", type=int, default=500)
    parser.add_argument("--arriving", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=40, help="of each stretch; the storms together last two minutes"
    )
    chosen = parser.parse_args()
    allow_many_connections()
    gc.freeze()
    setup = chosen_setup(chosen)
    report, is_well = measure(setup, chosen)
    write(report, chosen.report)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
