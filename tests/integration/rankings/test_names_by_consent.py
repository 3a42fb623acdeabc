"""Boards show a full name only with a consent that counts, and the masked one again at the next rendering."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.publication import rules
from tests.cast import Cast
from tests.factories.queries import counted
from tests.integration.accounts.publication.consents import consent
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def fresh(app: Flask) -> None:
    """A second has gone by: what was rendered before is no longer shown."""
    app.extensions["shared_cache"]._kept.clear()


@pytest.fixture(autouse=True)
def _fresh(app: Flask) -> None:
    fresh(app)


def names(soup: object) -> str:
    return text_of(soup.select_one("ol.list"))  # type: ignore[attr-defined]


def test_the_public_board_shows_who_consented_and_masks_at_once_after_withdrawal(
    board: str, app: Flask, cast: Cast, client: FlaskClient, sign_in: SignIn
) -> None:
    consent(app, cast.liming, cast.teacher)
    consent(app, cast.zhuoma, cast.teacher, "refused")
    shown = names(page(client.get(f"/boards/{board}")))
    assert "李明" in shown and "卓玛" not in shown and "卓*" in shown and "甲一一" not in shown
    post(sign_in(cast.liming), "/me/consent/withdraw", via="/me")
    fresh(app)
    shown = names(page(client.get(f"/boards/{board}")))
    assert "李明" not in shown and "李*" in shown


def test_the_boards_of_pupils_follow_the_same_rule(board: str, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    consent(app, cast.liming, cast.teacher)
    client = sign_in(cast.cairang)
    assert "李明" in names(page(client.get(f"/rankings/{board}")))
    assert "卓*" in names(page(client.get(f"/rankings/{board}")))
    consent(app, cast.liming, cast.teacher, "withdrawn", "request")
    fresh(app)
    assert "李明" not in names(page(client.get(f"/rankings/{board}")))


def test_a_consent_to_a_text_that_no_longer_covers_shows_nothing(
    board: str, app: Flask, cast: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quiz.accounts.publication import queries

    consent(app, cast.liming, cast.teacher)
    monkeypatch.setattr(queries, "COVERING_TEXTS", frozenset({"2"}))
    assert rules.CURRENT_TEXT == "1"
    assert "李明" not in names(page(client.get(f"/boards/{board}")))


def test_a_page_is_read_within_one_second(app: Flask) -> None:
    """Nothing else may keep names longer: what is shared is at most so old."""
    from quiz.rankings.views import shared

    assert shared.SECONDS <= 1.0


def test_consents_cost_one_query_whoever_is_shown(board: str, app: Flask, cast: Cast, client: FlaskClient) -> None:
    def asked() -> list[str]:
        fresh(app)
        with counted(app) as statements:
            page(client.get(f"/boards/{board}"))
        return [one for one in statements if "publication_consent" in one]

    assert len(asked()) == 1
    for user in (cast.liming, cast.zhuoma, cast.ouyang):
        consent(app, user, cast.teacher)
    assert len(asked()) == 1
    fresh(app)
    with counted(app) as statements:
        page(client.get(f"/boards/{board}?level=school"))
    assert not [one for one in statements if "publication_consent" in one]
