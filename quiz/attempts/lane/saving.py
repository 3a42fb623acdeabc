"""One answer saved by the page's script: the services' own statement, and the reply of the answering view."""

import json
from typing import Any

from question_bank.kinds import BadResponse, kind_of
from quiz import clock
from quiz.attempts import forms, outlines
from quiz.attempts.outlines import Outline
from quiz.attempts.services.answers import APPEND, parameters
from quiz.direct import Statement, moment
from quiz.items import catalogue
from quiz.web.lane import Asked, Reply

_COMPACT = json.JSONEncoder(separators=(",", ":")).encode
_APPEND = Statement(by_dialect=APPEND)


def save(asked: Asked) -> Reply | None:
    """Append the answer if it is one that our script would send and the statement takes the row."""
    outline = outlines.fetch(asked.direct, asked.match[1]) if asked.is_json else None
    if outline is None or outline.user_id != asked.signed_in.user_id:
        return None
    answer = _answer(asked.body, outline)
    if answer is None:
        return None
    seq, position, choices = answer
    values = parameters(outline, asked.signed_in.session_id, seq, position, choices, asked.now)
    row = asked.direct.first(_APPEND, values)
    return None if row is None else Reply(_body(seq, row, outline.total, choices))


def _answer(body: bytes, outline: Outline) -> tuple[int, int, list[str]] | None:
    """(seq, position, canonical choices) of a body that our script would send; None for any other."""
    try:
        sent = forms.from_json(json.loads(body))
    except (ValueError, RecursionError, forms.UnreadableAnswerError):
        return None
    entry = outline.entries.get(sent.position)
    item = catalogue.known(*entry) if entry else None
    if item is None or sent.seq > outline.most_saves:
        return None
    try:
        return sent.seq, sent.position, list(kind_of(item).parse_response(list(sent.choices), item))
    except BadResponse:
        return None


def _body(seq: int, row: tuple[Any, ...], total: int, choices: list[str]) -> str:
    """The view's JSON, byte for byte (keys in order)."""
    answered, next_seq, deadline_at = row
    left = max(0.0, (moment(deadline_at) - clock.now()).total_seconds())
    return (
        f'{{"answered":{answered},"choices":{_COMPACT(choices)},"next_seq":{next_seq},'
        f'"remaining_seconds":{left!r},"seq":{seq},"status":"saved","total":{total}}}\n'
    )
