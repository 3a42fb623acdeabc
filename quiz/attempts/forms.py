"""One answer as it arrives: as JSON from our script, or as a plain form without script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from quiz.errors import DomainError, msgid

MOST_CHOICES = 8
LONGEST_CHOICE = 40


@dataclass(frozen=True)
class SentAnswer:
    """What a pupil sent for one position. ``seq`` counts per attempt; no choices clears the answer."""

    seq: int
    position: int
    choices: tuple[str, ...]


class UnreadableAnswerError(DomainError):
    """What was sent has not the form of an answer."""

    status = 400

    def __init__(self) -> None:
        super().__init__(msgid("这次保存的内容不完整。请刷新页面后再试一次。"))


def from_json(payload: Any) -> SentAnswer:
    """Read ``{"seq": 8, "position": 3, "choices": ["b"]}``; raises UnreadableAnswerError for anything else."""
    if not isinstance(payload, Mapping) or set(payload) != {"seq", "position", "choices"}:
        raise UnreadableAnswerError
    seq, position, choices = payload["seq"], payload["position"], payload["choices"]
    if type(seq) is not int or type(position) is not int or not isinstance(choices, list):
        raise UnreadableAnswerError
    return _checked(seq, position, choices)


def from_form(form: MultiDict[str, str]) -> SentAnswer:
    """Read the fields ``seq``, ``position`` and any number of ``choices``; raises UnreadableAnswerError."""
    try:
        return _checked(int(form["seq"]), int(form["position"]), form.getlist("choices"))
    except (KeyError, ValueError):
        raise UnreadableAnswerError from None


def _checked(seq: int, position: int, choices: list[Any]) -> SentAnswer:
    if not all(isinstance(choice, str) and len(choice) <= LONGEST_CHOICE for choice in choices):
        raise UnreadableAnswerError
    if seq < 1 or position < 1 or len(choices) > MOST_CHOICES:
        raise UnreadableAnswerError
    return SentAnswer(seq, position, tuple(choices))
