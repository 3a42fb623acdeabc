"""nginx, as deploy/nginx configures it, before two web processes over one database: what it protects and what it repeats."""

import gzip
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench.load import front
from quiz import clock
from quiz.accounts.models import LoginThrottle
from quiz.attempts.models import Attempt, ItemResponse
from quiz.config import ROOT
from quiz.contests.models import Contest
from quiz.db import db
from tests.cast import PIN
from tests.factories import contests
from tests.integration.serving.site import (
    PATIENCE,
    Device,
    Instance,
    choices_of,
    environment_of,
    free_port,
    instances,
    sign_in,
    start,
)  # fmt: skip
from tests.world import World

pytestmark = pytest.mark.skipif(
    front.NGINX is None and os.environ.get("CI") != "true", reason="nginx is not installed (apt install nginx)"
)

SCHOOL = "6301030001"
UNFINISHED = 20


@dataclass
class Site:
    """nginx and the web processes behind it."""

    world: World
    front: front.Front
    instances: list[Instance]
    contest: str

    def device(self) -> Device:
        """A browser at the front door."""
        return Device(self.front.https, is_tls=True)

    def wait_until_both_take_requests(self) -> None:
        """nginx leaves a process that broke requests out for three seconds; what needs both in use waits for that."""
        deadline = time.monotonic() + PATIENCE
        before = len(self.front.access_log)
        while not all(f":{one.port} 200" in self.front.access_log[before:] for one in self.instances):
            assert time.monotonic() < deadline, "nginx does not pass requests to both processes"
            self.device().get("/healthz")

    def stored(self, address: str) -> dict[int, list[str]]:
        """The answers in the database by their sequence number."""
        with self.world.app.app_context():
            rows = db.session.execute(
                sa.select(ItemResponse.seq, ItemResponse.choices)
                .join(Attempt, Attempt.id == ItemResponse.attempt_id)
                .where(Attempt.public_id == address.rpartition("/")[2])
            )
            return {seq: list(choices) for seq, choices in rows}


@pytest.fixture(scope="module")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole of it, once for this file (each test sits with its own attempt)."""
    world.reset()
    with world.app.app_context():
        contest = _contest(world)
        db.session.commit()
    environment = environment_of(world, PROXY_HOPS="1", HTTPS_ONLY="1")
    with instances(2, environment) as running:
        ports = [one.port for one in running]
        folder = tmp_path_factory.mktemp("front") / "nginx"
        with front.serving(folder, http=free_port(), https=free_port(), backends=ports) as nginx:
            yield Site(world, nginx, running, contest)


def _contest(world: World) -> str:
    made: Contest = contests.make_contest(
        db.session,
        host=f"school:{world.cast.school_a}",
        by=world.cast.school_admin,
        now=clock.now(),
        attempts_allowed=10,
    )
    return made.public_id


@pytest.fixture(scope="module")
def signed_in(site: Site) -> Device:
    """A pupil's device; further attempts are allowed, so tests share it."""
    device = site.device()
    sign_in(device, SCHOOL, "20240101", PIN)
    return device


@pytest.fixture
def attempt(site: Site, signed_in: Device) -> Iterator[str]:
    """The address of a new attempt, handed in afterwards."""
    address = start(signed_in, site.contest)
    yield address
    assert signed_in.post(f"{address}/submit").status == 303


@contextmanager
def unfinished(port: int, count: int, path: str = "/attempts/x/answers") -> Iterator[list[socket.socket]]:
    """So many requests whose header is there and whose body never ends."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]
        for one in sockets:
            one.sendall(head.encode())
        time.sleep(0.5)
        yield sockets


def answers_within(device: Device, seconds: float) -> bool:
    """Whether the site says that it is well within so many seconds."""
    try:
        return device.request("GET", "/healthz", timeout=seconds).status == 200
    except (TimeoutError, http.client.HTTPException, OSError):
        return False


def save(device: Device, address: str, seq: int, choice: str, position: int = 1) -> tuple[int, int]:
    """Save one answer as the page's script does; status and the number the reply names."""
    reply = device.post_json(f"{address}/answers", {"seq": seq, "position": position, "choices": [choice]})
    return reply.status, reply.data.get("seq", 0) if reply.status == 200 else 0


def test_a_paper_is_sat_through_alternating_processes(site: Site) -> None:
    device = site.device()
    sign_in(device, SCHOOL, "20240102", PIN)
    address = start(device, site.contest)
    choices = choices_of(device.get(address).text, 1)
    assert len(choices) >= 2
    sent = {seq: [choices[seq % 2]] for seq in range(1, 9)}
    assert [save(device, address, seq, given[0]) for seq, given in sent.items()] == [(200, seq) for seq in sent]
    assert site.stored(address) == sent
    assert device.post(f"{address}/submit").header("Location") == f"{address}/result"
    saves = [line for line in site.front.access_log.splitlines() if f"POST {address}/answers 200" in line]
    assert {port for port in (one.port for one in site.instances) if any(f":{port} " in line for line in saves)} == {
        one.port for one in site.instances
    }


def test_unfinished_requests_stop_a_bare_web_process(site: Site) -> None:
    """Why nginx belongs before it: this is the fault the next test is spared."""
    port = site.instances[0].port
    bare = Device(port)
    assert answers_within(bare, 10)
    with unfinished(port, UNFINISHED):
        assert not answers_within(bare, 3)
    assert answers_within(bare, 20)


def test_unfinished_requests_stop_nobody_behind_nginx(site: Site, signed_in: Device, attempt: str) -> None:
    with ExitStack() as stack:
        stack.enter_context(unfinished_tls(site, UNFINISHED * len(site.instances), f"{attempt}/answers"))
        begun = time.monotonic()
        replies = [save(signed_in, attempt, seq, "a") for seq in range(1, 6)]
        assert replies == [(200, seq) for seq in range(1, 6)]
        assert signed_in.get(attempt).status == 200
        assert time.monotonic() - begun < 10


@contextmanager
def unfinished_tls(site: Site, count: int, path: str) -> Iterator[None]:
    """Requests like those of ``unfinished``, through the front door, as a signed-in pupil would send them."""
    device = site.device()
    with ExitStack() as stack:
        for _ in range(count):
            connection = device.connect()
            stack.callback(connection.close)
            connection.putrequest("POST", path)
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", "100")
            connection.endheaders(b"{")
        time.sleep(0.5)
        yield


def test_slow_readers_stop_nobody(site: Site, signed_in: Device, attempt: str) -> None:
    with ExitStack() as stack:
        for _ in range(UNFINISHED * len(site.instances)):
            connection = signed_in.connect()
            stack.callback(connection.close)
            connection.request("GET", attempt, headers=signed_in.headers())  # and never read
        assert [save(signed_in, attempt, seq, "b") for seq in (1, 2)] == [(200, 1), (200, 2)]


def test_a_slow_body_is_given_up(world: World, tmp_path: Path) -> None:
    patience = {"client_body_timeout 20s": "client_body_timeout 1s"}
    with (
        front.serving(tmp_path / "nginx", http=free_port(), https=0, backends=[free_port()], replace=patience) as nginx,
        unfinished(nginx.http, 3) as sockets,
    ):
        for one in sockets:
            one.settimeout(10)
            with suppress(ConnectionResetError):
                assert b"200" not in one.recv(100)


def test_when_a_process_dies_the_next_request_goes_to_the_other(site: Site, signed_in: Device, attempt: str) -> None:
    victim = site.instances[0]
    victim.kill()
    try:
        replies = [save(signed_in, attempt, seq, "a") for seq in range(1, 11)]
        assert replies == [(200, seq) for seq in range(1, 11)]
        assert signed_in.get(attempt).status == 200
    finally:
        victim.start()
        victim.wait_until_up()


def test_an_answer_in_hand_when_its_process_dies_is_taken_by_the_other(
    site: Site, signed_in: Device, attempt: str
) -> None:
    """Both processes stand still, each with answers in hand; one is killed, the other goes on."""
    site.wait_until_both_take_requests()
    victim, survivor = site.instances
    for one in site.instances:
        one.send(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(save, signed_in, attempt, 1, "a", 1) for _ in range(4)]
            time.sleep(1)
            victim.kill()
            survivor.send(signal.SIGCONT)
            assert [one.result() for one in waiting] == [(200, 1)] * 4
        assert site.stored(attempt) == {1: ["a"]}
        repeated = [line for line in site.front.access_log.splitlines() if f":{victim.port}, 127" in line]
        assert any(f"POST {attempt}/answers 200" in line for line in repeated)
    finally:
        survivor.send(signal.SIGCONT)
        victim.kill()
        victim.start()
        victim.wait_until_up()


def test_what_must_not_happen_twice_is_not_repeated(site: Site) -> None:
    """A sign-in in hand when its process dies gets our page, not a second try with another process."""
    site.wait_until_both_take_requests()
    victim, survivor = site.instances
    devices = [site.device() for _ in range(4)]
    for one in devices:
        one.get(f"/sign-in?school={SCHOOL}")
    for instance in site.instances:
        instance.send(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(4) as pool:
            fields = {"school": SCHOOL, "student_number": "20240103", "pin": PIN}
            waiting = [pool.submit(one.post, "/sign-in", **fields) for one in devices]
            time.sleep(1)
            victim.kill()
            survivor.send(signal.SIGCONT)
            replies = [one.result() for one in waiting]
        assert sorted(reply.status for reply in replies) == [303, 303, 502, 502]
        assert all("作答的内容没有丢" in reply.text for reply in replies if reply.status == 502)
    finally:
        survivor.send(signal.SIGCONT)
        victim.kill()
        victim.start()
        victim.wait_until_up()


def test_static_files_come_from_nginx(site: Site) -> None:
    device = site.device()
    page = device.get("/sign-in").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "?v=" in address
    reply = device.get(address, **{"Accept-Encoding": "gzip"})
    assert reply.status == 200
    path = ROOT / address.partition("?")[0].lstrip("/")
    if Path(f"{path}.gz").exists():
        assert reply.header("Content-Encoding") == "gzip"
        assert gzip.decompress(reply.body) == path.read_bytes()
    else:
        assert reply.body == path.read_bytes()
    assert reply.header("Cache-Control") == "public, max-age=31536000, immutable"
    assert reply.header("X-Content-Type-Options") == "nosniff"
    assert reply.header("Referrer-Policy") == "same-origin"
    assert str(reply.header("Content-Type")).startswith("text/css")
    assert reply.header("Server") == "nginx"
    assert device.get(address.partition("?")[0]).header("Cache-Control") == "public, max-age=300"
    assert device.get("/static/js/ui.js").header("Content-Type") == "application/javascript; charset=utf-8"
    assert device.request("POST", address, b"").status == 403
    assert device.get("/static/../wsgi.py").status == 404
    lines = [line for line in site.front.access_log.splitlines() if f" {address.partition('?')[0]} 200 " in line]
    assert lines
    assert all(" - - - " in line for line in lines)  # no web process was asked


def test_security_headers_come_once(site: Site, signed_in: Device) -> None:
    for reply in (site.device().get("/sign-in"), signed_in.get("/"), site.device().get("/no-such-page")):
        for name in (
            "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Strict-Transport-Security",
            "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cache-Control", "Server",
        ):  # fmt: skip
            assert reply.header(name), f"{name} is missing"


def test_plain_http_leads_to_https(site: Site) -> None:
    reply = Device(site.front.http).get("/contests/?x=1")
    assert (reply.status, reply.header("Location")) == (308, "https://127.0.0.1/contests/?x=1")


def test_a_forged_address_is_not_believed(site: Site) -> None:
    device = site.device()
    device.get(f"/sign-in?school={SCHOOL}")
    forged = {name: "203.0.113.9" for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded")}
    body = f"csrf_token={device.csrf}&school={SCHOOL}&student_number=20240201&pin=000000".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", **forged}
    assert device.request("POST", "/sign-in", body, form).status == 422
    with site.world.app.app_context():
        keys = set(db.session.scalars(sa.select(LoginThrottle.key)))
    assert "source:127.0.0.1" in keys
    assert "source:203.0.113.9" not in keys


def test_a_forged_scheme_or_host_is_not_believed(site: Site) -> None:
    forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    reply = site.device().get("/contests/", **forged)
    assert "evil.example" not in str(reply.headers)


def test_the_log_names_nobody(site: Site) -> None:
    device = site.device()
    device.get("/s/a-secret-of-a-login-slip?next=/x")
    device.get("/setup/another-secret")
    deadline = time.monotonic() + 5
    while "/setup/-" not in site.front.access_log and time.monotonic() < deadline:
        time.sleep(0.05)
    log = site.front.access_log
    assert "/s/-" in log
    assert "/setup/-" in log
    assert "secret" not in log
    assert "127.0.0.1 GET" not in log
    assert " 127.0.0.0 GET" in log


def test_metrics_are_not_for_outside(site: Site) -> None:
    assert site.device().get("/metrics").status == 404


def test_too_large_a_body_is_refused_in_our_words(site: Site, signed_in: Device, attempt: str) -> None:
    reply = signed_in.request("POST", f"{attempt}/answers", b"x" * 70_000, {"Content-Type": "application/json"})
    assert reply.status == 413
    assert "文件太大" in reply.text


def test_a_whole_school_behind_one_address_is_let_in(site: Site) -> None:
    """Three hundred at once from one address: nobody is turned away."""
    together = threading.Barrier(30)
    device = site.device()

    def ask(_: int) -> list[int]:
        together.wait()
        return [device.request("GET", "/healthz").status for _ in range(10)]

    with ThreadPoolExecutor(30) as pool:
        replies = [status for found in pool.map(ask, range(30)) for status in found]
    assert replies == [200] * 300
