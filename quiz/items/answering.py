"""How any item is answered on a page: what stands there to pick, order, match or fill in. Pure.

Built from ``pupil_view`` alone, so that nothing of the key can slip in; practice, contests and the editor's preview
show the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from question_bank.kinds import pupil_view
from question_bank.kinds.blank import GAP
from question_bank.model import Item

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class AnswerOption:
    """One choice: the letter follows the shuffled order, the id never does."""

    id: str
    letter: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class AnswerRow:
    """One row to be given a value; ``value`` is what it holds now, empty for nothing."""

    id: str
    letter: str
    text: str
    value: str


@dataclass(frozen=True)
class AnswerValue:
    """What a row can be given: a place ("1") or a target's id, and its text (empty for a place)."""

    id: str
    text: str


@dataclass(frozen=True)
class AnswerView:
    """An item to be answered. Of ``options``, ``rows`` and ``blanks`` one is filled; none for an unknown kind."""

    kind: str
    stem: str
    options: tuple[AnswerOption, ...] = ()
    rows: tuple[AnswerRow, ...] = ()
    values: tuple[AnswerValue, ...] = ()
    blanks: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.options or self.rows or self.blanks)

    @property
    def is_multiple(self) -> bool:
        return self.kind == "multiple"

    @property
    def is_answered(self) -> bool:
        has_row = any(row.value for row in self.rows)
        return has_row or any(self.blanks) or any(option.is_chosen for option in self.options)


def answer_view(item: Item, order: Sequence[str], response: Sequence[str]) -> AnswerView:
    """An item in the order of a paper, with the response that stands."""
    view = pupil_view(item, order)
    if not view:
        return AnswerView("", "")
    kind, stem, choices = view["kind"], view["stem"], view["choices"]
    if "blanks" in view:
        texts = [*response, *[""] * view["blanks"]][: view["blanks"]]
        return AnswerView(kind, shown_stem(stem), blanks=tuple(texts))
    lettered = list(zip(LETTERS, choices, strict=False))
    if kind in {"ordering", "matching"}:
        given = dict(part.split(":", 1) for part in response if ":" in part)
        rows = tuple(AnswerRow(one["id"], letter, one["text"], given.get(one["id"], "")) for letter, one in lettered)
        targets = view.get("targets") or [{"id": str(place), "text": ""} for place in range(1, len(rows) + 1)]
        return AnswerView(kind, stem, rows=rows, values=tuple(AnswerValue(**target) for target in targets))
    options = tuple(AnswerOption(one["id"], letter, one["text"], one["id"] in response) for letter, one in lettered)
    return AnswerView(kind, stem, options=options)


def shown_stem(stem: str) -> str:
    """A stem with its blanks drawn, and numbered where there are several."""
    parts = stem.split(GAP)
    if len(parts) <= 2:
        return "＿＿＿＿".join(parts)
    return "".join(
        part + (f"＿＿＿＿({number})" if number < len(parts) else "") for number, part in enumerate(parts, 1)
    )
