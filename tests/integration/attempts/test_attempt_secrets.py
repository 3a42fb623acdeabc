"""Nothing of a key, grade, reason or explanation is in what a pupil's device may be given before release."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from question_bank.kinds import pupil_view
from question_bank.loader import load_bank
from question_bank.model import Item, ItemKind
from quiz.attempts import queries, services
from quiz.db import db
from quiz.items.services import sync_bank
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NOW = OPENS + timedelta(minutes=10)
CANARY = "金丝雀"


def marked(item: Item) -> Item:
    """The item with a canary in every text that must stay hidden."""
    choices = tuple(
        replace(
            choice,
            reason=None if choice.reason is None else CANARY + choice.reason,
            misconception=CANARY,
        )
        for choice in item.choices
    )
    return replace(item, explanation=CANARY + item.explanation, choices=choices)


@pytest.fixture
def canaries(app: Flask) -> Iterator[None]:
    with app.app_context():
        sync_bank(db.session, now=NOW, items=[marked(item) for item in load_bank()])
        db.session.commit()
        yield


def test_an_open_attempt_tells_nothing(canaries: None, cast: Cast) -> None:
    rows = [{"kinds": [str(kind)], "count": 4, "points": 100} for kind in ItemKind]
    sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, rows=rows)
    attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW)
    login = sittings.login(db.session, cast.zhuoma, NOW)
    given: list[object] = [attempt.paper, queries.current_answers(db.session, attempt.id)]
    for entry in attempt.paper:
        item = queries.item_at(db.session, entry)
        assert CANARY in item.explanation, "the canary must be there to be found"
        given.append(pupil_view(item, entry["order"]))
        reply = services.save_answer(
            db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, login_session_id=login,
            seq=entry["position"], position=entry["position"], choices=sittings.right_choices(item), now=NOW,
        )  # fmt: skip
        given.append(asdict(reply))
    text = json.dumps(given, ensure_ascii=False, default=str)
    for secret in (CANARY, "answer_key", "explanation", "dangerous", "acceptable", "misconception", "reason"):
        assert secret not in text


def test_right_and_wrong_answers_get_the_same_reply(canaries: None, cast: Cast) -> None:
    sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
    attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW)
    login = sittings.login(db.session, cast.zhuoma, NOW)
    item = queries.item_at(db.session, attempt.paper[0])
    replies = [
        services.save_answer(
            db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, login_session_id=login,
            seq=seq, position=1, choices=choices, now=NOW,
        )
        for seq, choices in enumerate((sittings.right_choices(item), sittings.wrong_choices(item)), start=1)
    ]  # fmt: skip
    right, wrong = (replace(reply, choices=[], seq=0, next_seq=0) for reply in replies)
    assert right == wrong
