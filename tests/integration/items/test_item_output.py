"""Items go out: files in every format with what does not fit named first, sheets to print with and without key."""

import io
from collections.abc import Callable

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient

from question_bank.formats.registry import FORMATS
from question_bank.loader import load_bank
from quiz.audit.models import AuditEntry
from quiz.db import db
from tests.cast import Cast
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
CHOSEN = "/items/output/?topic=situation"


def chosen_ids() -> set[str]:
    return {item.id for item in load_bank() if item.topic == "situation"}


@pytest.mark.parametrize("code", list(FORMATS))
def test_every_format_holds_the_selection_or_names_what_it_cannot(
    app: Flask, sign_in: SignIn, cast: Cast, code: str
) -> None:
    client = sign_in(cast.editor)
    reply = post(client, CHOSEN, {"format": code})
    refused = 0
    if reply.status_code == 422:
        shown = page(reply, 422)
        refused = len(shown.select(".notice li"))
        assert f"{refused} 道题写不进这种格式" in text_of(shown.main)
        reply = post(client, CHOSEN, {"format": code, "leave_out": "y"})
    assert reply.status_code == 200
    read = FORMATS[code].read
    assert read is not None
    assert len(read(reply.data, f"x.{FORMATS[code].extension}").items) == len(chosen_ids()) - refused
    with app.app_context():
        event = db.session.query(AuditEntry).filter_by(action="item:bank:export").one()
        assert event.details["items"] == len(chosen_ids()) - refused


def test_only_aiken_and_gift_refuse_items_of_the_bank() -> None:
    """What the page promises of the others."""
    bank = load_bank()
    assert {code for code, one in FORMATS.items() if one.write(bank).refused} == {"aiken", "gift"}


def test_an_unknown_format_is_asked_for_again(sign_in: SignIn, cast: Cast) -> None:
    assert "请选一种格式" in text_of(page(post(sign_in(cast.editor), CHOSEN, {"format": "pdf"}), 422))


def test_the_sheet_has_every_question_and_the_key_only_when_asked(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.editor)
    bare = page(client.get("/items/output/print"))
    assert len(bare.select(".paper-question")) == len(load_bank())
    assert [text_of(heading) for heading in bare.select("h2")][:3] == ["单选题", "多选题", "判断题"]
    assert bare.select(".paper-key") == []
    explanations = [item.explanation for item in load_bank()]
    assert not any(one in bare.get_text() for one in explanations)
    with_key = page(client.get("/items/output/print?with_key=1&topic=situation"))
    assert len(with_key.select(".paper-key")) == len(chosen_ids())


@pytest.mark.parametrize("with_key", [False, True])
def test_the_word_document_says_the_same(sign_in: SignIn, cast: Cast, with_key: bool) -> None:
    address = "/items/output/paper.docx?topic=situation" + ("&with_key=1" if with_key else "")
    document = Document(io.BytesIO(sign_in(cast.editor).get(address).data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert sum(item.explanation in text for item in load_bank()) == (len(chosen_ids()) if with_key else 0)
    assert ("姓名" in text) is not with_key


def test_pupils_cannot_take_items_out(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.zhuoma)
    for address in ("/items/output/", "/items/output/print?with_key=1", "/items/output/paper.docx?with_key=1"):
        assert client.get(address).status_code in {403, 404}
