"""A key, explanation, reason or source never reaches a pupil before the answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from question_bank.loader import load_bank
from question_bank.model import Item as BankItem
from question_bank.model import ItemKind
from quiz.db import db
from quiz.items import catalogue
from quiz.items.services import sync_bank
from tests.integration.practice.walker import Walker, wrong_choices
from tests.pages import page, post

CANARY = "金丝雀"


def with_canary(item: BankItem) -> BankItem:
    choices = tuple(
        replace(choice, misconception=CANARY, reason=CANARY if choice.reason else None) for choice in item.choices
    )
    return replace(item, id=f"{item.topic}-9901", choices=choices, explanation=CANARY * 3)


@pytest.fixture(params=[ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.TRUE_FALSE, ItemKind.SCENARIO])
def only_canaries(app: Flask, request: pytest.FixtureRequest) -> None:
    """A bank of one item of the kind, whose hidden parts all hold the canary."""
    item = next(item for item in load_bank() if item.kind is request.param and "junior" in item.bands)
    with app.app_context():
        sync_bank(db.session, now=datetime(2026, 6, 1, tzinfo=UTC), items=[with_canary(item)])
        db.session.commit()
    catalogue.clear()


def test_unanswered_pages_hold_no_hidden_part(only_canaries: None, walker: Walker) -> None:
    path = walker.start()
    pages = [path, "/practice/", "/practice/mistakes", "/practice/review"]
    bodies = [walker.client.get(address).text for address in pages]
    bodies.append(post(walker.client, path, {"choices": []}).text)
    for body in bodies:
        assert CANARY not in body
        assert "choice--right" not in body
        assert "answer_key" not in body
    answered = page(walker.client.get(path))
    assert not answered.select("input[checked]")


def test_the_answered_page_does_hold_them(only_canaries: None, walker: Walker) -> None:
    path = walker.start()
    walker.answer(path, wrong_choices(walker.content(path)))
    assert CANARY in walker.client.get(path).text
    assert CANARY not in walker.client.get("/practice/mistakes").text
