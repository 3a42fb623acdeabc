"""Whose win counts in a tie: play-offs that were recorded, what has changed since, and names given by hand."""

from quiz.promotion.rules import Candidate, DecisionKind, Decisions, Outcome, Quota, Reason, Tie, Ties, decided
from quiz.promotion.winning import Sat, Won, won
from quiz.rankings.rules import order_key

WON = DecisionKind.PLAYOFF_WON


def sat(users, seats, winners):
    return Sat(frozenset(users), seats, frozenset(winners))


def result(tied, seats, plays, hand=(), revoked=()):
    standing = {user for one in plays for user in one.winners} | set(hand)
    return won(tied, seats, plays, standing - set(revoked), hand)


def outcome(winners, still=(), left=0, is_again=False):
    return Won(frozenset(winners), frozenset(still), left, is_again)


def test_winners_take_the_seats_and_the_others_may_win_what_is_left():
    assert result({2, 3, 4}, 1, [sat({2, 3, 4}, 1, {3})]) == outcome({3})
    assert result({2, 3, 4}, 2, [sat({2, 3, 4}, 2, {3})]) == outcome({3}, {2, 4}, 1)
    assert result({2, 3, 4}, 2, [sat({2, 3, 4}, 2, {3}), sat({2, 4}, 1, {4})]) == outcome({3, 4})


def test_winners_of_more_seats_than_there_are_now_sit_another_one_alone():
    first = sat({2, 3, 4}, 2, {2, 3})
    assert result({2, 3, 4}, 1, [first]) == outcome(set(), {2, 3}, 1, is_again=True)
    assert result({2, 3, 4}, 1, [first, sat({2, 3}, 1, {3})]) == outcome({3}, is_again=True)


def test_all_who_were_let_in_are_in():
    assert result({2, 3, 4}, 1, [sat({2, 3, 4}, 1, {2, 3})]) == outcome({2, 3})


def test_a_win_that_was_revoked_is_open_again():
    first = sat({2, 3, 4}, 2, {2, 3})
    assert result({2, 3, 4}, 2, [first], revoked={3}) == outcome({2}, {3, 4}, 1)
    assert result({2, 3, 4}, 1, [first], revoked={3}) == outcome(set(), {2, 3}, 1, is_again=True)
    assert result({2, 3, 4}, 1, [first], revoked={2, 3}) == outcome(set(), {2, 3, 4}, 1)


def test_a_win_against_others_counts_for_nothing():
    assert result({2, 5}, 1, [sat({2, 3}, 1, {2})]) == outcome(set(), {2, 5}, 1)


def test_who_was_tied_and_is_no_more_takes_nothing_from_the_win():
    assert result({2, 3}, 1, [sat({2, 3, 4}, 1, {2})]) == outcome({2})


def test_who_was_named_by_hand_wins_unless_there_are_too_many():
    assert result({2, 3, 4}, 1, [], [3]) == outcome({3})
    assert result({2, 3, 4}, 2, [], [3]) == outcome({3}, {2, 4}, 1)
    assert result({2, 3, 4}, 1, [], [3, 2]) == outcome(set(), {2, 3}, 1, is_again=True)
    assert result({2, 3, 4}, 1, [sat({2, 3, 4}, 1, {4})], [3]) == outcome({4})


def pupils(*scores):
    return [Candidate(user, "甲县", order_key(score * 100, 60), 0) for user, score in enumerate(scores, start=1)]


def test_a_withdrawal_that_is_revoked_does_not_let_more_through_than_there_are_seats():
    """With 1 away 2 and 3 won two seats; with 1 there is one seat left for them."""
    quota, field, first = Quota(number=2, reserves=0), pupils(90, 80, 80, 80), sat({2, 3, 4}, 2, {2, 3})
    kinds = {2: WON, 3: WON}
    away = Decisions({1: DecisionKind.WITHDRAWN, **kinds}, [first], [])
    found, ties = decided(quota, Ties.PLAYOFF, field, away)
    assert [one.user_id for one in found if one.outcome is Outcome.THROUGH] == [2, 3] and not ties
    for named in (Decisions(kinds, [first], []), kinds):
        found, ties = decided(quota, Ties.PLAYOFF, field, named)
        assert {one.user_id: one.reason for one in found} == {
            1: Reason.QUOTA, 2: Reason.PLAYOFF_AGAIN, 3: Reason.PLAYOFF_AGAIN, 4: Reason.PLAYOFF_LOST,
        }  # fmt: skip
        assert ties == [Tie((2, 3), 1)]
    found, ties = decided(quota, Ties.PLAYOFF, field, Decisions(kinds, [first, sat({2, 3}, 1, {3})], []))
    assert [one.user_id for one in found if one.outcome is Outcome.THROUGH] == [1, 3] and not ties


def test_a_win_is_bound_to_those_who_sat_for_it():
    """2 beat 3; marked again, 2 shares the last result with 4 instead, who never sat against 2."""
    named = Decisions({2: WON}, [sat({2, 3}, 1, {2})], [])
    quota = Quota(number=2, reserves=0)
    assert decided(quota, Ties.PLAYOFF, pupils(90, 80, 80, 70), named)[1] == []
    assert decided(quota, Ties.PLAYOFF, pupils(90, 70, 80, 70), named)[1] == []  # no tie across the line
    assert decided(quota, Ties.PLAYOFF, pupils(90, 70, 60, 70), named)[1] == [Tie((2, 4), 1)]
