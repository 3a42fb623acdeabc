"""A pupil as the pages play one: slip or PIN, the contest's page, the paper, an answer now and then, handing in.

Answers are sent as static/js/answering does it: one number per answer, counted up on the device, and the same request
again after a pause that doubles, until the server has confirmed it.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.load.measure import Recorder
from bench.load.school import PIN, PupilCard
from bench.load.wire import Browser, Lost, Reply

TRIES = 40
LONGEST_WAIT = 30.0
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
QUESTION = re.compile(r'data-question="(\d+)"')
CHOICE = re.compile(r'<input[^>]*type="(radio|checkbox)"[^>]*name="choices"[^>]*value="([^"]+)"')
NEXT_SEQ = re.compile(r'name="seq" value="(\d+)"')


class GaveUp(Exception):
    """An act did not succeed although it was tried for minutes."""


@dataclass
class Acknowledged:
    """An answer the server said it had saved."""

    position: int
    choices: list[str]


@dataclass
class Pupil:
    """One pupil with a device. ``acknowledged`` is by sequence number, ``uncertain`` what was never confirmed."""

    card: PupilCard
    port: int
    recorder: Recorder
    address: str = ""
    acknowledged: dict[int, Acknowledged] = field(default_factory=dict)
    uncertain: set[int] = field(default_factory=set)
    is_in: bool = False

    def __post_init__(self) -> None:
        self.browser = Browser(self.port)
        self._token = ""
        self._seq = 1
        self._choices: dict[int, tuple[bool, list[str]]] = {}

    async def sign_in_by_slip(self) -> None:
        """Scan the QR code and press “开始”."""
        page = await self._until(200, "slip: page", lambda: self.browser.get(f"/s/{self.card.slip}"))
        fields = {"csrf_token": _token_of(page), "next": "/"}
        await self._until(303, "slip: sign in", lambda: self.browser.post_form(f"/s/{self.card.slip}", fields))

    async def sign_in_by_pin(self) -> None:
        """School, student number and PIN; told that many are signing in, the page sends the form again by itself."""
        page = await self._until(200, "PIN: page", lambda: self.browser.get(f"/sign-in?school={self.card.school}"))
        fields = {
            "csrf_token": _token_of(page), "school": self.card.school, "student_number": self.card.number, "pin": PIN,
            "next": "/",
        }  # fmt: skip
        await self._until(303, "PIN: sign in", lambda: self.browser.post_form("/sign-in", fields), calm={503})

    async def start(self, contest: str) -> None:
        """Open the contest's page, press “开始”, get the paper."""
        page = await self._until(200, "contest page", lambda: self.browser.get(f"/contests/{contest}"))
        fields = {"csrf_token": _token_of(page)}
        reply = await self._until(303, "start", lambda: self.browser.post_form(f"/contests/{contest}/start", fields))
        self.address = reply.headers["location"]
        paper = await self._until(200, "paper", lambda: self.browser.get(self.address))
        self._read_paper(paper.body.decode())

    def _read_paper(self, text: str) -> None:
        self._token = TOKEN.search(text).group(1)  # type: ignore[union-attr]
        self._seq = int(NEXT_SEQ.search(text).group(1))  # type: ignore[union-attr]
        for section in text.split('<section class="question')[1:]:
            position = QUESTION.search(section)
            choices = CHOICE.findall(section)
            if position and choices:
                self._choices[int(position.group(1))] = (choices[0][0] == "checkbox", [value for _, value in choices])
        if not self._choices:
            raise GaveUp("the paper shows no questions")

    async def answer(self) -> None:
        """Change one answer at random and save it."""
        position = random.choice(list(self._choices))
        several, values = self._choices[position]
        chosen = sorted(random.sample(values, random.randint(1, len(values)))) if several else [random.choice(values)]
        seq, self._seq = self._seq, self._seq + 1
        body = json.dumps({"seq": seq, "position": position, "choices": chosen}).encode()
        self.uncertain.add(seq)
        reply = await self._until(
            200, "save", lambda: self.browser.post_json(f"{self.address}/answers", body, self._token)
        )
        data = json.loads(reply.body)
        if data["status"] != "saved" or data["seq"] != seq:
            self.recorder.error("save", "wrong reply", reply.body.decode())
            return
        self.uncertain.discard(seq)
        self.acknowledged[seq] = Acknowledged(position, chosen)

    async def hand_in(self) -> None:
        """The page that asks once more, handing in, the result."""
        await self._until(200, "confirm page", lambda: self.browser.get(f"{self.address}/confirm"))
        fields = {"csrf_token": self._token}
        await self._until(303, "submit", lambda: self.browser.post_form(f"{self.address}/submit", fields))
        self.is_in = True
        await self._until(200, "result page", lambda: self.browser.get(f"{self.address}/result"))

    async def _until(
        self,
        wanted: int,
        act: str,
        step: Callable[[], Awaitable[Reply]],
        calm: set[int] = frozenset(),  # type: ignore[assignment]
    ) -> Reply:
        """Repeat a step until it answers as wanted; the time counts from the first try. ``calm`` is no error."""
        begun = time.perf_counter()
        for failures in range(1, TRIES):
            wait = 0.0
            try:
                reply = await step()
                if reply.status == wanted:
                    self.recorder.done(act, time.perf_counter() - begun)
                    return reply
                wait = float(reply.headers.get("retry-after", 0))
                if reply.status in calm:
                    self.recorder.done(f"{act}: told to wait", time.perf_counter() - begun)
                else:
                    self.recorder.error(act, reply.status, reply.body.decode(errors="replace"))
            except Lost as lost:
                self.recorder.error(act, "no reply", str(lost))
            backoff = min(LONGEST_WAIT, 2.0 ** min(failures, 5)) * random.uniform(0.5, 1)
            await asyncio.sleep(max(wait * random.uniform(0.5, 1), 0 if wait else backoff))
        raise GaveUp(f"{act} for {self.card.number}")


def _token_of(page: Reply) -> str:
    found = TOKEN.search(page.body.decode())
    if found is None:
        raise GaveUp("a page without a form")
    return found.group(1)
