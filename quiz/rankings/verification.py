"""Prove that the stored standings follow from the answer log: re-mark every attempt, recompute every rank, compare."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.queries import differences
from quiz.contests.models import Contest
from quiz.rankings.models import ContestTally, PupilStanding, UnitStanding
from quiz.rankings.services import recompute

PUPIL_KEY = ("user_id",)
UNIT_KEY = ("category", "level", "unit_id")


def contest_differences(session: Session, contest: Contest) -> Iterator[str]:
    """Sentences naming each attempt, pupil or unit whose stored values are not what the answer log gives."""
    for group in contest.groups:
        for one in differences(session, group.sitting_id):
            yield f"attempt {one.attempt_id}: stored score {one.stored}, recomputed {one.recomputed}"
    pupils, units = recompute(session, contest)
    tally = session.get(ContestTally, contest.id)
    if tally is None:
        if pupils:
            yield f"no standings stored, {len(pupils)} pupils expected"
        return
    if tally.counted != len(pupils):
        yield f"tally: stored {tally.counted} attempts, recomputed {len(pupils)}"
    yield from _compare(session, PupilStanding, tally, pupils, PUPIL_KEY)
    yield from _compare(session, UnitStanding, tally, units, UNIT_KEY)


def _compare(
    session: Session,
    model: type[PupilStanding] | type[UnitStanding],
    tally: ContestTally,
    wanted: list[dict[str, Any]],
    key: Sequence[str],
) -> Iterator[str]:
    names = [name for name in list(model.__mapper__.columns.keys()) if name not in {"id", "contest_id", "generation"}]
    query = sa.select(*[getattr(model, name).label(name) for name in names]).where(
        model.contest_id == tally.contest_id, model.generation == tally.generation
    )
    stored = {tuple(row[name] for name in key): dict(row) for row in session.execute(query).mappings()}
    expected = {tuple(row[name] for name in key): row for row in wanted}
    table = model.__tablename__
    for one in sorted(stored.keys() | expected.keys()):
        label = f"{table} {' '.join(str(part) for part in one)}"
        if one not in stored:
            yield f"{label}: missing"
        elif one not in expected:
            yield f"{label}: should not exist"
        else:
            for name in names:
                if stored[one][name] != expected[one][name]:
                    yield f"{label}: {name} stored {stored[one][name]}, recomputed {expected[one][name]}"
