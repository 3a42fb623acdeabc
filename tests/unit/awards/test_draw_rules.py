"""A prize draw can be recomputed by anybody, and nobody can choose its outcome."""

import hashlib
import hmac
import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.awards.draws.rules import MOST_TEXT, Prize, commitment, digest, parse_prizes, ticket, winners
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


@pytest.mark.parametrize("text", ["笔 × 1\n" + "书" * 41 + " × 1", "笔 × 1\na" + " " * 200 + "5"], ids=["name", "line"])
def test_a_line_that_is_too_long_is_named(text):
    with pytest.raises(DomainError, match="第 2 行太长，奖品名最多 40 个字。") as found:
        parse_prizes(text)
    assert found.value.field == "prizes"


@pytest.mark.parametrize(
    "text", ["a" + " " * 1_000_000 + "b", "a " * 500_000 + "b", "x \n" * 500_000], ids=["spaces", "words", "lines"]
)
def test_the_longest_text_is_answered_at_once(text):
    began = process_time()
    with pytest.raises(DomainError):
        parse_prizes(text)
    assert process_time() - began < 1


def test_what_is_longer_than_twenty_prizes_can_be_is_refused_as_a_whole():
    with pytest.raises(DomainError, match="奖品写得太长"):
        parse_prizes("笔 × 1" + "\n" * MOST_TEXT)


PATTERN = re.compile(r"^(?P<name>.*?\S)\s*[×xX*\s]\s*(?P<stock>\d{1,6})$")


@given(st.text("a5×xX* 　５", max_size=12))
def test_a_line_is_read_as_the_pattern_says(line):
    match = PATTERN.match(line.strip())
    wanted = [Prize(match["name"], int(match["stock"]))] if match and 1 <= int(match["stock"]) <= 10_000 else None
    try:
        found = parse_prizes(line)
    except DomainError:
        found = None
    assert found == wanted
