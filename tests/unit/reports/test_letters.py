"""Letters of another paper: caught when somebody copies letters, silent for everybody who reads."""

import random
from itertools import product

import pytest

from quiz.reports.signals.letters import UNLIKELY, Lettered, of_bank, of_classmate, tail
from quiz.reports.signals.rules import Sheet, SignalKind, bank_letters, signals_of

LETTERS = "ABCD"


def paper(rng, items=20, bank="BDACBCADCBDABACDBCDA"):
    """Items of four choices with the key of the bank, each shuffled by chance: (item, letter in the bank, own letter)."""
    return [(f"law-{n:04d}#1", bank[n % len(bank)], rng.choice(LETTERS)) for n in range(items)]


def answered(shown, pick):
    return [
        Lettered(item, at, 4, pick(at, bank, right), right, bank) for at, (item, bank, right) in enumerate(shown, 1)
    ]


def test_who_follows_the_bank_is_found_with_the_numbers():
    shown = paper(random.Random(1))
    found = of_bank(answered(shown, lambda _at, bank, _right: bank))
    apart = sum(bank != right for _item, bank, right in shown)
    assert found is not None
    assert (found.items, found.hits, found.own, found.by) == (apart, apart, 0, "bank")
    assert found.chance < UNLIKELY


@pytest.mark.parametrize(
    "pick",
    [
        lambda _at, _bank, right: right,  # knows everything
        lambda _at, _bank, _right: "A",  # always the same letter
        lambda at, _bank, _right: LETTERS[at % 4],  # a pattern
        lambda at, _bank, right: right if at % 2 else "C",
    ],
)
def test_others_are_not(pick):
    for seed in range(200):
        assert of_bank(answered(paper(random.Random(seed)), pick)) is None


def test_who_only_ever_picks_one_letter_is_not_found_even_where_the_bank_prefers_it():
    for seed in range(50):
        shown = paper(random.Random(seed), bank="AAAABAAAAC")
        assert of_bank(answered(shown, lambda _at, _bank, _right: "A")) is None


def test_pupils_who_guess_by_what_the_choices_say_are_hardly_ever_found():
    """Papers answered wrongly throughout: the bound is one in a hundred thousand."""
    rng, found = random.Random(20260626), 0
    for _ in range(20_000):
        # wrong answers fall on a letter by the shuffle alone: one of the three others
        own = [
            Lettered("x", 1, 4, rng.choice([one for one in LETTERS if one != right]), right, bank)
            for bank, right in ((rng.choice(LETTERS), rng.choice(LETTERS)) for _ in range(15))
        ]
        found += of_bank(own) is not None
    assert found <= 2


def test_too_few_items_or_hits_say_nothing():
    shown = paper(random.Random(2), items=10)
    assert of_bank(answered(shown, lambda _at, bank, _right: bank)) is None


def test_items_that_tell_nothing_are_left_out():
    shown = [(f"law-{n:04d}#1", "B", "B") for n in range(40)]  # not shuffled at all
    assert of_bank(answered(shown, lambda _at, bank, _right: bank)) is None
    two = [Lettered(f"law-{n}", n, 2, "B", "A", "B") for n in range(40)]  # of two choices a wrong answer is the other
    assert of_bank(two) is None
    beyond = [Lettered(f"law-{n}", n, 3, "C", "A", "D") for n in range(40)]  # the letter is not on the page
    assert of_bank(beyond) is None


def test_several_right_choices_are_compared_as_a_set():
    sets = ["AB", "CD", "BD", "AC", "AD", "BC"]
    own = [Lettered(f"m{n}", n, 4, bank, right, bank) for n, (bank, right) in enumerate(product(sets, sets)) if n % 2]
    found = of_bank(own)
    assert found is not None and found.hits == found.items == sum(one.bank != one.right for one in own)


def test_who_follows_a_classmates_paper_item_by_item_or_number_by_number():
    rng = random.Random(3)
    theirs = answered(paper(rng, items=30), lambda _at, _bank, right: right)
    by_item = {one.item: one.right for one in theirs}
    mine = paper(rng, items=30)
    rng.shuffle(mine)
    copied = [
        Lettered(item, at, 4, by_item[item], right, bank) for at, (item, bank, right) in enumerate(mine, 1)
    ]  # fmt: skip
    found = of_classmate(copied, theirs, 40)
    assert found is not None and found.by == "item" and found.own == 0
    numbers = answered(mine, lambda at, _bank, _right: theirs[at - 1].right)
    found = of_classmate(numbers, theirs, 40)
    assert found is not None and found.by == "number"
    assert of_classmate(theirs, copied, 40) is None  # who was copied from has done nothing


def test_the_tail_is_that_of_independent_trials():
    assert tail([0.5] * 4, 2) == pytest.approx(11 / 16)
    assert tail([1 / 3] * 12, 12) == pytest.approx(3**-12)
    assert tail([0.2, 0.9], 0) == pytest.approx(1.0)


def test_the_signals_of_a_class():
    rng = random.Random(4)
    whole = frozenset(f"law-{n:04d}#1" for n in range(20))

    def sheet(user, pick):
        return Sheet(user, 600, 3000, whole, {}, (), answered(paper(rng), pick))

    reader = sheet(1, lambda _at, _bank, right: right)
    follower = sheet(2, lambda _at, bank, _right: bank)
    found = signals_of([reader, follower])
    assert [(one.kind, one.key) for one in found] == [(SignalKind.FOREIGN_LETTERS, "foreign_letters:2")]
    assert found[0].evidence["one_in"] >= 100_000 and bank_letters(reader) is None
