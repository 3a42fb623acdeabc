"""Pages kept as texts and tokens in turn: rendered once by their templates, filled in for each pupil by joining bytes.

Tokens stand where something varies. A text is kept as UTF-8 and cut at these places.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Flask, g

T = TypeVar("T")
ATTEMPT, CSRF, NONCE, USER = "TokenAttempt0000", "TokenCsrf0000000", "TokenNonce000000", "TokenUser0000000"
FORMS, SEGMENTS, CARD = "TokenForms000000", "TokenSegments000", "TokenCard0000000"
DEADLINE, ANSWERS, LETTER = "TokenDeadline000", "TokenAnswers0000", "TokenLetter00000"
#: Tokens where the templates want numbers; the one after POSITION stands for the next question.
POSITION, SEQ, ANSWERED, REMAINING = 700_000_000_000_001, 710_000_000_000_001, 720_000_000_000_001, 730_000_000_000_001
CUTS = re.compile(
    f"({POSITION}-{LETTER}|{POSITION}|{POSITION + 1}|{LETTER}|{ATTEMPT}|{CSRF}|{NONCE}|{USER}|{FORMS}|{SEGMENTS}|{CARD}|"
    f'{DEADLINE}|"{ANSWERS}"|{SEQ}|{ANSWERED}|{REMAINING})'
)
#: Texts and tokens in turn.
Template = tuple[bytes, ...]

_parts: dict[bytes, bytes] = {}


def rendered(app: Flask, locale: str, make: Callable[[], T]) -> T:
    """Render outside any request of a person's: no session, no user, tokens for CSRF and nonce."""
    with app.test_request_context("/", headers={"Accept-Language": locale}):
        g.csrf_token, g.csp_nonce = CSRF, NONCE
        return make()


def template(text: str) -> Template:
    """Cut at the tokens."""
    return tuple(map(str.encode, CUTS.split(text)))


def shared_template(text: str) -> Template:
    """Cut at the tokens, equal parts being one object: nearly all parts of thousands of items are, and stay in the cache.

    They are kept for ever: for what comes from the bank and from staff, never for what depends on answers.
    """
    return tuple(_parts.setdefault(part, part) for part in template(text))


def filling(values: Mapping[str | int, object]) -> dict[bytes, bytes]:
    """What stands for each token."""
    return {str(token).encode(): str(value).encode() for token, value in values.items()}


def filled(parts: Template, values: Mapping[bytes, bytes]) -> list[bytes]:
    """The template with the tokens replaced, still in parts."""
    return [values.get(part, part) for part in parts]
