"""/healthz, /readyz and /metrics: what supervisors, proxies and Prometheus are told, and what strangers are not."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts import secrets
from quiz.db import db
from quiz.jobs.models import JobState
from quiz.jobs.services import enqueue
from quiz.operations import probe as probing
from quiz.operations import queries
from quiz.operations.services import note
from quiz.web import metrics
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.factories.queries import counted

SignIn = Callable[[int], FlaskClient]
TOKEN = "metrics-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def fresh(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.extensions["probe"] = probing.Probe()
    monkeypatch.setattr(probing, "KEEP_SECONDS", 0.0)
    monkeypatch.setitem(app.config, "METRICS_TOKEN", TOKEN)


@pytest.fixture
def counting(tmp_path: Any) -> Iterator[None]:
    metrics.start(tmp_path / "metrics")
    yield
    metrics.stop()


def beat(app: Flask, ago: timedelta = timedelta(0)) -> None:
    with app.app_context():
        note(db.session, "worker", now=clock.now() - ago)
        db.session.commit()


def ready(client: FlaskClient) -> Any:
    return client.get("/readyz", headers=BEARER)


def levels(client: FlaskClient) -> dict[str, str]:
    body = ready(client).json
    return {name: check["level"] for name, check in body["checks"].items()}


def numbers(client: FlaskClient) -> dict[str, float]:
    reply = client.get("/metrics", headers=BEARER)
    assert reply.status_code == 200 and reply.content_type.startswith("text/plain")
    lines = [line.rpartition(" ") for line in reply.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_healthz_asks_nobody(app: Flask, client: FlaskClient) -> None:
    with counted(app) as statements:
        assert client.get("/healthz").json == {"status": "ok"}
    assert statements == []


def test_a_site_with_its_worker_is_ready(app: Flask, client: FlaskClient) -> None:
    beat(app)
    reply = ready(client)
    assert reply.status_code == 200 and reply.json["status"] == "ready"
    found = levels(client)
    assert {
        found[name] for name in ("database", "migrations", "durability", "worker", "queue", "overdue", "cache")
    } == {"ok"}


def test_strangers_get_the_verdict_alone(app: Flask, client: FlaskClient, cast: Cast, sign_in: SignIn) -> None:
    beat(app)
    for visitor in (client, sign_in(cast.zhuoma), sign_in(cast.province)):
        assert visitor.get("/readyz").json == {"status": "ready"}
    assert client.get("/readyz", headers={"Authorization": "Bearer wrong"}).json == {"status": "ready"}
    assert "checks" in sign_in(cast.admin).get("/readyz").json


def test_another_migration_is_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        db.session.commit()
    try:
        reply = ready(client)
        assert reply.status_code == 503
        assert reply.json["checks"]["migrations"]["found"] == "0001"
    finally:
        with app.app_context():
            app.extensions["alembic"].stamp()


def test_settings_that_lose_answers_are_not_ready(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "durability_problems", lambda engine: ["SQLite synchronous is 1, must be FULL (2)"])
    reply = ready(client)
    assert reply.status_code == 503 and reply.json["checks"]["durability"]["level"] == "fail"
    assert client.get("/readyz").json == {"status": "not_ready"}


def test_a_database_that_hangs_is_told_within_the_patience(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(probing, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(queries, "look", lambda *_: release.wait(20))
    began = time.monotonic()
    assert [ready(client).status_code for _ in range(3)] == [503, 503, 503]
    assert time.monotonic() - began < 5
    assert ready(client).json["checks"] == {"database": {"level": "fail", "state": "away"}}
    release.set()


def test_a_silent_worker_is_a_warning_and_takes_no_page_away(app: Flask, client: FlaskClient) -> None:
    assert levels(client)["worker"] == "warn"
    beat(app, timedelta(seconds=90))
    reply = ready(client)
    assert reply.status_code == 200 and reply.json["checks"]["worker"]["seconds"] >= 90


def test_a_long_job_is_a_sign_of_life(app: Flask, client: FlaskClient) -> None:
    beat(app, timedelta(minutes=10))
    with app.app_context():
        job = enqueue(db.session, "long", now=clock.now())
        assert job is not None
        job.state, job.heartbeat_at = JobState.RUNNING, clock.now()
        db.session.commit()
    assert levels(client)["worker"] == "ok"


def test_old_and_failed_jobs_show(app: Flask, client: FlaskClient) -> None:
    beat(app)
    with app.app_context():
        enqueue(db.session, "waits", now=clock.now() - timedelta(minutes=5))
        db.session.commit()
    check = ready(client).json["checks"]["queue"]
    assert check["level"] == "warn" and check["state"] == "old" and check["seconds"] >= 300


@pytest.mark.parametrize(("health", "level"), [("off", "ok"), ("ok", "ok"), ("unreachable", "warn")])
def test_the_cache_never_refuses(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, health: str, level: str
) -> None:
    class Cache:
        def health(self) -> str:
            return health

    monkeypatch.setitem(app.extensions, "shared_cache", Cache())
    assert levels(client)["cache"] == level and ready(client).status_code == 200


def test_a_full_disk_is_not_ready(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "free_bytes", lambda engine: 50 * 1024**2)
    assert ready(client).status_code == 503


def test_metrics_need_their_token(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer ü"}).status_code == 401
    monkeypatch.setitem(app.config, "METRICS_TOKEN", None)
    assert client.get("/metrics", headers=BEARER).status_code == 404


def test_requests_are_counted_by_route_and_never_by_address(app: Flask, client: FlaskClient, counting: None) -> None:
    client.get("/s/this-signs-a-pupil-in")
    client.get("/no-such-page")
    reply = client.get("/metrics", headers=BEARER)
    assert 'route="/s/<token>"' in reply.text and "this-signs-a-pupil-in" not in reply.text
    assert "no-such-page" not in reply.text
    found = numbers(client)
    assert found['qingyuan_requests_total{method="GET",route="-",status="4xx"}'] == 1
    assert found['qingyuan_request_seconds_count{method="GET",route="/s/<token>"}'] == 1


def test_saves_are_counted_by_what_became_of_them(app: Flask, client: FlaskClient, counting: None) -> None:
    for status in ("saved", "saved", "stale", "closed", "failed"):
        metrics.count_save(status)
    found = numbers(client)
    assert found['qingyuan_saves_total{status="saved"}'] == 2
    assert found['qingyuan_saves_total{status="failed"}'] == 1


def test_the_database_is_asked_at_the_scrape(app: Flask, client: FlaskClient, counting: None) -> None:
    beat(app, timedelta(seconds=30))
    found = numbers(client)
    assert found["qingyuan_database_up"] == 1 and found["qingyuan_open_attempts"] == 0
    assert 30 <= found["qingyuan_worker_silent_seconds"] < 60
    assert found['qingyuan_cache{state="off"}'] == 1


def test_counters_survive_the_process_and_add_up_over_several(tmp_path: Any) -> None:
    """Two processes at once have a place each; the one that comes after counts on in the place that became free."""
    code = (
        "import sys; from pathlib import Path; from quiz.web import metrics\n"
        "metrics.start(Path(sys.argv[1])); metrics.count_save('saved')\n"
        "print('up', flush=True); sys.stdin.read(); sys.stdout.write(metrics.exposition().decode())"
    )

    def spawn() -> Any:
        command = [sys.executable, "-c", code, str(tmp_path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        return process

    first, second = spawn(), spawn()
    assert 'qingyuan_saves_total{status="saved"} 2.0' in first.communicate("")[0]
    second.kill()
    second.communicate()
    third = spawn()
    assert 'qingyuan_saves_total{status="saved"} 3.0' in third.communicate("")[0]
    assert len(list(tmp_path.glob("counter_*.db"))) == 2


def test_a_start_a_save_and_a_submit_are_counted(
    app: Flask, client: FlaskClient, cast: Cast, sign_in: SignIn, counting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    with app.app_context():
        contest = make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now())
        db.session.commit()
        public_id = contest.public_id
    pupil = sign_in(cast.zhuoma)
    attempt = pupil.post(f"/contests/{public_id}/start").location
    answer = {"seq": 1, "position": 1, "choices": []}
    assert pupil.post(f"{attempt}/answers", json=answer).status_code == 200
    assert pupil.post(f"{attempt}/answers", json={**answer, "position": 2}).status_code == 409
    assert numbers(client)["qingyuan_open_attempts"] == 1
    assert pupil.post(f"{attempt}/submit").status_code == 303
    assert pupil.post(f"{attempt}/answers", json={**answer, "seq": 2}).status_code == 410
    found = numbers(client)
    counted_saves = {
        status: found[f'qingyuan_saves_total{{status="{status}"}}'] for status in ("saved", "stale", "closed")
    }
    assert counted_saves == {"saved": 1, "stale": 1, "closed": 1}
    assert found['qingyuan_events_total{event="start"}'] == found['qingyuan_events_total{event="submit"}'] == 1


def test_a_full_sign_in_line_is_counted(
    app: Flask, client: FlaskClient, counting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setattr(secrets, "gate", secrets.HashGate(slots=1, waiting=0, patience_seconds=0.1))
    with secrets.gate.entered():
        assert secrets.gate.running() == 1
        reply = client.post("/sign-in/staff", data={"username": "teacher", "password": "wrong-but-long-enough"})
    assert reply.status_code == 503 and secrets.gate.running() == 0
    assert numbers(client)['qingyuan_events_total{event="hashing_refused"}'] == 1


def test_a_folder_that_cannot_be_used_costs_the_numbers_and_nothing_else(
    app: Flask, client: FlaskClient, tmp_path: Any
) -> None:
    (tmp_path / "metrics").write_text("a file stands in the way")
    metrics.start(tmp_path / "metrics")
    assert not metrics.is_counting()
    assert client.get("/healthz").status_code == 200
    assert numbers(client)["qingyuan_database_up"] == 1
