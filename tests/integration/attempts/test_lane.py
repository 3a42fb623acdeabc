"""The lane answers as the application does, letter by letter, and passes on whatever is not plain."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz import clock
from quiz.accounts.models import LoginSession
from quiz.attempts import queries
from quiz.attempts.lane import pieces
from quiz.attempts.models import Attempt, ItemResponse
from quiz.db import db
from quiz.jobs.models import Job
from tests.cast import Cast
from tests.factories import sittings
from tests.lanes import only_lane, settled, without_lane
from tests.pages import csrf_of

SignIn = Callable[[int], FlaskClient]
KINDS = ["single", "multiple", "true_false", "scenario", "ordering", "matching", "blank"]


@pytest.fixture
def attempt(app: Flask, cast: Cast) -> Attempt:
    """卓玛's open attempt: two of every kind of item."""
    now = clock.now()
    with app.app_context():
        sitting = sittings.make_sitting(
            db.session, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1), title="“六·二六” <初赛>",
            rows=[{"kinds": [kind], "count": 2, "points": 100} for kind in KINDS], band="senior",
        )  # fmt: skip
        found = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
        return found


def send(client: FlaskClient, attempt: Attempt, data: object, **headers: str) -> TestResponse:
    path = f"/attempts/{attempt.public_id}"
    return client.post(f"{path}/answers", json=data, headers={"X-CSRFToken": csrf_of(client, path), **headers})


def right(app: Flask, attempt: Attempt, position: int) -> list[str]:
    with app.app_context():
        return sittings.right_choices(queries.item_at(db.session, attempt.paper[position - 1]))


def answer(app: Flask, client: FlaskClient, attempt: Attempt, positions: range) -> None:
    for position in positions:
        reply = send(client, attempt, {"seq": position, "position": position, "choices": right(app, attempt, position)})
        assert reply.status_code == 200, reply.text


def as_the_view_has_it(app: Flask, client: FlaskClient, path: str, headers: dict[str, str]) -> TestResponse:
    """The lane's page, which is the view's to the letter and under the same headers."""
    with without_lane(app):
        wanted = client.get(path, headers=headers)
    with only_lane(app) as passed:
        found = client.get(path, headers=headers)
    assert passed == []
    assert settled(found.text) == settled(wanted.text)
    names = {"Content-Type", "Cache-Control", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"}
    assert {name: found.headers[name] for name in names} == {name: wanted.headers[name] for name in names}
    return found


@pytest.mark.parametrize("language", ["zh-CN,zh;q=0.9", "en"])
@pytest.mark.parametrize("answered", [0, 9, 14])
def test_the_page_is_the_views_to_the_letter(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt, answered: int, language: str
) -> None:
    client = sign_in(cast.zhuoma)
    path, headers = f"/attempts/{attempt.public_id}", {"Accept-Language": language}
    client.get(path)
    answer(app, client, attempt, range(1, answered + 1))
    found = as_the_view_has_it(app, client, path, headers)
    assert found.text.count('type="radio"') > 10 and f'"answered": {answered}' in found.text
    nonce = found.text.partition('nonce="')[2].partition('"')[0]
    assert f"'nonce-{nonce}'" in found.headers["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["zh-CN,zh;q=0.9", "en"])
@pytest.mark.parametrize("answered", [0, 3, 14])
def test_the_question_before_handing_in_is_the_views_to_the_letter(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt, answered: int, language: str
) -> None:
    client = sign_in(cast.zhuoma)
    path, headers = f"/attempts/{attempt.public_id}/confirm", {"Accept-Language": language}
    client.get(f"/attempts/{attempt.public_id}")
    answer(app, client, attempt, range(1, answered + 1))
    rows = next(entry["position"] for entry in attempt.paper if is_of_rows(app, entry))
    half = [right(app, attempt, rows)[0]]
    assert send(client, attempt, {"seq": 20, "position": rows, "choices": half}).status_code == 200
    for _ in range(2):  # made, then kept
        found = as_the_view_has_it(app, client, path, headers)
        assert f"#q-{rows}" in found.text and f"{path.replace('confirm', 'submit')}" in found.text


def test_what_pupils_answer_is_not_kept_for_ever(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    """Every set of missing positions makes another page, every order given another question."""
    client, path = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    for _ in range(2):  # the first reads the items
        client.get(path)
    kept = len(pieces._parts)
    for position in range(1, 15):
        answer(app, client, attempt, range(position, position + 1))
        assert client.get(path).status_code == client.get(f"{path}/confirm").status_code == 200
    assert len(pieces._parts) == kept


def is_of_rows(app: Flask, entry: dict[str, Any]) -> bool:
    with app.app_context():
        return queries.item_at(db.session, entry).kind == "matching"


def test_the_question_before_handing_in_is_the_owners(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt
) -> None:
    path = f"/attempts/{attempt.public_id}"
    owner = sign_in(cast.zhuoma)
    assert owner.get(f"{path}/confirm").status_code == 200
    assert sign_in(cast.liming).get(f"{path}/confirm").status_code == 404
    assert owner.post(f"{path}/submit", data={"csrf_token": csrf_of(owner, path)}).status_code == 303
    assert owner.get(f"{path}/confirm").location == f"{path}/result"


def test_the_page_is_sent_small(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    whole = client.get(path)
    small = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["Content-Encoding"] == "br" and len(small.data) * 5 < len(whole.data)


def test_a_save_is_answered_as_the_view_answers(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    client.get(f"/attempts/{attempt.public_id}")
    sent = {"seq": 1, "position": 1, "choices": right(app, attempt, 1)}
    token = csrf_of(client, f"/attempts/{attempt.public_id}")
    with only_lane(app) as passed:
        first = client.post(f"/attempts/{attempt.public_id}/answers", json=sent, headers={"X-CSRFToken": token})
    assert passed == [] and first.status_code == 200
    with without_lane(app):
        again = send(client, attempt, sent)  # the same request gets the first reply
    keys = ["status", "seq", "next_seq", "answered", "total", "choices"]
    assert (
        [first.json[key] for key in keys]
        == [again.json[key] for key in keys]
        == ["saved", 1, 2, 1, 14, sent["choices"]]
    )  # type: ignore[index]
    assert set(first.json) == set(again.json)  # type: ignore[arg-type]
    assert list(first.json) == list(again.json)  # type: ignore[arg-type]
    with app.app_context():
        rows = db.session.scalars(sa.select(ItemResponse)).all()
        assert [(row.position, row.choices, row.number, row.change) for row in rows] == [(1, sent["choices"], 1, 1)]
        assert abs((clock.now() - rows[0].arrived_at).total_seconds()) < 60


def test_what_is_not_plain_goes_to_the_application(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client, path = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    client.get(path)
    answer(app, client, attempt, range(1, 3))
    cases = [
        ({"seq": 1, "position": 2, "choices": right(app, attempt, 2)}, {}, 409),
        ({"seq": 9, "position": 99, "choices": []}, {}, 422),
        ({"seq": 9, "position": 1, "choices": ["z"]}, {}, 422),
        ({"seq": 9, "position": 1}, {}, 400),
        ({"seq": 9, "position": 1, "choices": []}, {"X-CSRFToken": "wrong"}, 400),
        ([[[[]]]], {}, 400),
    ]
    for data, headers, status in cases:
        with only_lane(app) as passed:
            assert send(client, attempt, data, **headers).status_code == status, data
        assert f"{path}/answers" in passed


def test_a_stranger_and_an_ended_sign_in_get_nothing(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    path = f"/attempts/{attempt.public_id}"
    stranger, owner = sign_in(cast.liming), sign_in(cast.zhuoma)
    owner.get(path)
    token = {"X-CSRFToken": csrf_of(stranger, "/practice/")}
    data = {"seq": 1, "position": 1, "choices": right(app, attempt, 1)}
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/answers", json=data, headers=token).status_code == 404
    token = {"X-CSRFToken": csrf_of(owner, path)}
    with app.app_context():
        db.session.execute(
            sa.update(LoginSession).where(LoginSession.user_id == cast.zhuoma).values(revoked_at=clock.now())
        )
        db.session.commit()
    assert owner.get(path).status_code == 302
    assert owner.post(f"{path}/answers", json=data, headers=token).status_code == 401
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(ItemResponse.id))) == 0


def test_over_tls_a_save_from_elsewhere_is_refused(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client, path = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    token = csrf_of(client, path)
    data = {"seq": 1, "position": 1, "choices": right(app, attempt, 1)}
    for referrer, status in (("https://evil.example/", 400), ("https://localhost/attempts/x", 200)):
        headers = {"X-CSRFToken": token, "Referer": referrer}
        reply = client.post(f"{path}/answers", json=data, headers=headers, base_url="https://localhost")
        assert reply.status_code == status, referrer


@pytest.mark.parametrize("by_script", [True, False])
def test_handing_in_closes_as_the_service_does(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt, by_script: bool
) -> None:
    client, path = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    client.get(path)
    answer(app, client, attempt, range(1, 8))
    token = csrf_of(client, path)
    with only_lane(app) as passed:
        if by_script:
            reply = client.post(f"{path}/submit", json={}, headers={"X-CSRFToken": token, "Accept": "application/json"})
            assert reply.json == {"result": f"{path}/result"}
        else:
            reply = client.post(f"{path}/submit", data={"csrf_token": token})
            assert (reply.status_code, reply.location) == (303, f"{path}/result")
    assert passed == []
    with app.app_context():
        stored = db.session.get_one(Attempt, attempt.id)
        assert (stored.status, stored.score, len(stored.marks or [])) == ("submitted", 5000, 14)
        assert stored.closed_at is not None and 0 <= (stored.elapsed_seconds or 0) < 60
        assert list(queries.differences(db.session)) == []
        jobs = db.session.execute(sa.select(Job.name, Job.payload, Job.state, Job.run_at)).all()
        mistakes = [job for job in jobs if job.name == "practice.collect_mistakes"]
        assert [(job.payload, job.state) for job in mistakes] == [({"attempt_id": attempt.id}, "queued")]
        assert mistakes[0].run_at == stored.sitting.closes_at + timedelta(seconds=stored.sitting.grace_seconds)
    again = client.post(f"{path}/submit", data={"csrf_token": token})
    assert (again.status_code, again.location) == (303, f"{path}/result")


def test_handing_in_late_is_the_applications(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client, path = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    token = csrf_of(client, path)
    with app.app_context():
        db.session.execute(sa.update(Attempt).values(deadline_at=clock.now() - timedelta(seconds=30)))
        db.session.commit()
    assert client.post(f"{path}/submit", data={"csrf_token": token}).location == f"{path}/result"
    with app.app_context():
        assert db.session.get_one(Attempt, attempt.id).status == "expired"
