"""The rebuild: compute everything from the attempts, write it beside the valid standings, switch.

Written in slices, each a transaction of its own, so that on SQLite answers are saved in between; readers see the old
standings until the switch. What changes meanwhile is folded into the new generation in the transaction that switches.
Killed anywhere, it leaves the old standings valid and rows that the next rebuild removes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import ResultChange
from quiz.contests.models import Contest
from quiz.errors import ConflictError, NotFoundError
from quiz.rankings.expected.services import look_again_from
from quiz.rankings.gathering import sittings_of
from quiz.rankings.models import ContestTally
from quiz.rankings.recomputing import Standings, recompute
from quiz.rankings.services import lease
from quiz.rankings.services.folding import replace_results
from quiz.rankings.services.generations import sweep_generations, write_generation

WAIT_SECONDS, POLL_SECONDS = 600, 0.1


def rebuild(session: Session, *, contest_id: int, now: datetime) -> ContestTally:
    """Recompute the standings of a contest from its counting attempts and make them valid.

    Commits the session, several times. Two rebuilds at once write one after the other. Raises NotFoundError for an unknown
    contest and ConflictError when another rebuild has taken over from this one.
    """
    if session.get(Contest, contest_id) is None:
        raise NotFoundError("没有找到这场比赛。")
    build = _Build(session, contest_id, now)
    build.begin()
    try:
        standings = build.read()
        build.write(standings)
        tally = build.switch(standings)
    except BaseException:
        build.give_up()
        raise
    build.sweep()
    return tally


class _Build:
    """One rebuild. ``generation`` is leased to it until the switch."""

    def __init__(self, session: Session, contest_id: int, now: datetime) -> None:
        self.session = session
        self.contest_id = contest_id
        self.now = now
        self.begun = time.monotonic()
        self.generation = 0
        self.seen: str | None = None  # the digest in the tally when the facts were read

    def moment(self) -> datetime:
        """The time by which the lease is kept: that of the call, and what has passed since."""
        return self.now + timedelta(seconds=time.monotonic() - self.begun)

    def begin(self) -> None:
        """Wait for the lease. From its commit on, folded changes are kept until the switch."""
        self.session.commit()
        while True:
            generation = lease.take(self.session, self.contest_id, self.moment())
            self.session.commit()
            if generation is not None:
                self.generation = generation
                return
            if time.monotonic() - self.begun > WAIT_SECONDS:
                raise ConflictError("另一次重算还没有结束，请稍后再试。")
            time.sleep(POLL_SECONDS)

    def read(self) -> Standings:
        """Everything that is to be written, read without keeping anybody from writing."""
        with lease.only_reading():
            self.seen = self.session.get_one(ContestTally, self.contest_id).facts_digest
            found = recompute(self.session, self.session.get_one(Contest, self.contest_id))
            self.session.rollback()
        return found

    def write(self, standings: Standings) -> None:
        """Write the new generation."""
        write_generation(self.session, self.contest_id, self.generation, standings, self._slice)

    @contextmanager
    def _slice(self) -> Iterator[None]:
        """One transaction of the rebuild; it fails when the lease was lost."""
        lease.keep(self.session, self.contest_id, self.generation, self.moment())
        yield
        self.session.commit()

    def switch(self, standings: Standings) -> ContestTally:
        """Fold what has changed since, and make the new generation the valid one."""
        tally = lease.keep(self.session, self.contest_id, self.generation, self.moment())
        contest = self.session.get_one(Contest, self.contest_id)
        sittings = sittings_of(contest)
        mine = ResultChange.sitting_id.in_([sitting.id for sitting in sittings])
        # Removed first, and just these folded: what is noted from here on (PostgreSQL) waits for the next tally.
        noted = sa.delete(ResultChange).where(mine).returning(ResultChange.user_id)
        changed = set(self.session.scalars(noted, execution_options={"synchronize_session": False}))
        tally.counted = len(standings.results)
        is_unexpected = replace_results(self.session, contest, self.generation, sittings, sorted(changed))
        tally.generation, tally.building, tally.building_at = self.generation, None, None
        tally.number += 1
        tally.tallied_at = self.now
        # Who came unexpectedly meanwhile is put right by the next tally, which then looks at the rosters; so is a new
        # count of the expected, or a pupil excused, since they were read.
        tally.gathered_at = None if is_unexpected or tally.facts_digest != self.seen else self.now
        tally.facts_digest = standings.facts_digest
        look_again_from(self.session, self.contest_id)
        self.session.commit()
        return tally

    def give_up(self) -> None:
        """Let the next one begin at once; after a kill it waits until the lease has run out."""
        self.session.rollback()
        held = (ContestTally.contest_id == self.contest_id, ContestTally.building == self.generation)
        self.session.execute(sa.update(ContestTally).where(*held).values(building_at=None))
        self.session.commit()

    def sweep(self) -> None:
        """Remove every other generation, a slice at a time; those of a freeze (negative) are not a rebuild's."""
        sweep_generations(
            self.session, self.contest_id, lambda column: sa.and_(column >= 0, column != self.generation)
        )  # fmt: skip
