"""Whatever order things come in: the product answers and stores what the model (model.py) says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from quiz import clock
from tests.faults.acts import StaffActs
from tests.faults.inside import InsideDevice
from tests.faults.ledger import comparable
from tests.faults.model import ALLOWED, AttemptModel, Row, SittingModel
from tests.faults.product import Arena, PaperItem, Ticket, clock_at
from tests.faults.pupils import HttpReply
from tests.faults.scale import SCALE

ROWS = (
    {"kinds": ["single"], "count": 3, "points": 1000},
    {"kinds": ["multiple"], "count": 1, "points": 1000},
    {"kinds": ["true_false"], "count": 1, "points": 1000},
)
HOURS = 0.6  # so that some starts come near the end of the window, and some after it
BASE = clock.now().replace(microsecond=0)  # classes of the cast are those of today; from here on time stands still
DEVICES = st.integers(0, 2)
POSITIONS = st.integers(1, 5)
#: Steps of every run. Hypothesis breaks a quarter off that would need more choices than it allows: half as many again are begun.
lengths: list[int] = []


class Sitter:
    """One pupil of one run, with the devices that are signed in."""

    def __init__(self, arena: Arena, ticket: Ticket, stranger: Ticket) -> None:
        self.arena = arena
        self.user_id = ticket.user_id
        self.cookies: list[str] = []
        self.devices: list[InsideDevice] = []
        self.tokens: list[str] = []
        self.ended: set[int] = set()
        self.take(ticket.cookie)
        self.stranger = InsideDevice(arena.app, stranger.cookie)
        self.stranger_token = self.stranger.token()

    def take(self, cookie: str) -> None:
        """Another device."""
        self.cookies.append(cookie)
        self.devices.append(InsideDevice(self.arena.app, cookie))
        self.tokens.append(self.devices[-1].token())

    def post(self, device: int, path: str, data: Any = None, form: str | None = None) -> HttpReply:
        number = device % len(self.devices)
        return self.devices[number].request("POST", path, data=data, form=form, token=self.tokens[number])

    def is_ended(self, device: int) -> bool:
        return device % len(self.devices) in self.ended


class Life(RuleBasedStateMachine):
    """Everything that can happen to one pupil in one sitting."""

    arena: Arena
    staff: StaffActs

    def __init__(self) -> None:
        super().__init__()
        self.now = BASE
        self._clock = clock_at(lambda: self.now)
        self._clock.__enter__()
        lengths.append(0)

    def teardown(self) -> None:
        self._clock.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.contest = self.arena.open_contest(
            duration_seconds=600, hours=HOURS, rows=ROWS, attempts_allowed=ALLOWED, release_keys="after_close"
        )
        self.model = SittingModel(self.now - timedelta(hours=1), self.now + timedelta(hours=HOURS))
        self.sitter = Sitter(self.arena, *self.arena.tickets(2))
        self.papers: dict[str, dict[int, PaperItem]] = {}
        self.corrections = 0

    # -- time and logins

    @rule(seconds=st.one_of(st.integers(1, 60), st.sampled_from([300, 595, 600, 605, 606, 609])))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: len(self.sitter.devices) < 3)
    @rule()
    def sign_in_on_another_device(self) -> None:
        self.sitter.take(self.arena.login(self.sitter.user_id))

    @precondition(lambda self: len(self.sitter.devices) - len(self.sitter.ended) > 1)
    @rule(device=DEVICES)
    def end_a_login(self, device: int) -> None:
        number = device % len(self.sitter.devices)
        self.sitter.ended.add(number)
        self.arena.revoke(self.sitter.cookies[number])

    # -- what the pupil does

    @rule(device=DEVICES)
    def start(self, device: int) -> None:
        path = f"/contests/{self.contest}/start"
        reply = self.sitter.post(
            device, path, form=f"csrf_token={self.sitter.tokens[device % len(self.sitter.tokens)]}"
        )
        expected = self.model.may_start(self.now)
        if self.sitter.is_ended(device):
            assert reply.status == 401, reply
        elif expected is False:
            assert reply.status == 409, reply
        else:
            assert reply.status == 303, reply
            attempt = urlsplit(reply.headers["location"]).path.rpartition("/")[2]
            if isinstance(expected, AttemptModel):
                assert attempt == expected.public_id, "a second paper"
            else:
                self._begun(attempt)

    def _begun(self, attempt: str) -> None:
        assert attempt not in self.papers
        self.papers[attempt] = self.arena.paper(attempt)
        self.model.keys |= {item.item_id: item.key for item in self.papers[attempt].values()}
        self.model.start(attempt, {at: item.item_id for at, item in self.papers[attempt].items()}, self.now)

    def _attempt(self, which: int) -> AttemptModel:
        return self.model.attempts[which % len(self.model.attempts)]

    def _row(self, attempt: AttemptModel, position: int, picks: int, step: int) -> Row:
        """An answer as a page of ours could send it; ``step`` 0 takes the next number, others lie before or beyond."""
        item = self.papers[attempt.public_id][position]
        chosen = [one for bit, one in enumerate(item.choices) if picks >> bit & 1]
        choices = tuple(chosen if item.kind == "multiple" else chosen[:1])
        return Row(max(1, attempt.next_seq + step), position, choices)

    def _save(self, device: int, attempt: AttemptModel, row: Row) -> None:
        data = {"seq": row.seq, "position": row.position, "choices": list(row.choices)}
        reply = self.sitter.post(device, f"/attempts/{attempt.public_id}/answers", data)
        if self.sitter.is_ended(device):
            assert reply.status == 401, reply
            return
        told = attempt.save(row, self.now)
        content = comparable(reply.body)
        content.pop("result", None)
        assert (reply.status, content) == told
        assert reply.body["remaining_seconds"] == max(0.0, (attempt.deadline_at - self.now).total_seconds())

    @precondition(lambda self: self.model.attempts)
    @rule(device=DEVICES, which=st.integers(0, 1), position=POSITIONS, picks=st.integers(0, 15))
    def save(self, device: int, which: int, position: int, picks: int) -> None:
        attempt = self._attempt(which)
        self._save(device, attempt, self._row(attempt, position, picks, 0))

    @precondition(lambda self: self.model.attempts)
    @rule(
        device=DEVICES, which=st.integers(0, 1), position=POSITIONS, picks=st.integers(0, 15), step=st.integers(-6, 9)
    )
    def save_with_another_number(self, device: int, which: int, position: int, picks: int, step: int) -> None:
        attempt = self._attempt(which)
        self._save(device, attempt, self._row(attempt, position, picks, step))

    @precondition(lambda self: any(one.log for one in self.model.attempts))
    @rule(device=DEVICES, index=st.integers(0, 40))
    def send_again(self, device: int, index: int) -> None:
        rows = [(attempt, row) for attempt in self.model.attempts for row in attempt.log]
        self._save(device, *rows[index % len(rows)])

    @precondition(lambda self: self.model.attempts)
    @rule(device=DEVICES, choices=st.sampled_from([["z"], ["a", "a"], [1], "a", None, ["a"] * 9]))
    def send_what_no_page_sends(self, device: int, choices: Any) -> None:
        attempt = self._attempt(-1)
        data = {"seq": attempt.next_seq, "position": 1, "choices": choices}
        reply = self.sitter.post(device, f"/attempts/{attempt.public_id}/answers", data)
        assert reply.status in ([401] if self.sitter.is_ended(device) else [400, 422]), reply

    @precondition(lambda self: self.model.attempts)
    @rule(which=st.integers(0, 1), path=st.sampled_from(["answers", "submit"]))
    def a_stranger_tries(self, which: int, path: str) -> None:
        attempt, stranger = self._attempt(which), self.sitter.stranger
        data = {"seq": attempt.next_seq, "position": 1, "choices": ["a"]}
        address = f"/attempts/{attempt.public_id}/{path}"
        assert stranger.request("POST", address, data=data, token=self.sitter.stranger_token).status == 404

    @precondition(lambda self: self.model.attempts)
    @rule(device=DEVICES, which=st.integers(0, 1))
    def look(self, device: int, which: int) -> None:
        attempt = self._attempt(which)
        reply = self.sitter.devices[device % len(self.sitter.devices)].request(
            "GET", f"/attempts/{attempt.public_id}/state"
        )
        if self.sitter.is_ended(device):
            assert reply.status == 401, reply
            return
        told = attempt.look(self.now)
        assert (reply.status, {name: reply.body[name] for name in told.content}) == told

    @precondition(lambda self: self.model.attempts)
    @rule(device=DEVICES, which=st.integers(0, 1))
    def submit(self, device: int, which: int) -> None:
        attempt = self._attempt(which)
        reply = self.sitter.post(device, f"/attempts/{attempt.public_id}/submit", {})
        if self.sitter.is_ended(device):
            assert reply.status == 401, reply
            return
        assert (reply.status, reply.body) == (200, {"result": f"/attempts/{attempt.public_id}/result"})
        attempt.submit(self.now)

    # -- what staff and the worker do

    @rule()
    def sweep(self) -> None:
        # Attempts of other runs are still open in the same database, and may be due as well.
        self.model.sweep(self.now)
        self.arena.sweep()
        assert self.arena.sweep() == 0, "a second sweeper closed something again"

    @precondition(lambda self: self.model.attempts)
    @rule(which=st.integers(0, 1), seconds=st.integers(1, 900))
    def extend(self, which: int, seconds: int) -> None:
        attempt = self._attempt(which)
        assert self.staff.extend(attempt.public_id, seconds) == attempt.extend(seconds, self.now)

    @precondition(lambda self: self.model.attempts and self.corrections < 2)
    @rule(which=st.integers(0, 1), position=st.integers(1, 3), pick=st.integers(0, 9))
    def correct_a_key(self, which: int, position: int, pick: int) -> None:
        item = self.papers[self._attempt(which).public_id][position]
        key = item.choices[pick % len(item.choices)]
        self.staff.correct(self.contest, item.item_id, [key])
        self.model.keys[item.item_id] = frozenset([key])
        self.corrections += 1

    @invariant()
    def what_is_stored_is_what_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        lengths[-1] += 1
        stored = {
            one.public_id: (one.status, one.score, one.started_at, one.deadline_at, one.closed_at, one.elapsed_seconds)
            for one in self.arena.attempts(self.sitter.user_id)
        }
        assert stored == {
            one.public_id: (
                one.status, self.model.score(one), one.started_at, one.deadline_at, one.closed_at, one.elapsed
            )
            for one in self.model.attempts
        }  # fmt: skip
        log: dict[str, list[Row]] = {one.public_id: [] for one in self.model.attempts}
        for row in self.arena.log(self.sitter.user_id):
            log[row.attempt].append(Row(row.seq, row.position, row.choices))
        assert log == {one.public_id: one.log for one in self.model.attempts}


def test_the_product_follows_the_model(arena: Arena, note: Callable[..., None]) -> None:
    machine = type("Machine", (Life,), {"arena": arena, "staff": StaffActs(arena)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SCALE.machine_runs * 3 // 2, stateful_step_count=SCALE.machine_steps, deadline=None, database=None,
            derandomize=True, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    with clock_at(lambda: BASE + timedelta(days=1)):  # after everything that was put off
        arena.run_jobs()
    arena.prove()
    whole = sum(length >= SCALE.machine_steps for length in lengths)
    assert whole >= SCALE.machine_runs
    note("machine", whole_runs=whole, steps=sum(lengths), steps_of_a_whole_run=SCALE.machine_steps)
