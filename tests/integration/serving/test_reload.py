"""The web server is reloaded while a pupil saves answer after answer: nothing acknowledged is lost, nothing fails for good.

Granian replaces its processes one after the other at SIGHUP; each finishes the requests it has begun. A client may find
its kept-alive connection closed; then it sends the same request again, as the answering page does.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from quiz import clock
from quiz.attempts import queries
from quiz.attempts.models import Attempt, ItemResponse
from quiz.db import db
from quiz.serve import server_command, server_environment
from tests.cast import Cast
from tests.factories.contests import enter, make_contest
from tests.factories.responses import right_choices
from tests.integration.serving.test_serve import ROOT, wait_until_up
from tests.processes import free_port
from tests.signin import sign_in_as
from tests.world import World

RELOADS = 3
SECONDS_BETWEEN = 2.0
PAUSE_SECONDS = 0.02  # an attempt takes a thousand saves


@contextmanager
def served(world: World, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Two web processes on the world's database, with the tests' secret key."""
    environment = {
        **os.environ, "INSTANCE_PATH": str(world.folder), "DATABASE_URL": world.url, "SECRET_KEY": "t" * 40,
        "WEB_PROCESSES": "2", "LOG_REQUESTS": "0", **server_environment(),
    }  # fmt: skip
    previous = os.environ.get("WEB_PROCESSES")
    os.environ["WEB_PROCESSES"] = "2"
    command = server_command("127.0.0.1", port)
    os.environ.pop("WEB_PROCESSES") if previous is None else os.environ.update(WEB_PROCESSES=previous)
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            wait_until_up(str(port))
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Pupil(threading.Thread):
    """Saves without pause over one kept-alive connection, and repeats what got no answer."""

    def __init__(self, port: int, path: str, cookie: str, token: str, choices: list[list[str]]) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.choices = port, path, choices
        self.headers = {"Content-Type": "application/json", "Cookie": cookie, "X-CSRFToken": token}
        self.acknowledged: list[tuple[int, list[str]]] = []
        self.repeated = 0
        self.unexpected: list[str] = []
        self.ending = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        seq = 1
        while not self.ending.is_set():
            choices = self.choices[seq % 2]
            body = json.dumps({"seq": seq, "position": 1, "choices": choices})
            try:
                connection.request("POST", self.path, body, self.headers)
                reply = connection.getresponse()
                answer = json.loads(reply.read())
            except (OSError, http.client.HTTPException):  # closed under us: the same once more
                connection.close()
                self.repeated += 1
                time.sleep(0.05)
                continue
            if reply.status == 200 and answer["status"] == "saved":
                self.acknowledged.append((seq, choices))
                seq += 1
                time.sleep(PAUSE_SECONDS)
            else:
                self.unexpected.append(f"{reply.status} {answer}")
                if len(self.unexpected) > 20:
                    break
                time.sleep(0.05)
        connection.close()


def prepared(app: Flask, cast: Cast) -> tuple[int, str, str, str, list[list[str]]]:
    """An attempt of 卓玛: its id, the address to save at, her cookie, the page's token, two answers to alternate."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now, opens_at=now - timedelta(minutes=1)
        )
        attempt = enter(db.session, contest, cast.zhuoma, now)
        choices: list[list[str]] = [list(right_choices(queries.item_at(db.session, attempt.paper[0]))), []]
        db.session.commit()
        attempt_id, public_id = attempt.id, attempt.public_id
    client = sign_in_as(app, cast.zhuoma, clock.now())
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/attempts/{public_id}").text)
    cookie: Any = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return attempt_id, f"/attempts/{public_id}/answers", f"{cookie.key}={cookie.value}", found[1], choices


@pytest.mark.parametrize("reloads", [RELOADS])
def test_reloading_loses_nothing(app: Flask, cast: Cast, world: World, reloads: int) -> None:
    attempt_id, path, cookie, token, choices = prepared(app, cast)
    world._dispose()
    port = free_port()
    with served(world, port) as server:
        before = processes_of(server.pid)
        pupil = Pupil(port, path, cookie, token, choices)
        pupil.start()
        counts = []
        for _ in range(reloads):
            time.sleep(SECONDS_BETWEEN)
            server.send_signal(signal.SIGHUP)
            counts.append(len(pupil.acknowledged))
        deadline = time.monotonic() + 30
        while processes_of(server.pid) & before and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(SECONDS_BETWEEN)
        assert not processes_of(server.pid) & before, "every process was replaced"
        pupil.ending.set()
        pupil.join(40)
        counts.append(len(pupil.acknowledged))
    print(f"{len(pupil.acknowledged)} acknowledged, {pupil.repeated} sent again, {reloads} reloads")
    assert pupil.unexpected == []
    assert all(later > earlier for earlier, later in zip(counts, counts[1:], strict=False)), counts
    with app.app_context():
        query = db.session.query(ItemResponse.seq, ItemResponse.choices).filter_by(attempt_id=attempt_id)
        stored = {seq: choices for seq, choices in query}
        assert {seq: list(stored[seq]) for seq, _ in pupil.acknowledged} == dict(pupil.acknowledged)
        assert len(stored) - len(pupil.acknowledged) in {0, 1}, "at most the one whose answer was never read"
        assert db.session.get_one(Attempt, attempt_id).status == "in_progress"


def processes_of(pid: int) -> set[int]:
    """The server's own web processes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()}
