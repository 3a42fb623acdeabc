"""Pupils over real HTTP, who follow the answering page's protocol: one answer at a time, the same number until it is confirmed."""

import http.client
import json
import queue
import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from tests.faults.ledger import Ledger
from tests.faults.product import COOKIE, Ticket

PATIENCE = 10  # seconds, as the page waits
CUT = (OSError, http.client.HTTPException, ValueError)  # ValueError: half a JSON text


class ClosedError(Exception):
    """The attempt takes no answers any more (410)."""


class HttpReply(NamedTuple):
    """What came back; ``body`` is parsed JSON or text."""

    status: int
    headers: dict[str, str]
    body: Any


class Device:
    """One browser: a cookie, a kept connection, a new one after every failure."""

    def __init__(self, ports: Sequence[int], cookie: str) -> None:
        self.ports = ports
        self.cookie = cookie
        self._connection: http.client.HTTPConnection | None = None
        self._let_go: Callable[[], Any] = lambda: None

    def request(
        self, method: str, path: str, *, data: Any = None, form: str | None = None, token: str = "", **headers: str
    ) -> HttpReply:
        """One exchange; raises one of CUT when no whole reply came."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", random.choice(self.ports), timeout=PATIENCE)
            # not by __del__: in a cycle the socket may be finalized first, and then complains that nobody closed it
            self._let_go = weakref.finalize(self, self._connection.close)
        body = None if data is None else json.dumps(data)
        send = {"Cookie": self.cookie, "Accept": "application/json" if form is None else "text/html", **headers}
        if method == "POST":
            send["X-CSRFToken"] = token
            send["Content-Type"] = "application/json" if form is None else "application/x-www-form-urlencoded"
        try:
            self._connection.request(method, path, body if form is None else form, send)
            reply = self._connection.getresponse()
            content = reply.read()
            is_json = reply.headers.get_content_type() == "application/json"
            parsed = json.loads(content) if is_json else content.decode()
        except CUT:
            self.close()
            raise
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            if cookie.startswith(f"{COOKIE}="):
                self.cookie = cookie.partition(";")[0]
        return HttpReply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, parsed)

    def close(self) -> None:
        """Let the connection go."""
        self._let_go()
        self._connection = None


class Pupil:
    """One pupil with one device and one attempt."""

    def __init__(self, ports: Sequence[int], ticket: Ticket, ledger: Ledger, *, pause: float = 0.05) -> None:
        self.device = Device(ports, ticket.cookie)
        self.user_id = ticket.user_id
        self.ledger = ledger
        self.pause = pause
        self.attempt = ""
        self.token = ""
        self.seq = 0
        self.choices: dict[int, list[str]] = {}
        self.is_patient = threading.Event()  # set: give up repeating

    def insist(self, what: str, send: Callable[[], HttpReply], good: Sequence[int]) -> HttpReply:
        """Repeat a request until one of the ``good`` answers comes, as a person or the page would."""
        while True:
            try:
                reply = send()
            except CUT as error:
                self.ledger.trouble(type(error).__name__)
            else:
                if reply.status in good:
                    return reply
                self.ledger.trouble(str(reply.status))
                if reply.status != 503 or not self._is_honest(reply):
                    self.ledger.complain(f"{what}: {reply.status} {reply.headers} {str(reply.body)[:300]}")
                    raise AssertionError(self.ledger.complaints[-1])
            if self.is_patient.is_set():
                raise TimeoutError(what)
            time.sleep(random.uniform(0.02, 0.2))

    @staticmethod
    def _is_honest(reply: HttpReply) -> bool:
        """Whether a 503 says when to come back, and shows nothing of the inside."""
        return "retry-after" in reply.headers and "Traceback" not in str(reply.body)

    def start(self, contest: str) -> None:
        """Open the rules, press start, open the paper."""
        rules = self.insist("rules", lambda: self.device.request("GET", f"/contests/{contest}", form=""), [200])
        form = f"csrf_token={self.token_of(rules.body)}"
        address = self.insist(
            "start", lambda: self.device.request("POST", f"/contests/{contest}/start", form=form), [303]
        ).headers["location"]  # fmt: skip
        self.attempt = urlsplit(address).path.rpartition("/")[2]
        self.ledger.start(self.user_id, self.attempt)
        page = self.insist("paper", lambda: self.device.request("GET", f"/attempts/{self.attempt}", form=""), [200])
        self._read(page.body)

    @staticmethod
    def token_of(html: str) -> str:
        """The CSRF token of a page with a form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', html)
        assert found is not None, "no form on this page"
        return found[1]

    def _read(self, html: str) -> None:
        soup = BeautifulSoup(html, "html.parser")
        island = soup.select_one("script[data-config]")
        field = soup.select_one("input[name=csrf_token]")
        assert island is not None and field is not None and island.string is not None
        self.seq = json.loads(island.string)["nextSeq"] - 1
        self.token = str(field["value"])
        for section in soup.select("section[data-question]"):
            values = [str(one["value"]) for one in section.select("input[name=choices]")]
            self.choices[int(str(section["data-question"]))] = values

    def answer(self, position: int | None = None, choices: Sequence[str] | None = None) -> dict[str, Any]:
        """Choose something and insist until it is confirmed; raises ClosedError when it is too late."""
        position = position or random.choice(sorted(self.choices))
        chosen = (random.choice(self.choices[position]),) if choices is None else tuple(choices)
        self.seq += 1
        self.ledger.send(self.attempt, self.seq, position, chosen)
        reply = self.insist("save", lambda: self.send(self.seq, position, chosen), [200, 410])
        if reply.status == 410:
            raise ClosedError
        self.ledger.acknowledge(self.attempt, self.seq, reply.body)
        found: dict[str, Any] = reply.body
        return found

    def send(self, seq: int, position: int, choices: Sequence[str], **more: Any) -> HttpReply:
        """One request to save, once."""
        data = {"seq": seq, "position": position, "choices": list(choices), **more}
        return self.device.request("POST", f"/attempts/{self.attempt}/answers", data=data, token=self.token)

    def submit(self) -> None:
        """Hand in, and insist."""
        reply = self.insist("submit", self.send_submit, [200])
        self.ledger.submit(self.attempt, reply.body["result"])

    def send_submit(self) -> HttpReply:
        """One request to hand in, once."""
        return self.device.request("POST", f"/attempts/{self.attempt}/submit", data={}, token=self.token)


class Crowd:
    """So many pupils at a time; one who has handed in makes room for the next, until ``stop``."""

    def __init__(
        self, ports: Sequence[int], contest: str, tickets: Sequence[Ticket], *, at_once: int, saves: int = 120,
        pause: float = 0.05,
    ) -> None:  # fmt: skip
        self.ledger = Ledger()
        self.contest = contest
        self.saves = saves
        self._ports, self._pause = ports, pause
        self._waiting: queue.SimpleQueue[Ticket] = queue.SimpleQueue()
        for ticket in tickets:
            self._waiting.put(ticket)
        self._stop = threading.Event()
        self._give_up = threading.Event()
        self._threads = [threading.Thread(target=self._play, daemon=True) for _ in range(at_once)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        if kind is not None:
            self._give_up.set()
        self.finish()

    def finish(self, seconds: float = 120) -> None:
        """Let everybody get their last answer confirmed and hand in."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self._give_up.set()
            self.ledger.complain("somebody could not hand in")

    @property
    def acknowledged(self) -> int:
        """How many answers have been confirmed so far."""
        return len(self.ledger.acknowledged)

    def _play(self) -> None:
        while not self._stop.is_set():
            try:
                ticket = self._waiting.get_nowait()
            except queue.Empty:
                self.ledger.complain("there were not enough pupils")
                return
            pupil = Pupil(self._ports, ticket, self.ledger)
            pupil.is_patient = self._give_up
            try:
                self._sit(pupil)
            except Exception as error:  # the test reads complaints; a dead thread would only look like silence
                self.ledger.complain(f"{type(error).__name__}: {error}")
                return
            finally:
                pupil.device.close()

    def _sit(self, pupil: Pupil) -> None:
        pupil.start(self.contest)
        for _ in range(random.randint(self.saves // 2, self.saves)):
            pupil.answer()
            if self._stop.wait(random.uniform(0, 2 * self._pause)):
                break
        pupil.submit()
