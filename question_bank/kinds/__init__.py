"""The kinds of items that can be asked, in one registry.

A new kind is one module with the methods of `base.Kind` and one line here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from question_bank.kinds.base import BadResponse, Kind, Mark, MarkingPolicy, UnknownKind
from question_bank.kinds.blank import Blank
from question_bank.kinds.matching import Matching
from question_bank.kinds.multiple import Multiple
from question_bank.kinds.ordering import Ordering
from question_bank.kinds.scenario import Scenario
from question_bank.kinds.single import Single
from question_bank.kinds.true_false import TrueFalse
from question_bank.model import Item, ItemKind

__all__ = ["KINDS", "BadResponse", "Kind", "Mark", "MarkingPolicy", "UnknownKind", "kind_of", "pupil_view"]


def registry(kinds: Iterable[Kind]) -> dict[ItemKind, Kind]:
    """Kinds by their code; raises ValueError when two modules claim the same one."""
    known: dict[ItemKind, Kind] = {}
    for kind in kinds:
        if kind.kind in known:
            raise ValueError(f"kind {kind.kind} is registered twice")
        known[kind.kind] = kind
    return known


KINDS: dict[ItemKind, Kind] = registry((Single(), Multiple(), TrueFalse(), Scenario(), Ordering(), Matching(), Blank()))


def kind_of(item: Item) -> Kind:
    """The rules of this item's kind; raises UnknownKind when no module knows it."""
    try:
        return KINDS[item.kind]
    except KeyError:
        raise UnknownKind(str(item.kind)) from None


def pupil_view(item: Item, order: Sequence[str]) -> dict[str, Any]:
    """What a pupil may see of any item: an allow-list per kind, and nothing at all for an unknown kind."""
    kind = KINDS.get(item.kind)
    return {} if kind is None else kind.pupil_view(item, order)
