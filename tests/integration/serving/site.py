"""Web processes as production starts them, over the test's database, and devices that speak HTTP with them."""

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from quiz.config import ROOT
from tests.processes import descendants, free_port, send
from tests.world import World

PATIENCE = 60  # seconds a process may take to answer for the first time


def environment_of(world: World, **more: str) -> dict[str, str]:
    """What a process needs to serve the world's database."""
    return {
        **os.environ, "INSTANCE_PATH": str(world.folder), "DATABASE_URL": world.url, "SECRET_KEY": "t" * 40,
        "WEB_PROCESSES": "1", **more,
    }  # fmt: skip


class Instance:
    """One supervised web server on a port of its own."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self.port = port
        self._environment = {**environment, "PORT": str(port)}
        self.start()

    def start(self) -> None:
        """Start it; wait_until_up says when it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quiz.serve", "web"], cwd=ROOT, env=self._environment,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                assert connection.getresponse().status == 200
                return
            except OSError:
                assert self.process.poll() is None, "the web process ended"
                assert time.monotonic() < deadline, "the web process did not come up"
                time.sleep(0.1)
            finally:
                connection.close()

    def processes(self) -> list[int]:
        """The web server's own processes, without the supervisor."""
        return descendants(self.process.pid)

    def send(self, number: signal.Signals) -> None:
        """Signal all of its processes, the supervisor last."""
        for pid in [*self.processes(), self.process.pid]:
            send(pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send(signal.SIGKILL)
        self.process.wait()


@contextmanager
def instances(count: int, environment: dict[str, str]) -> Iterator[list[Instance]]:
    """So many web servers over one database, all answering."""
    started = [Instance(free_port(), environment) for _ in range(count)]
    try:
        for one in started:
            one.wait_until_up()
        yield started
    finally:
        for one in started:
            one.kill()


@dataclass
class Reply:
    """Status, headers (lower case; all values of each) and body."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The only value of a header; fails when it came twice."""
        values = self.headers.get(name.lower(), [])
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None


@dataclass
class Device:
    """A browser without script: cookies, a CSRF token, one connection per request unless ``keep`` is set."""

    port: int
    is_tls: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def connect(self, timeout: float = 30) -> http.client.HTTPConnection:
        """A connection as this device makes it."""
        if not self.is_tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)

    @property
    def origin(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://127.0.0.1:{self.port}"

    def headers(self) -> dict[str, str]:
        """Cookies and referrer, which the CSRF check wants over HTTPS."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Referer": f"{self.origin}/", **({"Cookie": cookies} if cookies else {})}

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 30,
    ) -> Reply:
        """One request on a connection of its own; cookies and a page's CSRF token are kept."""
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, {**self.headers(), **(headers or {})})
            answer = connection.getresponse()
            found: dict[str, list[str]] = {}
            for name, value in answer.getheaders():
                found.setdefault(name.lower(), []).append(value)
            reply = Reply(answer.status, found, answer.read())
        finally:
            connection.close()
        self._keep(reply)
        return reply

    def _keep(self, reply: Reply) -> None:
        for cookie in reply.headers.get("set-cookie", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        is_page = reply.header("Content-Type") == "text/html; charset=utf-8" and not reply.header("Content-Encoding")
        if is_page and (token := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', reply.text)):
            self.csrf = token.group(1)

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, **fields: str) -> Reply:
        """Send a form."""
        body = urlencode({"csrf_token": self.csrf, **fields}).encode()
        return self.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, value: Any, timeout: float = 30) -> Reply:
        """Send what a script of ours sends."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.csrf}
        return self.request("POST", path, json.dumps(value).encode(), headers, timeout)


def sign_in(device: Device, school: str, number: str, pin: str) -> None:
    """Through the sign-in page, with school, student number and PIN."""
    device.get(f"/sign-in?school={school}")
    reply = device.post("/sign-in", school=school, student_number=number, pin=pin)
    assert reply.status == 303, reply.text[:2000]


def start(device: Device, contest: str) -> str:
    """Press “开始”; gives the attempt's address and loads its page."""
    device.get(f"/contests/{contest}")
    reply = device.post(f"/contests/{contest}/start")
    assert reply.status == 303, reply.text[:2000]
    address = str(reply.header("Location"))
    assert device.get(address).status == 200
    return address


def choices_of(page: str, position: int) -> list[str]:
    """The ids of the choices that a page shows for one question."""
    section = page.partition(f'id="q-{position}"')[2].partition("</section>")[0]
    return re.findall(r'name="choices"[^>]*value="([^"]+)"', section)
