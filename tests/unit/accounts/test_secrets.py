"""Hashing is bounded: so many at once, so many waiting, the rest are told to come back."""

import os
import threading
import time

import pytest

from quiz.accounts import secrets
from quiz.accounts.secrets import NICENESS, HashGate, hash_secret, needs_rehash, places, verify_secret
from quiz.errors import BusyError
from tests.cast import _CHEAP


def test_a_hash_is_argon2id_with_the_declared_cost() -> None:
    made = hash_secret("246810")
    assert made.startswith("$argon2id$")
    assert "m=19456,t=2,p=1" in made
    assert verify_secret(made, "246810")
    assert not verify_secret(made, "246811")


def test_cheaper_hashes_are_made_anew() -> None:
    assert needs_rehash(_CHEAP.hash("x"))
    assert not needs_rehash(hash_secret("x"))


def test_an_account_without_secret_is_verified_against_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = secrets.HASHER.verify

    class Watched:
        hash = secrets.HASHER.hash

        def verify(self, secret_hash: str, secret: str) -> bool:
            seen.append(secret_hash)
            return real(secret_hash, secret)

    monkeypatch.setattr(secrets, "HASHER", Watched())
    assert verify_secret(None, "anything") is False
    assert seen
    assert "m=19456,t=2,p=1" in seen[0]


def test_a_damaged_hash_never_fits() -> None:
    assert verify_secret("not a hash", "x") is False


def test_no_more_than_the_slots_run_at_once() -> None:
    gate, running, most = HashGate(slots=2, waiting=20, patience_seconds=5), [0], [0]
    lock = threading.Lock()

    def work() -> None:
        with gate.entered():
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.01)
            with lock:
                running[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


def test_a_full_line_is_told_so_at_once_and_frees_again() -> None:
    gate = HashGate(slots=1, waiting=0, patience_seconds=5)
    with gate.entered(), pytest.raises(BusyError), gate.entered():
        pass
    with gate.entered():
        pass


def test_waiting_ends_after_the_patience_and_leaves_the_line() -> None:
    gate = HashGate(slots=1, waiting=1, patience_seconds=0.01)
    with gate.entered():
        for _ in range(3):
            with pytest.raises(BusyError), gate.entered():
                pass
    with gate.entered():
        pass


def test_a_look_at_the_line_takes_no_place() -> None:
    gate = HashGate(slots=1, waiting=0, patience_seconds=5)
    for _ in range(3):
        gate.demand_room()
    with gate.entered(), pytest.raises(BusyError):
        gate.demand_room()
    gate.demand_room()


@pytest.mark.parametrize("cpus", [1, 2, 4, 16])
@pytest.mark.parametrize("threads", [1, 2, 3, 4, 8, 16])
def test_sign_ins_hold_at_most_half_of_the_web_threads(threads: int, cpus: int) -> None:
    at_once, waiting = places(threads, cpus)
    assert at_once >= 1
    assert waiting >= 0
    assert at_once + waiting == max(1, threads // 2)


def test_outside_a_web_process_the_line_is_long() -> None:
    assert places(None, 4) == (4, 32)


def test_hashing_gives_way_to_everything_else() -> None:
    """It runs in a thread of its own whose priority is low; the caller's stays as it was."""
    before, seen = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), []
    secrets._aside(lambda: seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
    assert seen == [NICENESS]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
