"""Staff find and read items; pupils never reach these pages."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from question_bank.loader import load_bank
from question_bank.model import ItemKind
from quiz.items.rules import is_about_qinghai
from tests.cast import Cast
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]
ROWS = ".table tbody tr"


def test_the_list_counts_and_pages_through_the_bank(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    bank = load_bank()
    first = page(client.get("/items/"))
    assert f"共 {len(bank)} 道题" in text_of(first)
    assert len(first.select(ROWS)) == 50
    second = first.select_one("a[rel=next]")
    assert second is not None
    assert page(client.get("/items/" + str(second["href"]))).select(ROWS)


def test_filters_narrow_together_and_stay_in_the_pager(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    wanted = [
        item for item in load_bank() if item.topic == "law" and item.kind is ItemKind.SINGLE and "junior" in item.bands
    ]
    found = page(client.get("/items/?topic=law&kind=single&band=junior"))
    assert f"共 {len(wanted)} 道题" in text_of(found)
    chosen = found.select_one("select[name=topic] option[selected]")
    assert chosen is not None and chosen["value"] == "law"
    long = page(client.get("/items/?band=junior"))
    following = long.select_one("a[rel=next]")
    assert following is not None and "band=junior" in str(following["href"])


def test_search_reads_stem_choices_and_number(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.county)
    item = load_bank()[0]
    for text in (item.id, item.stem[:8], item.choices[0].text):
        rows = page(client.get("/items/", query_string={"text": text})).select(ROWS)
        assert any(item.id in text_of(row) for row in rows)


def test_the_qinghai_filter_shows_what_rests_on_the_province(cast: Cast, sign_in: SignIn) -> None:
    wanted = [item for item in load_bank() if is_about_qinghai(item)]
    found = page(sign_in(cast.school_admin).get("/items/?qinghai=y"))
    assert f"共 {len(wanted)} 道题" in text_of(found)


def test_nothing_found_offers_a_way_back_and_nonsense_filters_narrow_nothing(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    empty = page(client.get("/items/?text=没有这样的题目吧"))
    assert "没有找到符合条件的题目" in text_of(empty)
    assert page(client.get("/items/?topic=nonsense&page=-3&kind=%27")).select(ROWS)
    assert page(client.get("/items/?page=9999")).select(ROWS)


def test_an_item_is_read_with_key_explanation_and_sources(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    for kind in (ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.TRUE_FALSE, ItemKind.SCENARIO):
        item = next(item for item in load_bank() if item.kind is kind)
        shown = text_of(page(client.get(f"/items/{item.id}")))
        assert item.stem in shown
        assert item.explanation in shown
        assert ("正确答案" in shown) == (kind is not ItemKind.SCENARIO)
        assert all((choice.reason or "") in shown for choice in item.choices)


def test_an_unknown_item_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    page(sign_in(cast.teacher).get("/items/law-9999"), 404)


def test_pupils_and_visitors_are_kept_out(app: Flask, cast: Cast, client: FlaskClient, sign_in: SignIn) -> None:
    item = load_bank()[0]
    for path in ("/items/", f"/items/{item.id}"):
        page(sign_in(cast.zhuoma).get(path), 403)
        assert client.get(path).status_code == 302
