"""Hashing of PINs and passwords: argon2id, in a bounded pool of threads that give way to everything else.

A class of 60 signs in within a minute, a school within two; unbounded hashing would let them, or an attacker, starve
those who are answering. Of a web process's threads (WEB_THREADS) sign-ins occupy at most half, the hashing itself runs at
low priority, and what finds no place in the short waiting line is told to come back in a few seconds (the sign-in page
does so by itself). Measured in docs/adr/0018.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TypeVar

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

    def demand_room(self) -> None:
        """Raise BusyError when the line is full now: a look, before anything is written for somebody who must wait."""
        if not self._places.acquire(blocking=False):
            raise _busy()
        self._places.release()

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
NICENESS = 10  # of the hashing threads: they get what answers, starts and pages leave


def places(web_threads: int | None, cpus: int) -> tuple[int, int]:
    """(hashes at once, sign-ins waiting) of one process.

    Whoever hashes or waits for it occupies a thread of the web server, so both together get half of them; without
    such a limit (commands, the worker, the development server) there is a long line. There are as many web processes as
    processors, and each hash sweeps 19 MB through the cache that they share: one at a time up to seven processors.
    """
    if web_threads is None:
        return cpus, 8 * cpus
    held, slots = max(1, web_threads // 2), max(1, cpus // 4)
    return min(slots, held), held - min(slots, held)


_THREADS = os.environ.get("WEB_THREADS")
_SLOTS, _WAITING = places(int(_THREADS) if _THREADS else None, _CPUS)
gate = HashGate(slots=_SLOTS, waiting=_WAITING, patience_seconds=5)

Result = TypeVar("Result")


def _give_way() -> None:
    """Lower the priority of this thread alone (Linux; elsewhere nothing happens)."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SLOTS, thread_name_prefix="hash", initializer=_give_way)


def _aside(work: Callable[[], Result]) -> Result:
    """Do it in the pool and wait: argon2 lets go of the interpreter, so only the processor is shared."""
    return _pool().submit(work).result()


def hash_secret(secret: str) -> str:
    """Argon2id of a PIN or password. Raises BusyError when too many hashes wait."""
    with gate.entered():
        return _aside(lambda: HASHER.hash(secret))


def demand_room() -> None:
    """Raise BusyError when a secret could not be verified now anyway."""
    gate.demand_room()


def hash_many(values: Iterable[str]) -> list[str]:
    """Hash several secrets one after the other, taking a single slot at a time.

    At the usual priority: a class's slips are forty hashes, and a teacher waits for the page. On a busy machine threads that
    give way would take half a minute for them.
    """
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
            return _aside(lambda: HASHER.verify(secret_hash or _nobody(), secret)) and secret_hash is not None
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
