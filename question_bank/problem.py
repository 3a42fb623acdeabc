"""One finding about one item: which rule it breaks, where, and what to do about it."""

from dataclasses import asdict, dataclass

from question_bank.model import Item


@dataclass(frozen=True)
class Problem:
    """`message` is Chinese and ends with the remedy; `origin` is "file:line" inside the content folder."""

    rule: str
    message: str
    item_id: str = ""
    origin: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.origin, self.item_id, f"[{self.rule}]", self.message) if part)

    def to_dict(self) -> dict[str, str]:
        """Plain values for a JSON report."""
        return asdict(self)


def about(item: Item, rule: str, message: str) -> Problem:
    """A problem of this item."""
    return Problem(rule=rule, message=message, item_id=item.id, origin=item.origin)
