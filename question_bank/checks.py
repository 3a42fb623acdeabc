"""The lint of the whole bank: every rule an item must keep before a pupil sees it.

The rules live in four modules by theme; each is a function item -> problems or items -> problems.
"""

from collections.abc import Iterable, Sequence

from question_bank import checks_bank, checks_facts, checks_sensitive, checks_wording
from question_bank.kinds import KINDS
from question_bank.model import Item
from question_bank.problem import Problem, about
from question_bank.sources import SourceCatalogue, load_sources


def check_bank(items: Sequence[Item], catalogue: SourceCatalogue | None = None) -> list[Problem]:
    """Every problem of every item and of the bank as a whole, in the order of the files."""
    known = catalogue or load_sources()
    problems = [problem for item in items for problem in check_item(item, known)]
    return problems + [problem for check in checks_bank.CHECKS for problem in check(items)]


def check_item(item: Item, catalogue: SourceCatalogue) -> list[Problem]:
    """Problems that can be seen on one item alone."""
    found: list[Iterable[Problem]] = [_check_kind(item), checks_facts.check_sources(item, catalogue)]
    found += [check(item) for check in (*checks_facts.CHECKS, *checks_wording.CHECKS, *checks_sensitive.CHECKS)]
    return [problem for part in found for problem in part]


def _check_kind(item: Item) -> list[Problem]:
    kind = KINDS.get(item.kind)
    if kind is None:
        return [about(item, "kind", f"还不能判这种题型：{item.kind}。请换题型。")]
    return kind.check(item)
