"""While the boards are frozen, the list of award winners is neither published nor shown."""

from datetime import timedelta

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.models import BoardFreeze
from tests.integration.publicity.conftest import change
from tests.pages import page, post, text_of


def _freeze(scene):
    with scene.app.app_context():
        at = clock.now() - timedelta(days=1)
        db.session.add(
            BoardFreeze(
                contest_id=scene.contest_id, freezes_at=at, unfreezes_at=None, set_by=scene.cast.province, set_at=at
            )
        )
        db.session.commit()


def _lift(scene):
    with scene.app.app_context():
        db.session.get_one(BoardFreeze, scene.contest_id).unfreezes_at = clock.now()
        db.session.commit()


def test_it_cannot_be_published(issued, client, sign_in):
    _freeze(issued)
    organiser, desk = sign_in(issued.cast.province), f"/desk/contests/{issued.public_id}/public"
    refused = post(organiser, f"{desk}/winners", {"on": "1"}, via=desk)
    assert "榜单还封着" in text_of(page(refused, 409))
    with issued.app.app_context():
        assert db.session.get_one(Contest, issued.contest_id).awards_listed_at is None
    assert client.get(f"/c/{issued.public_id}/winners").status_code == 404
    _lift(issued)
    assert post(organiser, f"{desk}/winners", {"on": "1"}, via=desk).status_code == 303
    assert "李*" in client.get(f"/c/{issued.public_id}/winners").text


def test_a_list_that_was_public_is_not_shown(issued, client):
    change(issued.app, awards_listed_at=clock.now())
    _freeze(issued)
    address = f"/c/{issued.public_id}/winners"
    assert client.get(address).status_code == 404
    assert not page(client.get(f"/c/{issued.public_id}")).select(f"a[href='{address}']")
    _lift(issued)
    assert "李*" in client.get(address).text
