"""Who goes through, and why: examples of every rule, and what holds for any field of pupils."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.errors import DomainError
from quiz.promotion.rules import (
    EXTRA,
    Candidate,
    DecisionKind,
    Outcome,
    Plan,
    Quota,
    QuotaKind,
    Reason,
    Tie,
    Ties,
    UnitLevel,
    check_plan,
    decide,
    decided,
    seats,
)
from quiz.rankings.rules import order_key


def pupil(number, unit="甲县", score=80, seconds=60, handed_in=0.0):
    return Candidate(number, unit, order_key(score * 100, seconds), handed_in)


def verdicts(field, quota, ties=Ties.ALL_IN, named=None):
    return {one.user_id: one for one in decide(quota, ties, field, named or {})}


def words(found):
    return {user: (one.outcome.value, one.reason.value) for user, one in found.items()}


def test_the_best_of_each_unit_take_its_seats_and_the_next_stand_in_reserve():
    field = [pupil(1, score=90), pupil(2, score=80), pupil(3, score=70), pupil(4, "乙县", 60), pupil(5, score=50)]
    found = verdicts(field, Quota(number=2, reserves=1))
    assert words(found) == {
        1: ("through", "quota"), 2: ("through", "quota"), 3: ("reserve", "reserve"), 4: ("through", "quota"),
        5: ("out", "below_line"),
    }  # fmt: skip
    assert (found[3].place, found[3].seats, found[3].number) == (3, 2, 1)


def test_equal_scores_are_told_apart_by_seconds():
    found = verdicts([pupil(1, seconds=70), pupil(2, seconds=60)], Quota(number=1, reserves=0))
    assert words(found) == {1: ("out", "below_line"), 2: ("through", "quota")}


def test_equal_results_across_the_last_seat_all_go_through():
    found = verdicts([pupil(1, score=90), pupil(2), pupil(3), pupil(4, score=70)], Quota(number=2, reserves=0))
    assert words(found) == {
        1: ("through", "quota"), 2: ("through", "tied_in"), 3: ("through", "tied_in"), 4: ("out", "below_line"),
    }  # fmt: skip
    assert found[2].place == found[3].place == 2 and found[4].place == 4


def test_equal_results_within_the_seats_are_no_ties_across_the_line():
    found = verdicts([pupil(1), pupil(2), pupil(3, score=10)], Quota(number=2))
    assert words(found)[1] == words(found)[2] == ("through", "quota")


def test_who_handed_in_earlier_may_be_the_next_criterion():
    field = [pupil(1, handed_in=20), pupil(2, handed_in=10), pupil(3, handed_in=20)]
    assert words(verdicts(field, Quota(number=1, reserves=0), Ties.EARLIER)) == {
        1: ("out", "later"), 2: ("through", "quota"), 3: ("out", "later"),
    }  # fmt: skip
    found = verdicts(field, Quota(number=2, reserves=0), Ties.EARLIER)
    assert words(found)[1] == words(found)[3] == ("through", "tied_in")  # handed in within the same moment


def test_only_who_is_as_good_as_the_last_seat_has_handed_in_later():
    field = [pupil(1, score=90), pupil(2), pupil(3, handed_in=9), pupil(4, score=70), pupil(5, handed_in=10)]
    found = words(verdicts(field, Quota(number=2, reserves=1), Ties.EARLIER))
    assert found == {
        1: ("through", "quota"), 2: ("through", "quota"), 3: ("reserve", "reserve"), 4: ("out", "below_line"),
        5: ("out", "later"),
    }  # fmt: skip
    field += [pupil(6, "乙县", 99), pupil(7, "乙县", 98), pupil(8, "乙县", 70, handed_in=3), pupil(9, "乙县", 60)]
    found = words(verdicts(field, Quota(number=2, best_of_rest=3, reserves=0), Ties.EARLIER))
    assert found[3] == found[4] == found[5] == ("through", "best_of_rest")
    assert (found[8], found[9]) == (("out", "later"), ("out", "below_line"))


def test_a_play_off_leaves_the_tied_undecided_until_its_winners_are_named():
    field = [pupil(1, score=90), pupil(2), pupil(3), pupil(4)]
    quota = Quota(number=2, reserves=1)
    assert Counter(words(verdicts(field, quota, Ties.PLAYOFF)).values())["undecided", "playoff"] == 3
    found = words(verdicts(field, quota, Ties.PLAYOFF, {3: DecisionKind.PLAYOFF_WON}))
    assert found == {
        1: ("through", "quota"), 2: ("reserve", "reserve"), 3: ("through", "playoff_won"), 4: ("out", "playoff_lost"),
    }  # fmt: skip


def test_the_next_one_stands_in_for_who_withdrew():
    field = [pupil(number, score=90 - number) for number in range(1, 5)]
    found = words(verdicts(field, Quota(number=2, reserves=1), named={1: DecisionKind.WITHDRAWN}))
    assert found == {
        1: ("out", "withdrawn"), 2: ("through", "quota"), 3: ("through", "stand_in"), 4: ("reserve", "reserve"),
    }  # fmt: skip


def test_who_was_disqualified_is_in_nobody_s_way():
    field = [pupil(number, score=90 - number) for number in range(1, 4)]
    found = verdicts(field, Quota(number=1, reserves=0), named={1: DecisionKind.DISQUALIFIED})
    assert words(found) == {1: ("out", "disqualified"), 2: ("through", "quota"), 3: ("out", "below_line")}
    assert found[1].place is None and found[2].place == 1


def test_the_cut_off_keeps_seats_empty():
    field = [pupil(1, score=60), pupil(2, score=59)]
    found = words(verdicts(field, Quota(number=2, cutoff=6000)))
    assert found == {1: ("through", "quota"), 2: ("out", "below_cutoff")}


def test_the_best_of_the_rest_come_from_all_units():
    field = [pupil(1, score=99), pupil(2, score=98), pupil(3, "乙县", 50), pupil(4, "乙县", 40), pupil(5, score=97)]
    found = words(verdicts(field, Quota(number=1, best_of_rest=1, reserves=0)))
    assert found[2] == ("through", "best_of_rest") and found[4] == found[5] == ("out", "below_line")


def test_who_lost_a_play_off_of_the_unit_is_among_the_rest():
    field = [pupil(1, score=95), pupil(2, score=95), pupil(3, "乙县", 90), pupil(4, "乙县", 50)]
    quota = Quota(number=1, best_of_rest=1, reserves=1)
    found = words(verdicts(field, quota, Ties.PLAYOFF, {1: DecisionKind.PLAYOFF_WON}))
    assert found == {
        1: ("through", "playoff_won"), 2: ("through", "best_of_rest"), 3: ("through", "quota"), 4: ("reserve", "reserve"),
    }  # fmt: skip


def test_a_tie_of_the_rest_waits_for_the_units_whose_losers_may_be_better():
    field = [pupil(1, score=95), pupil(2, score=95), *(pupil(number, "乙县", 90) for number in (3, 4, 5))]
    field.append(pupil(6, "乙县", 99))
    quota = Quota(number=1, best_of_rest=2, reserves=0)
    assert decided(quota, Ties.PLAYOFF, field, {})[1] == [Tie((1, 2), 1)]
    won = {1: DecisionKind.PLAYOFF_WON}
    assert decided(quota, Ties.PLAYOFF, field, won)[1] == [Tie((3, 4, 5), 1)]
    field[0], field[1] = pupil(1, score=80), pupil(2, score=80)  # whoever loses here is no better than they
    assert decided(quota, Ties.PLAYOFF, field, {})[1] == [Tie((1, 2), 1), Tie((3, 4, 5), 2)]


def test_of_those_named_by_hand_the_first_has_the_seat_of_the_unit():
    field = [pupil(1, score=95), pupil(2, score=95), pupil(3, "乙县", 99), pupil(4, "乙县", 95)]
    quota = Quota(number=1, best_of_rest=1, reserves=0)
    named = {2: DecisionKind.PLAYOFF_WON}
    assert decided(quota, Ties.PLAYOFF, field, named)[1] == [Tie((1, 4), 1)]
    found, ties = decided(quota, Ties.PLAYOFF, field, named | {1: DecisionKind.PLAYOFF_WON})
    assert [one.user_id for one in found if one.outcome is Outcome.THROUGH] == [3, 1, 2] and not ties


@pytest.mark.parametrize("kind", sorted(EXTRA))
def test_people_give_seats_beside_the_quota(kind):
    field = [pupil(1, score=90), pupil(2, score=10), pupil(3, score=80)]
    found = words(verdicts(field, Quota(number=1, cutoff=5000, reserves=0), named={2: kind}))
    assert found == {1: ("through", "quota"), 2: ("through", kind.value), 3: ("out", "below_line")}


def test_a_seat_given_to_somebody_who_has_one_changes_nothing():
    field = [pupil(1, score=90), pupil(2, score=80)]
    assert words(verdicts(field, Quota(number=1), named={1: DecisionKind.WILD_CARD}))[1] == ("through", "quota")


def test_proportional_seats_by_largest_remainder_with_a_minimum():
    quota = Quota(QuotaKind.PROPORTIONAL, number=10, minimum=1)
    # 7 left for 60:30:10 → 4.2, 2.1, 0.7 → 4, 2, 1
    assert seats(quota, {"a": 60, "b": 30, "c": 10}) == {"a": 5, "b": 3, "c": 2}
    assert seats(Quota(QuotaKind.PROPORTIONAL, number=1, minimum=0), {"b": 5, "a": 5}) == {"a": 1, "b": 0}


def test_a_minimum_that_needs_more_seats_than_there_are_is_refused():
    with pytest.raises(DomainError, match="总名额"):
        seats(Quota(QuotaKind.PROPORTIONAL, number=2, minimum=1), {"a": 1, "b": 1, "c": 1})


@pytest.mark.parametrize("quota", [Quota(number=-1), Quota(number=0), Quota(cutoff=10001), Quota(reserves=10**9)])
def test_what_cannot_be_right_is_refused(quota):
    with pytest.raises(DomainError):
        check_plan(Plan(quotas={"junior": quota}))


def test_a_plan_survives_being_stored():
    plan = Plan(UnitLevel.SCHOOL, Ties.PLAYOFF, {"junior": Quota(QuotaKind.PROPORTIONAL, 120, 2, 8, 8000, 3)})
    assert Plan.from_dict(plan.to_dict()) == plan


FIELDS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.integers(1, 3), st.integers(0, 3)), max_size=25
).map(lambda rows: [pupil(n, unit, score * 20, seconds, late) for n, (unit, score, seconds, late) in enumerate(rows)])
QUOTAS = st.builds(
    Quota, number=st.integers(0, 5), best_of_rest=st.integers(0, 3), reserves=st.integers(0, 3),
    cutoff=st.sampled_from([None, 4000]),
)  # fmt: skip
NAMED = st.dictionaries(st.integers(0, 24), st.sampled_from(list(DecisionKind)), max_size=6)


@given(
    field=FIELDS,
    quota=QUOTAS.map(lambda one: replace(one, best_of_rest=0)),
    ties=st.sampled_from(list(Ties)),
    named=NAMED,
)
def test_whatever_the_field_nobody_passes_somebody_better(field, quota, ties, named):
    found = verdicts(field, quota, ties, named)
    assert set(found) == {one.user_id for one in field}
    by_result = {Reason.QUOTA, Reason.TIED_IN, Reason.STAND_IN}
    units = defaultdict(list)
    for one in field:
        units[one.unit].append(one)
    for members in units.values():
        taken = [one for one in members if found[one.user_id].reason in by_result | {Reason.PLAYOFF_WON}]
        worst = max((one.order_key for one in taken), default=-1)
        for one in members:
            verdict = found[one.user_id]
            stands_back = named.get(one.user_id) in (DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN)
            if stands_back:
                assert verdict.outcome is Outcome.OUT
            elif verdict.outcome is not Outcome.THROUGH:
                assert one.order_key >= worst or quota.cutoff is not None
        at_the_line = sum(one.order_key == worst for one in taken)
        if len(taken) > quota.number:  # only by a tie, which is all in
            assert at_the_line > 1 and ties is not Ties.PLAYOFF
            assert len(taken) - at_the_line < quota.number
    reserves = [one for one in found.values() if one.outcome is Outcome.RESERVE]
    for unit in units:
        numbers = sorted(one.number for one in reserves if one.unit == unit)
        assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) <= quota.reserves


@given(field=FIELDS, quota=QUOTAS, ties=st.sampled_from(list(Ties)), named=NAMED)
def test_the_order_in_which_pupils_are_read_changes_nothing(field, quota, ties, named):
    assert decide(quota, ties, field, named) == decide(quota, ties, field[::-1], named)


@given(
    number=st.integers(0, 60),
    minimum=st.integers(0, 2),
    people=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=1),
)
def test_proportional_seats_add_up(number, minimum, people):
    quota = Quota(QuotaKind.PROPORTIONAL, number=number, minimum=minimum)
    needed = sum(min(minimum, one) for one in people.values())
    if needed > number:
        with pytest.raises(DomainError):
            seats(quota, people)
        return
    found = seats(quota, people)
    assert sum(found.values()) == number
    assert all(found[unit] >= min(minimum, one) for unit, one in people.items())
    larger = sorted(people, key=lambda unit: people[unit])
    assert all(found[a] <= found[b] or people[a] == people[b] for a, b in zip(larger, larger[1:], strict=False))
