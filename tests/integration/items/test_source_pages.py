"""The catalogue of sources, and "this law was amended"."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from question_bank.loader import load_bank
from quiz.db import db
from quiz.items.concerns.models import ItemConcern
from quiz.items.concerns.rules import ConcernKind
from tests.cast import Cast
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def citing(prefix: str) -> set[str]:
    return {
        item.id for item in load_bank() if any(one == prefix or one.startswith(f"{prefix}:") for one in item.sources)
    }


def test_every_law_stands_with_its_version_and_a_superseded_one_says_so(sign_in: SignIn, cast: Cast) -> None:
    text = text_of(page(sign_in(cast.editor).get("/items/sources/")).main)
    assert "青海省禁毒条例" in text
    assert "2021" in text
    assert "已被取代，不能引用" in text


def test_facts_are_found_by_a_word_and_doubtful_ones_are_marked(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.editor)
    found = page(client.get("/items/sources/?q=国际禁毒日"))
    facts = found.select("#facts li")
    assert facts
    assert all("国际禁毒日" in text_of(fact) for fact in facts)
    assert "不能引用" in text_of(page(client.get("/items/sources/")).select_one("#facts"))
    assert "换一个词试试" in text_of(page(client.get("/items/sources/?q=没有这句话")).select_one("#facts"))


def test_an_amended_article_puts_every_item_that_rests_on_it_into_the_queue_once(
    app: Flask, sign_in: SignIn, cast: Cast
) -> None:
    client = sign_in(cast.editor)
    path = "/items/sources/laws/drug-control"
    expected = citing("law:drug-control:art-62")
    shown = page(client.get(f"{path}?article=62"))
    assert {link["href"].rpartition("/")[2] for link in shown.select("a.list__title")} == expected
    assert "写" in text_of(page(post(client, f"{path}/amended", {"article": "62"}, via=f"{path}?article=62"), 422))
    data = {"article": "62", "note": "2027年修订，第六十二条改了"}
    assert post(client, f"{path}/amended", data, via=f"{path}?article=62").status_code == 303
    post(client, f"{path}/amended", data, via=f"{path}?article=62")
    with app.app_context():
        rows = db.session.query(ItemConcern).filter_by(kind=ConcernKind.LAW_AMENDED).all()
        assert sorted(row.item_id for row in rows) == sorted(expected)
        assert "2027年修订" in rows[0].text
        assert "第六十二条" in rows[0].text


def test_a_whole_law_can_be_amended_and_others_keep_out(app: Flask, sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.editor)
    path = "/items/sources/laws/drug-rehab"
    post(client, f"{path}/amended", {"article": "", "note": "全文修订"}, via=path)
    with app.app_context():
        found = {row.item_id for row in db.session.query(ItemConcern).filter_by(kind=ConcernKind.LAW_AMENDED)}
    assert found == citing("law:drug-rehab")


def test_unknown_laws_are_not_found_and_teachers_cannot_raise(sign_in: SignIn, cast: Cast) -> None:
    assert sign_in(cast.editor).get("/items/sources/laws/no-such-law").status_code == 404
    teacher = sign_in(cast.teacher)
    assert page(teacher.get("/items/sources/laws/drug-control")).select("form[action$=amended]") == []
