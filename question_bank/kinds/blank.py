"""Blank: write the missing words; each blank accepts a list of texts, compared without width, case and punctuation."""

import random
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from question_bank.kinds.base import BadResponse, Mark, MarkingPolicy, round_half_up
from question_bank.model import Item, ItemKind
from question_bank.problem import Problem, about

GAP = "____"  # stands in the stem where a blank is
MOST_BLANKS = 3
LONGEST_TEXT = 40
LONGEST_KEY = 20
_GAPS = re.compile(r"_{2,}")
_NOT_COMPARED = re.compile(r"[\W_]+")


class Blank:
    """The key holds one text per blank, its accepted forms joined by "|". All or nothing unless the policy shares."""

    kind = ItemKind.BLANK

    def check(self, item: Item) -> list[Problem]:
        problems = []
        gaps = _GAPS.findall(item.stem)
        if not 1 <= len(gaps) <= MOST_BLANKS or len(gaps) != len(item.answer_key) or set(gaps) != {GAP}:
            text = "填空题的题干用 ____ 表示每个空（最多三个），答案和空一样多。请改题干或答案。"
            problems.append(about(item, "key-count", text))
        if item.choices or item.targets:
            problems.append(about(item, "choice-count", "填空题不写选项。请删去选项。"))
        forms = [form for accepted in item.answer_key for form in accepted.split("|")]
        if not all(plain(form) and len(form.strip()) <= LONGEST_KEY for form in forms):
            problems.append(about(item, "key-text", f"每个可接受的答案要有字，最多 {LONGEST_KEY} 字。请改答案。"))
        if any(len(plain(form)) > 1 and plain(form) in plain(item.stem) for form in forms):
            problems.append(about(item, "key-text", "题干里已经写出了答案。请改题干。"))
        return problems

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        """Each blank is right or wrong; with partial credit each right one earns its share."""
        hits = sum(is_right(text, accepted) for text, accepted in zip(response, item.answer_key, strict=False))
        if item.answer_key and hits == len(item.answer_key):
            return Mark(points_hundredths, True)
        share = round_half_up(points_hundredths * hits, len(item.answer_key)) if item.answer_key else 0
        return Mark(share if policy.partial_credit else 0, False)

    def shuffle(self, item: Item, rng: random.Random) -> tuple[str, ...]:
        return ()

    def parse_response(self, raw: object, item: Item) -> tuple[str, ...]:
        if not isinstance(raw, list | tuple):
            raise BadResponse("not_a_list")
        if not all(isinstance(part, str) for part in raw):
            raise BadResponse("not_text")
        if len(raw) > len(item.answer_key):
            raise BadResponse("too_many")
        texts = [" ".join("".join(c for c in part if c.isprintable()).split()) for part in raw]
        if any(len(text) > LONGEST_TEXT for text in texts):
            raise BadResponse("too_long")
        if not any(texts):
            return ()
        return tuple(texts + [""] * (len(item.answer_key) - len(texts)))

    def is_complete(self, item: Item, response: tuple[str, ...]) -> bool:
        return bool(response) and all(response)

    def right_response(self, item: Item) -> tuple[str, ...]:
        return tuple(accepted.split("|")[0].strip() for accepted in item.answer_key)

    def pupil_view(self, item: Item, order: Sequence[str]) -> dict[str, Any]:
        if order:
            raise ValueError(f"{item.id} has no choices to order")
        return {"kind": str(self.kind), "stem": item.stem, "choices": [], "blanks": len(item.answer_key)}

    def response_text(self, item: Item, response: tuple[str, ...]) -> str:
        return "；".join(text or "（空）" for text in response)


def plain(text: str) -> str:
    """A text as it is compared: full width folded, lower case, no spaces and punctuation."""
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", text).casefold())


def is_right(text: str, accepted: str) -> bool:
    """Whether a text is one of the accepted forms ("110|一一〇")."""
    return bool(plain(text)) and plain(text) in {plain(form) for form in accepted.split("|")}
