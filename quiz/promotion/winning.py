"""Who has won the seats of a tie, pure: by the play-offs that were recorded, then by what was decided by hand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sat:
    """A play-off that was recorded: who could sit it, for how many seats, and who won.

    More win than there were seats only where all who were equal again were let in.
    """

    users: frozenset[int]
    seats: int
    winners: frozenset[int]


@dataclass(frozen=True)
class Won:
    """What became of a tie: who has won, and who may still win the seats that are left.

    ``is_again``: more had won than there are seats now, and these have to be told apart.
    """

    winners: frozenset[int]
    still: frozenset[int]
    left: int
    is_again: bool = False


def won(
    tied: Iterable[int], seats: int, sat: Sequence[Sat], standing: Collection[int], by_hand: Sequence[int] = (), *,
    has_rest: bool = False,
) -> Won:  # fmt: skip
    """The winners of a tie for ``seats``, by its play-offs in their order; of their winners those whose decision is ``standing``.

    A play-off counts only where everybody who may still win sat it: somebody who has come to be tied since has lost to
    nobody. Where fewer seats are left than it was for and its winners are more than these, they alone stay tied. Who was
    named ``by_hand`` comes last; where a unit's losers compete for further seats (``has_rest``), those named first have the
    unit's, for those named later may have won the further ones.
    """
    winners: set[int] = set()
    still, left, is_again = set(tied), seats, False
    for one in sat:
        first = still & one.winners
        if not left or first.isdisjoint(standing) or not still <= one.users:
            continue
        if len(first) > left and left < one.seats:
            still, is_again = first, True
            continue
        first = first.intersection(standing)
        winners |= first
        still -= first
        left = max(0, left - len(first))
    hand = [user for user in by_hand if user in still]
    if has_rest:
        hand = hand[:left]
    if 0 < left < len(hand):
        still, is_again = set(hand), True
    elif left:
        winners |= set(hand)
        still -= set(hand)
        left -= len(hand)
    return Won(frozenset(winners), frozenset(still if left else ()), left, is_again)
