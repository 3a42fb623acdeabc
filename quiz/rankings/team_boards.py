"""Boards of teams: each is the sum of its members' counting results, as the pupils' stored standings have them.

Nothing of a team is stored: marks given anew, attempts voided and stand-ins are in the sums at once. A member without a
result counts 0 and the whole duration. Equal scores are decided by the sum of seconds, then the rank is shared: 1-2-2-4.
A team of which nobody has a result has no rank. Call within one snapshot (quiz.rankings.snapshot).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.attempts.models import Attempt
from quiz.attempts.rules import FULL_SCORE
from quiz.contests.models import ContestGroup, Team, TeamMember
from quiz.contests.teams.queries import within as teams_within
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.rules import MOST_SECONDS, MOST_UNITS, SECONDS_BITS, score_of, seconds_of, upper_part
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.rules import Scope

SMALLEST_SHOWN = 2  # results of a team on a public board: with one, its score would be that pupil's


@dataclass(frozen=True)
class TeamRow:
    """A team on a board; ``rank`` is None while none of its members has a result."""

    team_id: int
    public_id: str
    name: str
    school_id: int
    school: str
    county: str
    score: int  # the sum, in hundredths
    seconds: int
    results: int
    rank: int | None
    is_tied: bool


@dataclass(frozen=True)
class Term:
    """What one member adds to the team: None for score and seconds without a counting result."""

    user_id: int
    name: str
    class_id: int
    school_class: SchoolClass
    score: int | None
    seconds: int | None
    counted_seconds: int


_KEY = PupilStanding.order_key
_SCORE = FULL_SCORE - _KEY.bitwise_rshift(SECONDS_BITS)
_SECONDS = _KEY.bitwise_and(MOST_SECONDS)


class TeamBoard:
    """One group's teams of a stage, by the standings of one tally; nobody has a result before the first."""

    def __init__(self, session: Session, tally: ContestTally | None, group: ContestGroup) -> None:
        self.session, self.group = session, group
        # where time is not compared nobody's counts
        self.duration = group.sitting.duration_seconds if group.sitting.compares_time else 0
        self.board_id = 0 if tally is None else self._board(tally)

    def _board(self, tally: ContestTally) -> int:
        query = sa.select(StandingBoard.id).where(
            StandingBoard.contest_id == tally.contest_id, StandingBoard.generation == tally.generation,
            StandingBoard.group_kind == self.group.kind.value,
        )  # fmt: skip
        return self.session.scalar(query) or 0

    def _standing(self) -> sa.ColumnElement[bool]:
        return sa.and_(PupilStanding.board_id == self.board_id, PupilStanding.user_id == TeamMember.user_id)

    def sums(self) -> sa.Subquery:
        """SQL: every team with its sums, when the last of its members handed in, and its rank."""
        results = sa.func.count(PupilStanding.user_id)
        score = sa.func.coalesce(sa.func.sum(_SCORE), 0)
        seconds = sa.func.sum(sa.func.coalesce(_SECONDS, self.duration))
        summed = (
            sa.select(
                Team.id.label("team_id"), results.label("results"), score.label("score"), seconds.label("seconds"),
                sa.func.max(Attempt.closed_at).label("handed_in"),
            )
            .join(TeamMember, sa.and_(TeamMember.team_id == Team.id, ~TeamMember.is_reserve))
            .outerjoin(PupilStanding, self._standing())
            .outerjoin(Attempt, Attempt.id == PupilStanding.attempt_id)
            .where(Team.group_id == self.group.id, Team.withdrawn_at.is_(None))
            .group_by(Team.id)
            .subquery()
        )  # fmt: skip
        has_none = summed.c.results == 0
        order = (has_none, summed.c.score.desc(), summed.c.seconds)
        same = (has_none, summed.c.score, summed.c.seconds)
        return sa.select(
            *summed.c, sa.func.rank().over(order_by=order).label("rank"),
            sa.func.count().over(partition_by=same).label("sharing"),
        ).subquery()  # fmt: skip

    def query(self, scope: Scope | None = None) -> sa.Select[Any]:
        """The rows of the board in order, for :func:`row_of`; ``scope`` leaves teams of others out, ranks stay."""
        sums = self.sums()
        query: Any = (
            sa.select(
                Team.id, Team.public_id, Team.name, School.id, School.name, Region.name, sums.c.score, sums.c.seconds,
                sums.c.results, sums.c.rank, sums.c.sharing,
            )
            .join(sums, sums.c.team_id == Team.id)
            .join(School, School.id == Team.school_id)
            .join(Region, Region.id == School.county_id)
            .order_by(sums.c.rank, Region.rank, School.id, Team.id)
        )  # fmt: skip
        found: sa.Select[Any] = query if scope is None else query.where(teams_within(scope))
        return found

    def rows(self, scope: Scope | None = None) -> list[TeamRow]:
        """All rows."""
        return [row_of(row) for row in self.session.execute(self.query(scope))]

    def one(self, team_id: int) -> TeamRow | None:
        """One team with its rank."""
        row = self.session.execute(self.query().where(Team.id == team_id)).first()
        return None if row is None else row_of(row)

    def terms(self, team_id: int) -> list[Term]:
        """What each member of a team adds to it, in the team's order."""
        return self.terms_of([team_id])[team_id]

    def terms_of(self, team_ids: Collection[int]) -> dict[int, list[Term]]:
        """:meth:`terms` of a few teams, by team id."""
        found: dict[int, list[Term]] = {one: [] for one in team_ids}
        query = (
            sa.select(TeamMember.team_id, User.id, User.name, TeamMember.class_id, SchoolClass, PupilStanding.order_key)
            .select_from(TeamMember)
            .join(User, User.id == TeamMember.user_id)
            .join(SchoolClass, SchoolClass.id == TeamMember.class_id)
            .outerjoin(PupilStanding, self._standing())
            .where(TeamMember.team_id.in_(found), ~TeamMember.is_reserve)
            .order_by(TeamMember.team_id, TeamMember.place)
        )
        for team_id, user_id, name, class_id, school_class, key in self.session.execute(query):
            found[team_id].append(self._term(user_id, name, class_id, school_class, key))
        return found

    def _term(self, user_id: int, name: str, class_id: int, school_class: SchoolClass, key: int | None) -> Term:
        if key is None:
            return Term(user_id, name, class_id, school_class, None, None, self.duration)
        return Term(user_id, name, class_id, school_class, score_of(key), seconds_of(key), seconds_of(key))


def upper_teams(rows: Sequence[TeamRow]) -> tuple[list[TeamRow], int]:
    """Of all rows of a board the upper half for everybody (at most 50 teams), and how many are ranked."""
    ranked = [row for row in rows if row.rank is not None]
    shown = upper_part(ranked, size=len(ranked), most=MOST_UNITS, rank_of=lambda row: row.rank or 0)
    return [row for row in shown if row.results >= SMALLEST_SHOWN], len(ranked)


def row_of(row: Any) -> TeamRow:
    """A row of :meth:`TeamBoard.query`."""
    team_id, public_id, name, school_id, school, county, score, seconds, results, rank, sharing = row
    has_results = results > 0
    return TeamRow(
        team_id, public_id, name, school_id, school, county, int(score), int(seconds), results,
        rank if has_results else None, has_results and sharing > 1,
    )  # fmt: skip
