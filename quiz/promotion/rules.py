"""Rules of promotion, pure: seats for each unit, who takes them, and the reason for everybody.

The order within a group is that of its board (rankings.rules.order_key, smaller is better). A unit is a class, school,
county or prefecture, or the whole contest; each has a number of seats. Whoever was disqualified competes for none of them,
whoever withdrew leaves the seat to the next of the unit.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from quiz.attempts.rules import FULL_SCORE
from quiz.errors import DomainError
from quiz.promotion.winning import Sat, won
from quiz.rankings.rules import score_of

MOST_SEATS = 100_000


class UnitLevel(StrEnum):
    """The units that have seats of their own."""

    WHOLE = "whole"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    SCHOOL = "school"
    CLASS = "class"


class QuotaKind(StrEnum):
    FIXED = "fixed"  # so many seats for each unit
    PROPORTIONAL = "proportional"  # so many in all, shared out by participants, with a minimum for each unit


class Ties(StrEnum):
    """What happens when equal results lie across the last seat."""

    ALL_IN = "all_in"
    EARLIER = "earlier"  # who handed in earlier; all in where that is equal too
    PLAYOFF = "playoff"  # nobody until a play-off paper was sat and its winners named


class DecisionKind(StrEnum):
    """What people decide about one pupil, with a reason."""

    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"
    PLAYOFF_WON = "playoff_won"
    HOST_SEED = "host_seed"
    WILD_CARD = "wild_card"
    REVIVED = "revived"


EXTRA = frozenset({DecisionKind.HOST_SEED, DecisionKind.WILD_CARD, DecisionKind.REVIVED})  # seats beside the quota


class Decisions(dict[int, DecisionKind]):
    """The decisions that stand, by pupil (or team).

    ``sat`` are the play-offs that were recorded, ``by_hand`` those named as winners without one; each the earliest first.
    """

    def __init__(
        self, kinds: Mapping[int, DecisionKind], sat: Sequence[Sat] = (), by_hand: Sequence[int] | None = None
    ) -> None:
        super().__init__(kinds)
        self.won = tuple(user for user, kind in kinds.items() if kind is DecisionKind.PLAYOFF_WON)
        self.sat, self.by_hand = tuple(sat), self.won if by_hand is None else tuple(by_hand)


class Outcome(StrEnum):
    THROUGH = "through"
    RESERVE = "reserve"
    UNDECIDED = "undecided"
    OUT = "out"


class Reason(StrEnum):
    QUOTA = "quota"
    TIED_IN = "tied_in"
    STAND_IN = "stand_in"
    BEST_OF_REST = "best_of_rest"
    PLAYOFF_WON = "playoff_won"
    HOST_SEED = "host_seed"
    WILD_CARD = "wild_card"
    REVIVED = "revived"
    RESERVE = "reserve"
    PLAYOFF = "playoff"
    PLAYOFF_AGAIN = "playoff_again"
    PLAYOFF_LOST = "playoff_lost"
    LATER = "later"
    BELOW_LINE = "below_line"
    BELOW_CUTOFF = "below_cutoff"
    WITHDRAWN = "withdrawn"
    DISQUALIFIED = "disqualified"


@dataclass(frozen=True)
class Quota:
    """The seats of one group. ``cutoff`` is the least score in hundredths; ``reserves`` are named for each unit.

    ``number`` is for each unit (fixed) or in all (proportional); ``best_of_rest`` go to the best of all units together
    who got none.
    """

    kind: QuotaKind = QuotaKind.FIXED
    number: int = 10
    minimum: int = 1
    best_of_rest: int = 0
    cutoff: int | None = None
    reserves: int = 2


@dataclass(frozen=True)
class Plan:
    """The declared way of promotion from one stage to the next."""

    level: UnitLevel = UnitLevel.COUNTY
    ties: Ties = Ties.ALL_IN
    quotas: Mapping[str, Quota] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "level": self.level,
            "ties": self.ties,
            "quotas": {key: asdict(one) for key, one in self.quotas.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Plan":
        """The inverse of to_dict()."""
        quotas = {key: Quota(**{**one, "kind": QuotaKind(one["kind"])}) for key, one in data["quotas"].items()}
        return cls(UnitLevel(data["level"]), Ties(data["ties"]), quotas)


@dataclass(frozen=True)
class Candidate:
    """A pupil with a counting result, or a team by its own id. ``handed_in`` is a number that grows with time.

    ``score`` is what a cut-off is compared with, where the key is not a pupil's.
    """

    user_id: int
    unit: str
    order_key: int
    handed_in: float
    score: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What becomes of a candidate: ``place`` is the rank in the unit (None for the disqualified), ``seats`` the unit's.

    ``number`` counts the reserves of a unit from 1.
    """

    user_id: int
    unit: str
    outcome: Outcome
    reason: Reason
    place: int | None
    seats: int
    number: int | None = None


@dataclass(frozen=True)
class Tie:
    """Those who share a result across the last seat of a unit (or of the best of the rest), and how many seats are left."""

    users: tuple[int, ...]
    seats: int


def check_plan(plan: Plan) -> None:
    """Raise DomainError for what cannot be right."""
    for quota in plan.quotas.values():
        numbers = (quota.number, quota.minimum, quota.best_of_rest, quota.reserves)
        if not all(0 <= number <= MOST_SEATS for number in numbers):
            raise DomainError("名额填 0 到 100000 之间的整数。")
        if quota.cutoff is not None and not 0 <= quota.cutoff <= FULL_SCORE:
            raise DomainError("分数线填 0 到 100 之间的数。")
        if quota.number == 0 and quota.best_of_rest == 0:
            raise DomainError("有一个组别一个名额也没有，请填名额。")


def seats(quota: Quota, participants: Mapping[str, int]) -> dict[str, int]:
    """The seats of each unit in which somebody took part.

    Proportional: every unit gets the minimum (at most one for each participant), the rest is shared out by participants with
    the largest remainders first; equal remainders go to the unit with more participants, then to the smaller code. Raises
    DomainError when the minimum alone needs more seats than there are.
    """
    if quota.kind is QuotaKind.FIXED:
        return dict.fromkeys(participants, quota.number)
    given = {unit: min(quota.minimum, number) for unit, number in participants.items()}
    left = quota.number - sum(given.values())
    if left < 0:
        raise DomainError(
            "总名额 %(number)s 个不够每个单位至少 %(minimum)s 个，至少要 %(needed)s 个。",
            number=quota.number, minimum=quota.minimum, needed=sum(given.values()),
        )  # fmt: skip
    return {unit: given[unit] + more for unit, more in _shared(left, participants).items()}


def _shared(number: int, weights: Mapping[str, int]) -> dict[str, int]:
    """``number`` seats by largest remainder."""
    total = sum(weights.values())
    if not total:
        return dict.fromkeys(weights, 0)
    shares = {unit: number * weight // total for unit, weight in weights.items()}
    order = sorted(weights, key=lambda unit: (-(number * weights[unit] % total), -weights[unit], unit))
    for unit in order[: number - sum(shares.values())]:
        shares[unit] += 1
    return shares


Key = Callable[[Candidate], tuple[float, ...]]


class _Group:
    """Decides one group; every step fills ``found``."""

    def __init__(self, quota: Quota, ties: Ties, candidates: Iterable[Candidate], named: Mapping[int, DecisionKind]):
        self.quota, self.ties = quota, ties
        self.named = named if isinstance(named, Decisions) else Decisions(named)
        self.key: Key = (
            (lambda one: (one.order_key, one.handed_in)) if ties is Ties.EARLIER else (lambda one: (one.order_key,))
        )
        everybody = sorted(candidates, key=lambda one: (one.order_key, one.handed_in, one.user_id))
        self.everybody = everybody
        self.fair = [one for one in everybody if named.get(one.user_id) is not DecisionKind.DISQUALIFIED]
        self.seats = seats(quota, Counter(one.unit for one in self.fair))
        self.found: dict[int, tuple[Outcome, Reason, int | None]] = {}
        self.open_ties: list[Tie] = []
        self.later: set[int] = set()  # as good as the last seat, but handed in later

    def reached(self, one: Candidate) -> bool:
        """Whether the result lies at the cut-off or above."""
        score = score_of(one.order_key) if one.score is None else one.score
        return self.quota.cutoff is None or score >= self.quota.cutoff

    def competes(self, one: Candidate) -> bool:
        """Whether a candidate can take a seat by the result."""
        return self.reached(one) and self.named.get(one.user_id) is not DecisionKind.WITHDRAWN

    def take(
        self, pool: Sequence[Candidate], number: int, reason: Callable[[Candidate], Reason], *, is_rest: bool = False
    ) -> None:
        """Give ``number`` seats to the first of ``pool``; ties across the last one as declared."""
        if number <= 0 or not pool:
            return
        last = pool[min(number, len(pool)) - 1]
        line = self.key(last)
        self.later |= {one.user_id for one in pool if one.order_key == last.order_key and self.key(one) > line}
        better = [one for one in pool if self.key(one) < line]
        tied = [one for one in pool if self.key(one) == line]
        fits = len(better) + len(tied) <= number
        for one in [*better, *tied] if fits else better:
            self.found[one.user_id] = (Outcome.THROUGH, reason(one), None)
        if fits:
            return
        if self.ties is Ties.PLAYOFF:
            self._play_off(tied, number - len(better), is_rest=is_rest)
            return
        for one in tied:
            self.found[one.user_id] = (Outcome.THROUGH, Reason.TIED_IN, None)

    def _play_off(self, tied: Sequence[Candidate], number: int, *, is_rest: bool) -> None:
        users = tuple(one.user_id for one in tied)
        has_rest = self.quota.best_of_rest > 0 and not is_rest
        found = won(users, number, self.named.sat, self.named.won, self.named.by_hand, has_rest=has_rest)
        waits = is_rest and any(self.key(one) <= self.key(tied[0]) for one in self.undecided())
        if found.left and not waits:
            self.open_ties.append(Tie(tuple(user for user in users if user in found.still), found.left))
        for user in users:
            if user in found.winners:
                self.found[user] = (Outcome.THROUGH, Reason.PLAYOFF_WON, None)
            elif user in found.still:
                self.found[user] = (Outcome.UNDECIDED, Reason.PLAYOFF_AGAIN if found.is_again else Reason.PLAYOFF, None)
            else:
                self.found[user] = (Outcome.OUT, Reason.PLAYOFF_LOST, None)

    def by_units(self) -> None:
        """The seats of every unit; whoever has one only because somebody withdrew is a stand-in."""
        units: dict[str, list[Candidate]] = defaultdict(list)
        for one in sorted(filter(self.reached, self.fair), key=self.key):
            units[one.unit].append(one)
        for unit, members in units.items():
            pool = [one for one in members if self.competes(one)]
            self.take(pool, self.seats[unit], self._by_quota(members, self.seats[unit]))

    def _by_quota(self, members: Sequence[Candidate], number: int) -> Callable[[Candidate], Reason]:
        keys = [self.key(one) for one in members]
        return lambda one: Reason.STAND_IN if bisect_left(keys, self.key(one)) >= number else Reason.QUOTA

    def undecided(self) -> list[Candidate]:
        """Those who wait for a play-off."""
        return [one for one in self.fair if self.found.get(one.user_id, (None,))[0] is Outcome.UNDECIDED]

    def best_of_rest(self) -> None:
        """The seats for the best of all units who got none, also of those who lost a play-off for their unit's.

        A tie for these seats waits for the play-offs of units in which somebody at least as good may lose.
        """
        rest = [one for one in self.fair if self.has_no_seat(one) and self.competes(one)]
        self.take(sorted(rest, key=self.key), self.quota.best_of_rest, lambda _one: Reason.BEST_OF_REST, is_rest=True)

    def has_no_seat(self, one: Candidate) -> bool:
        """Whether nothing was found for a candidate but a play-off that was lost."""
        state = self.found.get(one.user_id)
        return state is None or state[1] is Reason.PLAYOFF_LOST

    def by_people(self) -> None:
        """Seats that people gave beside the quota, to those who have none."""
        for one in self.fair:
            kind = self.named.get(one.user_id)
            if kind in EXTRA and self.found.get(one.user_id, (None,))[0] is not Outcome.THROUGH:
                self.found[one.user_id] = (Outcome.THROUGH, Reason(kind.value), None)

    def reserves(self) -> None:
        """The next ones of every unit, numbered; those who lost a play-off come before all others."""
        numbers: Counter[str] = Counter()
        for one in self.fair:
            if self.has_no_seat(one) and self.competes(one) and numbers[one.unit] < self.quota.reserves:
                numbers[one.unit] += 1
                self.found[one.user_id] = (Outcome.RESERVE, Reason.RESERVE, numbers[one.unit])

    def why_not(self, one: Candidate) -> Reason:
        """The reason of those whom no step has found."""
        kind = self.named.get(one.user_id)
        if kind in (DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN):
            return Reason(kind.value)
        if one.user_id in self.later:
            return Reason.LATER
        return Reason.BELOW_LINE if self.reached(one) else Reason.BELOW_CUTOFF

    def places(self) -> dict[int, int]:
        """Ranks within the units; equal results share one."""
        found: dict[int, int] = {}
        seen: dict[str, tuple[int, int, int]] = {}  # unit: how many, last key, its rank
        for one in self.fair:
            count, key, rank = seen.get(one.unit, (0, -1, 0))
            rank = rank if one.order_key == key else count + 1
            found[one.user_id], seen[one.unit] = rank, (count + 1, one.order_key, rank)
        return found


def decide(
    quota: Quota, ties: Ties, candidates: Iterable[Candidate], named: Mapping[int, DecisionKind]
) -> list[Verdict]:
    """A verdict for every candidate of one group, best result first."""
    return decided(quota, ties, candidates, named)[0]


def decided(
    quota: Quota, ties: Ties, candidates: Iterable[Candidate], named: Mapping[int, DecisionKind]
) -> tuple[list[Verdict], list[Tie]]:
    """:func:`decide`, and the ties that only a play-off can decide."""
    group = _Group(quota, ties, candidates, named)
    group.by_units()
    group.best_of_rest()
    group.by_people()
    group.reserves()
    places = group.places()
    verdicts = []
    for one in group.everybody:
        outcome, reason, number = group.found.get(one.user_id) or (Outcome.OUT, group.why_not(one), None)
        verdicts.append(
            Verdict(
                one.user_id, one.unit, outcome, reason, places.get(one.user_id), group.seats.get(one.unit, 0), number
            )
        )
    return verdicts, group.open_ties
