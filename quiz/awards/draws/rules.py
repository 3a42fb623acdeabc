"""Rules of prize draws, pure: the commitment, the tickets, the order, and what prizes somebody typed.

Anybody can check a draw: the SHA-256 of the published seed is the commitment that was public before the number was known; every
ticket's HMAC-SHA256 under the seed, over the public value and the ticket, gives the order; the first ones win.
"""

import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from quiz.errors import DomainError, msgid
from quiz.rankings.rules import PUBLIC_FOR, SittingFacts, results_open

MOST_PRIZES, MOST_STOCK = 20, 10_000
LONGEST_NAME, LONGEST_LINE, MOST_TEXT = 40, 80, 4000
TOO_LONG = msgid("奖品写得太长。最多 20 种，一行一种，每种的名称最多 40 个字。")
STOCK = re.compile(r"\d{1,6}$")
WAITS = msgid("这次只在及格的学生里抽，要等所有组别的成绩都公布以后才能开奖。")
TIMES = ("×", "x", "X", "*")


class DrawState(StrEnum):
    ANNOUNCED = "announced"  # the commitment is public
    DRAWING = "drawing"
    DRAWN = "drawn"
    CANCELLED = "cancelled"


class Who(StrEnum):
    """Who takes part: everybody with a counted result, or those who passed."""

    ALL = "all"
    PASSED = "passed"


@dataclass(frozen=True)
class Prize:
    """A prize and how many there are; the first listed is drawn first."""

    name: str
    stock: int


def commitment(seed: str) -> str:
    """What is published before: it fixes the seed without telling it."""
    return sha256(seed.encode()).hexdigest()


def ticket(draw_id: str, attempt_id: str) -> str:
    """The number of a counting attempt in a draw: whoever knows the attempt can compute it, nobody can go back."""
    return sha256(f"{draw_id}:{attempt_id}".encode()).hexdigest()[:16]


def weight(seed: str, public_value: str, one: str) -> str:
    """By which tickets are put in order."""
    return hmac.new(seed.encode(), f"{public_value}:{one}".encode(), "sha256").hexdigest()


def winners(tickets: Iterable[str], prizes: Sequence[Prize], seed: str, public_value: str) -> list[tuple[str, str]]:
    """(ticket, prize) in the order drawn; one win for each ticket, as long as there are both."""
    order = sorted(set(tickets), key=lambda one: (weight(seed, public_value, one), one))
    stock = [prize.name for prize in prizes for _ in range(prize.stock)]
    return list(zip(order, stock, strict=False))


def digest(tickets: Iterable[str]) -> str:
    """Of all tickets in order, one on a line: what the published list hashes to."""
    return sha256("".join(f"{one}\n" for one in sorted(tickets)).encode()).hexdigest()


def waits_for_results(who: Who, sittings: Iterable[SittingFacts], now: datetime) -> bool:
    """Whether drawing would tell who has passed before the results of every group may be seen."""
    return who is Who.PASSED and not all(results_open(sitting, now) for sitting in sittings)


def are_named(drawn_at: datetime | None, now: datetime) -> bool:
    """Whether the public page names the winners: as long as a public board, then their tickets stand for them."""
    return drawn_at is not None and now < drawn_at + PUBLIC_FOR


def parse_prizes(text: str) -> list[Prize]:
    """Prizes as people type them: “书包 × 20” on a line. DomainError naming the first line that cannot be read."""
    if len(text) > MOST_TEXT:
        raise DomainError(TOO_LONG, field="prizes")
    found = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line:
            continue
        prize = _prize(line) if len(line) <= LONGEST_LINE else None
        if len(line) > LONGEST_LINE or (prize is not None and len(prize.name) > LONGEST_NAME):
            raise DomainError("第 %(line)s 行太长，奖品名最多 40 个字。", field="prizes", line=number)
        if prize is None or not 1 <= prize.stock <= MOST_STOCK:
            raise DomainError("第 %(line)s 行：写“奖品名 × 数量”，例如“书包 × 20”。", field="prizes", line=number)
        found.append(prize)
    if not 1 <= len(found) <= MOST_PRIZES:
        raise DomainError("请写 1 到 20 种奖品，一行一种。", field="prizes")
    return found


def _prize(line: str) -> Prize | None:
    """A name, then “×” or white space, then a number. Read from the end, so that every letter is looked at once."""
    stock = STOCK.search(line)
    if stock is None:
        return None
    before = line[: stock.start()]
    name = before.rstrip()
    if name.endswith(TIMES) and (shorter := name[:-1].rstrip()):
        return Prize(shorter, int(stock[0]))
    return Prize(name, int(stock[0])) if name and name != before else None
