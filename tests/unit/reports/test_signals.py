"""What is unlikely enough to be shown to a person, and what is not."""

import pytest

from quiz.reports.signals.rules import Sheet, SignalKind, same_mistakes, signals_of, steady, too_fast

ITEMS = frozenset(f"law-{number:04d}#1" for number in range(20))


def sheet(user_id=1, *, seconds=600, score=9500, asked=ITEMS, wrong=None, saved_at=()):
    return Sheet(user_id, seconds, score, asked, wrong or {}, saved_at)


@pytest.mark.parametrize(
    ("seconds", "score", "items", "is_signal"),
    [(59, 9500, 20, True), (60, 9500, 20, False), (59, 7900, 20, False), (5, 10000, 9, False)],
)
def test_a_high_score_in_no_time(seconds, score, items, is_signal):
    found = too_fast(sheet(seconds=seconds, score=score, asked=frozenset(sorted(ITEMS)[:items])))
    assert (found is not None) is is_signal
    if found:
        assert found.evidence == {"items": 20, "seconds": 59, "score": 9500} and found.users == (1,)


def wrong(numbers, choice="b"):
    return {f"law-{number:04d}#1": (choice,) for number in numbers}


@pytest.mark.parametrize(
    ("mine", "theirs", "is_signal"),
    [
        (wrong(range(5)), wrong(range(5)), True),
        (wrong(range(3)), wrong(range(3)), False),  # too few
        (wrong(range(5)), wrong(range(5), "c"), False),  # wrong in different ways
        (wrong(range(5)), wrong(range(12)), False),  # most mistakes are one's own
        (wrong(range(5), ""), wrong(range(5), ""), True),
        ({f"law-{n:04d}#1": () for n in range(9)}, {f"law-{n:04d}#1": () for n in range(9)}, False),  # left empty
    ],
)
def test_the_same_mistakes(mine, theirs, is_signal):
    found = same_mistakes(sheet(1, wrong=mine), sheet(2, wrong=theirs))
    assert (found is not None) is is_signal


def test_only_items_that_both_were_asked_are_compared():
    other = frozenset(sorted(ITEMS)[10:])
    assert same_mistakes(sheet(1, wrong=wrong(range(5))), sheet(2, asked=other, wrong=wrong(range(5)))) is None
    found = same_mistakes(sheet(1, wrong=wrong(range(10, 15))), sheet(2, asked=other, wrong=wrong(range(10, 15))))
    assert found is not None and found.evidence["common"] == 10
    assert found.evidence["items"] == [f"law-{number:04d}" for number in range(10, 15)]


def test_answers_like_clockwork():
    assert steady(sheet(saved_at=[5.0 * n + 0.1 * (n % 2) for n in range(20)])) is not None
    hesitating = [0.0]
    for n in range(20):
        hesitating.append(hesitating[-1] + (3 if n % 3 else 14))
    assert steady(sheet(saved_at=hesitating)) is None
    assert steady(sheet(saved_at=[5.0 * n for n in range(10)])) is None  # too few to say
    assert steady(sheet(saved_at=[5.0] * 20)) is None  # sent at once after a lost connection


def test_a_class_is_compared_pair_by_pair():
    alike = [sheet(user, wrong=wrong(range(6))) for user in (3, 1, 2)]
    found = signals_of([*alike, sheet(4)])
    assert {one.key for one in found} == {"same_mistakes:1-2", "same_mistakes:1-3", "same_mistakes:2-3"}
    assert {one.kind for one in found} == {SignalKind.SAME_MISTAKES}
