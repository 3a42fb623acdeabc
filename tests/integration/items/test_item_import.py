"""Questions from files: a dry run that writes nothing, drafts all at once, and hostile files refused."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from question_bank.formats import spreadsheet
from question_bank.formats.registry import FORMATS
from question_bank.loader import load_bank
from quiz.db import db
from quiz.items.editing.models import ItemDraft
from quiz.items.importing.models import ItemImport
from quiz.jobs.worker import run_due_jobs
from tests.cast import Cast
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
TEXT = """一、单选题
1. 冬天的牧场上，有人递来一颗奇怪的糖。哪种做法合适？（　）
A. 先尝一小口  B. 不接，告诉家长
答案：B  解析：不接，告诉家长。来路不明的东西可能有害。
2. 没有答案的题
A. 甲 B. 乙
二、判断题
3. 陌生人给的东西可以收下。（×）
"""


def send(client: FlaskClient, data: bytes = b"", name: str = "", text: str = "", **fields: object) -> str:
    """Upload, and the address of the import."""
    files = {"file": (io.BytesIO(data), name)} if name else {}
    reply = post(client, "/items/imports/", {**files, "text": text, **fields}, content_type="multipart/form-data")
    assert reply.status_code == 303, text_of(page(reply, reply.status_code))
    return str(reply.headers["Location"])


def drafts(app: Flask) -> list[ItemDraft]:
    with app.app_context():
        return list(db.session.scalars(sa.select(ItemDraft).order_by(ItemDraft.id)))


def test_pasted_text_is_read_shown_and_becomes_drafts(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    path = send(client, text=TEXT, place="refusal/awareness", bands=["junior", "senior", "adult"], source="fact:JQ-01")
    assert "排队中" in text_of(page(client.get(path)))
    run_due_jobs(app)
    shown = page(client.get(path))
    assert "读到 2 题" in text_of(shown) and "没有读的 1 题" in text_of(shown)
    refused = text_of(page(client.get(f"{path}?show=refused")))
    assert "第 2 题" in refused and "没有答案" in refused
    assert drafts(app) == []
    post(client, f"{path}/confirm", {}, via=path)
    first, second = drafts(app)
    assert first.content["stem"] == "冬天的牧场上，有人递来一颗奇怪的糖。哪种做法合适？（　）"
    assert first.content["answer_key"] == ["b"] and first.content["topic"] == "refusal"
    assert (second.content["kind"], second.content["answer_key"]) == ("true_false", ["b"])
    assert first.import_place == "第 1 题"


def test_control_characters_stay_in_the_file(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, known = sign_in(cast.editor), load_bank()[0]
    odd = "\0\x0b\x1b\x7f\ud800\ufffe"
    items = [
        replace(
            known, id=f"odd{odd}", stem=f"牧场上{odd}有人\r\n递来一颗糖。", tags=(f"甲{odd}乙",),
            sources=(f"fact:{odd}",), choices=tuple(replace(one, text=odd + one.text) for one in known.choices),
        )
    ]  # fmt: skip
    data = json.dumps({"qingyuan_items": 1, "items": [one.to_dict() for one in items]}).encode()
    path = send(client, data, "题\x0b目.json")
    run_due_jobs(app)
    shown = page(client.get(path))
    assert "读到 1 题" in text_of(shown)
    assert post(client, f"{path}/confirm", {}, via=path).status_code == 303
    [draft] = drafts(app)
    assert draft.content["stem"] == "牧场上有人\n递来一颗糖。" and draft.content["tags"] == ["甲 乙"]
    assert [one["text"] for one in draft.content["choices"]] == [one.text for one in known.choices]
    with app.app_context():
        row = db.session.scalars(sa.select(ItemImport)).one()
        assert row.filename == "题 目.json"


def test_confirming_twice_writes_once(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    path = send(client, text=TEXT)
    run_due_jobs(app)
    token = page(client.get(path)).select_one("input[name=csrf_token]")
    assert token is not None
    for _ in range(3):
        assert client.post(f"{path}/confirm", data={"csrf_token": str(token["value"])}).status_code == 303
    assert len(drafts(app)) == 2


def test_a_question_that_the_bank_has_is_shown_beside_its_twin_and_left_out(
    app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.editor)
    known = load_bank()[0]
    data = FORMATS["xlsx"].write([known]).data
    path = send(client, data, "题目.xlsx")
    run_due_jobs(app)
    shown = text_of(page(client.get(path)))
    assert "几乎一样" in shown and known.id in shown
    post(client, f"{path}/confirm", {"skip_same": "y"}, via=path)
    assert drafts(app) == []


def test_sound_drafts_of_an_import_go_to_the_checks_together(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    path = send(client, text=TEXT, place="refusal/awareness", bands=["junior", "senior", "adult"], difficulty="2", source="fact:JQ-01")  # fmt: skip
    run_due_jobs(app)
    post(client, f"{path}/confirm", {}, via=path)
    post(client, f"{path}/submit", {}, via=path)
    assert [str(draft.stage) for draft in drafts(app)] == ["source_check", "draft"]  # the second has no explanation


def test_an_import_belongs_to_who_uploaded_it(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    path = send(sign_in(cast.editor), text=TEXT)
    assert sign_in(cast.admin).get(path).status_code == 404
    assert sign_in(cast.teacher).get("/items/imports/").status_code == 403


def test_discarding_drops_what_was_read(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    path = send(client, text=TEXT)
    run_due_jobs(app)
    post(client, f"{path}/discard", {}, via=path)
    with app.app_context():
        row = db.session.scalars(sa.select(ItemImport)).one()
        assert row.found is None and row.file_data is None


BOMB = b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><quiz>&b;</quiz>'


def zipped(**entries: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xml", BOMB, "DTD"),
        ("a.xml", b"<html><body>hi</body></html>", "网页"),
        ("a.docm", zipped(word__document_xml=b"x"), "宏"),
        ("a.pdf", b"%PDF-1.7 ...", "PDF"),
        ("a.zip", zipped(readme=b"x"), "压缩包"),
        ("a.docx", b"PK\x03\x04 broken", "打不开"),
        ("a.txt", b"\x00\x01\x02\x03" * 100, "读不出来"),
        ("a.txt", "随便一段话，没有题目。".encode(), "没有找到题目"),
    ],
)
def test_files_that_hold_no_questions_are_refused_with_a_reason(
    app: Flask, cast: Cast, sign_in: SignIn, name: str, data: bytes, message: str
) -> None:
    client = sign_in(cast.editor)
    path = send(client, data, name)
    run_due_jobs(app)
    shown = text_of(page(client.get(path)))
    assert "没有导入" in shown and message in shown


def test_an_empty_upload_is_refused_at_once(cast: Cast, sign_in: SignIn) -> None:
    reply = post(sign_in(cast.editor), "/items/imports/", {"text": " "}, content_type="multipart/form-data")
    assert reply.status_code == 422
    assert "文件是空的" in text_of(page(reply, 422))


def test_the_template_reads_back_as_questions_of_every_common_kind(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    reply = client.get("/items/imports/template.xlsx")
    assert reply.status_code == 200
    kinds = {read.item.kind for read in spreadsheet.read(reply.data, "t.xlsx").items}
    assert kinds == {"single", "multiple", "true_false", "blank", "ordering"}


def test_two_thousand_rows_are_read_with_progress_and_a_stop_in_the_middle_writes_nothing(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [item for item in load_bank() if item.kind == "single"]
    rows = "\n".join(f"单选题,第{n}次：{items[n % len(items)].stem},{n}甲,{n}乙,A" for n in range(2000))
    data = f"题型,题干,选项A,选项B,答案\n{rows}".encode()
    client = sign_in(cast.editor)
    send(client, data, "两千题.csv")
    seen: list[int] = []
    from quiz.items.importing import services

    whole = services.examine

    def stopped(*args: object) -> object:
        def report(done: int, total: int) -> None:
            seen.append(done)
            if done == 1000:
                raise KeyboardInterrupt

        return whole(*args[:3], report)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "examine", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_due_jobs(app)
    assert seen[-1] == 1000
    monkeypatch.setattr(services, "examine", whole)
    with app.app_context():
        row = db.session.scalars(sa.select(ItemImport)).one()
        assert row.found is None and str(row.status) == "queued"
    assert drafts(app) == []
