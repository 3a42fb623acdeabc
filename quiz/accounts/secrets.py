"""Hashing of PINs and passwords: argon2id, with at most as many hashes at once as there are processors.

A class of 60 signs in within a minute; unbounded hashing would let them, or an attacker, starve everything
else. What finds no place in the short waiting line is told to come back in a few seconds.
"""

import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from quiz.errors import BusyError
from quiz.web import metrics

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
PIN_DIGITS = 6
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  # nothing that reads like something else
PASSWORD_GROUPS, PASSWORD_GROUP = 4, 4


class HashGate:
    """Lets ``slots`` hashes run at once and ``waiting`` more wait, each for ``patience_seconds`` at most."""

    def __init__(self, slots: int, waiting: int, patience_seconds: float) -> None:
        self._slots = slots
        self._running = threading.Semaphore(slots)
        self._places = threading.Semaphore(slots + waiting)
        self._patience_seconds = patience_seconds

    def running(self) -> int:
        """How many hashes run now (for monitoring)."""
        return self._slots - self._running._value

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold a slot. Raises BusyError when the line is full or the wait too long."""
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._running.acquire(timeout=self._patience_seconds):
                raise _busy()
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Hold a slot however long it takes, outside the line (a teacher who prints a class's slips)."""
        with self._running:
            yield


def _busy() -> BusyError:
    metrics.count_event("hashing_refused")
    return BusyError("现在登录的人很多，请等几秒再试。")


_CPUS = os.cpu_count() or 1
gate = HashGate(slots=_CPUS, waiting=8 * _CPUS, patience_seconds=5)


def hash_secret(secret: str) -> str:
    """Argon2id of a PIN or password. Raises BusyError when too many hashes wait."""
    with gate.entered():
        return HASHER.hash(secret)


def hash_many(values: Iterable[str]) -> list[str]:
    """Hash several secrets one after the other, taking a single slot at a time."""
    hashes = []
    for value in values:
        with gate.patient():
            hashes.append(HASHER.hash(value))
    return hashes


@lru_cache(maxsize=1)
def _nobody() -> str:
    """The hash that unknown accounts are compared with, so that they cost the same time."""
    return HASHER.hash(secrets.token_urlsafe(16))


def verify_secret(secret_hash: str | None, secret: str) -> bool:
    """Whether the secret fits. Without a hash the answer is False after the same time. Raises BusyError."""
    with gate.entered():
        try:
            return HASHER.verify(secret_hash or _nobody(), secret) and secret_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(secret_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(secret_hash)


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def new_password() -> str:
    """An initial password for staff, about 79 bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_GROUP)) for _ in range(PASSWORD_GROUPS))
    return "-".join(groups)


def new_token() -> str:
    """160 random bits for an address."""
    return secrets.token_urlsafe(20)
