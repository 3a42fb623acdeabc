"""What the lane answers is counted as what the application answers."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.db import db
from quiz.web import metrics
from tests.cast import Cast
from tests.factories import sittings
from tests.lanes import only_lane
from tests.pages import csrf_of


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[None]:
    metrics.start(tmp_path)
    yield
    metrics.stop()


def test_a_save_in_the_lane_is_counted(
    app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient], counting: None
) -> None:
    now = clock.now()
    with app.app_context():
        sitting = sittings.make_sitting(
            db.session, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1)
        )
        attempt = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
    client, path = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    token = csrf_of(client, path)
    with only_lane(app) as passed:
        data = {"seq": 1, "position": 1, "choices": []}
        assert client.post(f"{path}/answers", json=data, headers={"X-CSRFToken": token}).status_code == 200
    assert passed == []
    text = metrics.exposition().decode()
    assert 'qingyuan_saves_total{status="saved"} 1.0' in text
    assert 'qingyuan_requests_total{method="POST",route="/attempts/<public_id>/answers",status="2xx"} 1.0' in text
