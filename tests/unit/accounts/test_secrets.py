"""Hashing is bounded: so many at once, so many waiting, the rest are told to come back."""

import threading
import time

import pytest

from quiz.accounts import secrets
from quiz.accounts.secrets import HashGate, hash_secret, needs_rehash, verify_secret
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
