"""A prize draw can be recomputed by anybody, and nobody can choose its outcome."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.awards.draws.rules import Prize, commitment, digest, parse_prizes, ticket, winners
from quiz.errors import DomainError

SEED = "0f" * 32
TICKETS = st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=30, unique=True)


def test_the_few_lines_of_the_page_give_the_same():
    tickets = [ticket("draw", f"attempt{number}") for number in range(50)]
    order = sorted(tickets, key=lambda one: hmac.new(SEED.encode(), f"3456.78:{one}".encode(), "sha256").hexdigest())
    found = winners(tickets, [Prize("书包", 2), Prize("笔", 3)], SEED, "3456.78")
    assert found == list(zip(order, ["书包", "书包", "笔", "笔", "笔"], strict=False))
    assert commitment(SEED) == hashlib.sha256(SEED.encode()).hexdigest()
    assert digest(tickets) == hashlib.sha256("".join(f"{one}\n" for one in sorted(tickets)).encode()).hexdigest()


@given(tickets=TICKETS, stock=st.integers(1, 40), value=st.text(max_size=8))
def test_one_win_each_and_no_more_than_there_is(tickets, stock, value):
    found = winners(tickets, [Prize("笔", stock)], SEED, value)
    assert len(found) == min(stock, len(tickets)) == len({one for one, _ in found})
    assert {one for one, _ in found} <= set(tickets)
    assert winners(tickets[::-1], [Prize("笔", stock)], SEED, value) == found


def test_another_number_gives_another_order():
    tickets = [ticket("draw", f"attempt{number}") for number in range(50)]
    assert winners(tickets, [Prize("笔", 50)], SEED, "1") != winners(tickets, [Prize("笔", 50)], SEED, "2")


def test_prizes_as_people_type_them():
    assert parse_prizes("书包 × 20\n\n保温杯x5\n 笔 * 3 ") == [Prize("书包", 20), Prize("保温杯", 5), Prize("笔", 3)]


@pytest.mark.parametrize("text", ["", "书包", "书包 × 0", "书包 × 一", "书" * 41 + " × 1", "笔 × 1\n" * 21])
def test_what_cannot_be_read_is_named(text):
    with pytest.raises(DomainError):
        parse_prizes(text)
