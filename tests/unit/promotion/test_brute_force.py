"""decide() against a count that knows nothing of it: play-offs are sat by pupils of whom each has a hidden strength.

However the field, the decisions and the results change between the play-offs: in the end those are through whom the order
by result and strength says, for nobody beats in a play-off who is stronger.
"""

import random
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from quiz.promotion.rules import (
    EXTRA,
    Candidate,
    DecisionKind,
    Decisions,
    Outcome,
    Quota,
    QuotaKind,
    Ties,
    decided,
    seats,
)
from quiz.promotion.winning import Sat
from quiz.rankings.rules import order_key, score_of

FIELDS = 150  # of each seed
STANDS_BACK = (DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN)


def some_field(rng):
    return [
        Candidate(user, rng.choice("abc"), order_key(rng.randint(0, 4) * 2000, rng.choice((60, 60, 61))), rng.randint(0, 2))
        for user in range(rng.randint(0, 20))
    ]  # fmt: skip


def some_quota(rng):
    cutoff = rng.choice([None, None, 4000])
    kind = rng.choice(list(QuotaKind))
    number = rng.randint(0, 4) if kind is QuotaKind.FIXED else rng.randint(3, 8)
    return Quota(kind, number, rng.randint(0, 1), rng.randint(0, 4), cutoff, rng.randint(0, 3))


def expected(quota, field, named, order, *, lets_ties_in):
    """Who goes through by the order of each unit, then of the rest."""
    fair = [one for one in field if named.get(one.user_id) is not DecisionKind.DISQUALIFIED]
    numbers = seats(quota, Counter(one.unit for one in fair))
    able = [
        one for one in fair
        if named.get(one.user_id) is not DecisionKind.WITHDRAWN and (quota.cutoff is None or score_of(one.order_key) >= quota.cutoff)
    ]  # fmt: skip

    def first(pool, number):
        ranked = sorted(pool, key=order)
        if not lets_ties_in:
            return {one.user_id for one in ranked[:number]}
        return {one.user_id for one in pool if sum(order(other) < order(one) for other in pool) < number}

    through = set()
    for unit, number in numbers.items():
        through |= first([one for one in able if one.unit == unit], number)
    through |= first([one for one in able if one.user_id not in through], quota.best_of_rest)
    return through | {one.user_id for one in fair if named.get(one.user_id) in EXTRA}


def through(verdicts):
    return {one.user_id for one in verdicts if one.outcome is Outcome.THROUGH}


@pytest.mark.parametrize("ties", [Ties.ALL_IN, Ties.EARLIER])
@pytest.mark.parametrize("seed", range(4))
def test_without_play_offs_those_are_through_whom_a_count_says(seed, ties):
    rng = random.Random(seed)
    kinds = [kind for kind in DecisionKind if kind is not DecisionKind.PLAYOFF_WON]
    for _ in range(FIELDS):
        field, quota = some_field(rng), some_quota(rng)
        named = {user: rng.choice(kinds) for user in range(20) if rng.random() < 0.15}
        with_time = (
            (lambda one: (one.order_key, one.handed_in)) if ties is Ties.EARLIER else (lambda one: one.order_key)
        )
        wanted = expected(quota, field, named, with_time, lets_ties_in=True)
        assert through(decided(quota, ties, field, named)[0]) == wanted


class Ground:
    """A stage whose ties are played off by strength, and in which results and decisions change."""

    def __init__(self, rng):
        self.rng, self.field, self.quota = rng, some_field(rng), some_quota(rng)
        self.strength = {user: rng.random() for user in range(20)}
        self.kinds = {user: rng.choice((*STANDS_BACK, *EXTRA)) for user in range(20) if rng.random() < 0.1}
        self.sat: list[Sat] = []

    def order(self, one):
        return one.order_key, self.strength[one.user_id]

    def decide(self):
        return decided(self.quota, Ties.PLAYOFF, self.field, Decisions(self.kinds, self.sat, []))

    def play(self, tie):
        """The strongest win, sometimes only some of them because the next ones were equal again."""
        assert 0 < tie.seats < len(tie.users)
        assert not any(self.kinds.get(user) in STANDS_BACK for user in tie.users)
        number = tie.seats if self.rng.random() < 0.8 else self.rng.randint(0, tie.seats)
        winners = sorted(tie.users, key=lambda user: self.strength[user])[:number]
        self.kinds |= dict.fromkeys(winners, DecisionKind.PLAYOFF_WON)
        self.sat.append(Sat(frozenset(tie.users), tie.seats, frozenset(winners)))

    def settle(self):
        """Play off what is tied until nothing is."""
        for _ in range(200):
            verdicts, ties = self.decide()
            if not ties:
                assert all(one.outcome is not Outcome.UNDECIDED for one in verdicts)
                return verdicts
            for tie in ties if self.rng.random() < 0.5 else ties[:1]:
                self.play(tie)
        raise AssertionError("play-offs without end")

    def change(self):
        """Somebody is marked again, or a decision about somebody is made or revoked."""
        for number, one in enumerate(self.field):
            if self.rng.random() < 0.15:
                self.field[number] = replace(one, order_key=order_key(self.rng.randint(0, 4) * 2000, 60))
        for user in range(20):
            if self.rng.random() < 0.1:
                self.kinds.pop(user, None)
            elif self.rng.random() < 0.05:
                self.kinds[user] = self.rng.choice((*STANDS_BACK, *EXTRA))


@pytest.mark.parametrize("seed", range(8))
def test_in_the_end_of_all_play_offs_those_are_through_who_are_better_or_stronger(seed):
    rng = random.Random(seed)
    for _ in range(FIELDS):
        ground = Ground(rng)
        for _round in range(4):
            verdicts = ground.settle()
            wanted = expected(ground.quota, ground.field, ground.kinds, ground.order, lets_ties_in=False)
            assert through(verdicts) == wanted
            ground.change()


@pytest.mark.parametrize("seed", range(4))
def test_reserves_are_the_next_of_each_unit_by_result(seed):
    rng = random.Random(seed)
    for _ in range(FIELDS):
        ground = Ground(rng)
        verdicts = ground.settle()
        units = defaultdict(list)
        for one in verdicts:
            units[one.unit].append(one)
        keys = {one.user_id: one.order_key for one in ground.field}
        for members in units.values():
            reserves = sorted(
                (one for one in members if one.outcome is Outcome.RESERVE), key=lambda one: one.number or 0
            )
            assert [one.number for one in reserves] == list(range(1, len(reserves) + 1))
            left = [
                one
                for one in members
                if one.outcome is Outcome.OUT and one.reason.value in ("below_line", "playoff_lost")
            ]
            order = [keys[one.user_id] for one in reserves]
            assert order == sorted(order) and len(order) <= ground.quota.reserves
            assert all(keys[one.user_id] >= max(order, default=0) for one in left) or not order
