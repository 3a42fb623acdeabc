"""How much of every proof is run: FAULTS=whole as the report asks it, else the cut inside ``make test``."""

import os
from dataclasses import dataclass

IS_WHOLE = os.environ.get("FAULTS") == "whole"


@dataclass(frozen=True)
class Scale:
    """Counts of one run; each proof says in its report how many there really were."""

    kills: int  # of web workers, masters and the worker process
    database_stops: int  # PostgreSQL, immediate
    redis_rounds: int  # kill, hang and flush, each so often
    proxied_requests: int
    pupils_at_once: int  # each with so many
    starts_at_once: int
    machine_runs: int  # runs of the state machine
    machine_steps: int
    traced_saves: int
    mutants: int | None  # None: all


WHOLE = Scale(
    kills=500, database_stops=20, redis_rounds=10, proxied_requests=5000, pupils_at_once=200, starts_at_once=50,
    machine_runs=200, machine_steps=50, traced_saves=200, mutants=None,
)  # fmt: skip
CUT = Scale(
    kills=6, database_stops=2, redis_rounds=1, proxied_requests=300, pupils_at_once=4, starts_at_once=50,
    machine_runs=12, machine_steps=50, traced_saves=20, mutants=3,
)  # fmt: skip

SCALE = WHOLE if IS_WHOLE else CUT
