"""After the load: is every acknowledged answer in the database, and nothing that nobody sent?"""

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bench.load.pupil import Pupil
from bench.load.site import Site

LOG = (
    "SELECT attempt.public_id, item_response.seq, item_response.position, item_response.choices "
    "FROM item_response JOIN attempt ON attempt.id = item_response.attempt_id"
)
OPEN = "SELECT count(*) FROM attempt WHERE status = 'in_progress'"
WAITING = "SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND run_at <= :now"
PATIENCE = 120  # seconds for the worker to fold the last papers into the standings


@dataclass(frozen=True)
class Kept:
    """What was compared: acknowledged answers, those missing or different, rows nobody sent, rows never confirmed."""

    acknowledged: int
    lost: int
    phantom: int
    uncertain: int

    @property
    def is_whole(self) -> bool:
        return self.lost == 0 and self.phantom == 0

    def __str__(self) -> str:
        return (
            f"{self.acknowledged:,} acknowledged answers: {self.lost} lost, {self.phantom} phantom, "
            f"{self.uncertain} stored without a reply that arrived"
        )


def compare(url: str, pupils: Sequence[Pupil]) -> Kept:
    """Every acknowledged answer of the pupils against the answer log."""
    stored: dict[str, dict[int, tuple[int, list[str]]]] = defaultdict(dict)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        for attempt, seq, position, choices in connection.execute(sa.text(LOG)):
            stored[attempt][seq] = (position, json.loads(choices) if isinstance(choices, str) else choices)
    engine.dispose()
    lost = phantom = uncertain = acknowledged = 0
    for pupil in pupils:
        rows = stored.pop(pupil.address.rpartition("/")[2], {})
        acknowledged += len(pupil.acknowledged)
        for seq, answer in pupil.acknowledged.items():
            found = rows.pop(seq, None)
            lost += found is None or found[0] != answer.position or sorted(found[1]) != sorted(answer.choices)
        uncertain += sum(seq in pupil.uncertain for seq in rows)
        phantom += sum(seq not in pupil.uncertain for seq in rows)
    phantom += sum(len(rows) for rows in stored.values())
    return Kept(acknowledged, lost, phantom, uncertain)


def recompute(site: Site) -> list[tuple[str, int, str]]:
    """Wait for the worker, then let the product recompute every mark and rank: (command, exit code, last line)."""
    _wait_for_worker(site.url)
    found = []
    for command in (("attempts", "verify"), ("rankings", "rebuild", "--verify")):
        code, said = site.command(*command)
        found.append((" ".join(command), code, said.splitlines()[-1] if said else ""))
    return found


def _wait_for_worker(url: str) -> None:
    engine, deadline = sa.create_engine(url), time.monotonic() + PATIENCE
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        with engine.connect() as connection:
            now = connection.scalar(sa.text("SELECT CURRENT_TIMESTAMP"))
            quiet = 0 if connection.scalar(sa.text(WAITING), {"now": now}) else quiet + 1
        time.sleep(1)
    engine.dispose()
