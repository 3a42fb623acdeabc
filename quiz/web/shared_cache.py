"""What is the same for many viewers, made once: kept in the process, and in Redis where REDIS_URL names one.

A cache only: every value is made again when it is gone, and expires within seconds. A Redis that is down, hung or emptied
costs one short timeout every ten seconds and changes nothing else. Values are plain JSON; nothing goes in that its page
does not show to everybody who may open it.
"""

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import redis
from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
Value = TypeVar("Value")
MOST_KEPT = 512  # values in a process
TIMEOUT_SECONDS = 0.2  # of anything that is asked of Redis
AWAY_SECONDS = 10.0  # for how long a Redis that did not answer is left alone
PREFIX = "qingyuan:shared:"


class SharedCache:
    """``get_or_make`` looks in the process, then in Redis, then makes; one thread of a process makes a key at a time."""

    def __init__(self, url: str | None = None) -> None:
        self._redis = _client(url) if url else None
        self._kept: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self._makers: dict[str, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._away_until = 0.0

    def get_or_make(self, key: str, seconds: float, make: Callable[[], Value]) -> Value:
        """The value of a key, at most ``seconds`` old; what ``make`` raises is raised here and nothing is kept."""
        found = self._local(key)
        if found is not None:
            return found[0]  # type: ignore[no-any-return]
        maker = self._enter(key)
        try:
            with maker:
                found = self._local(key) or self._remote(key, seconds)
                if found is not None:
                    return found[0]  # type: ignore[no-any-return]
                value = make()
                self._keep(key, seconds, value)
                self._ask(lambda client: client.set(PREFIX + key, json.dumps(value), px=max(1, int(seconds * 1000))))
                return value
        finally:
            self._leave(key)

    def peek(self, key: str) -> Any:
        """The value of a key if this process has it; else None."""
        found = self._local(key)
        return None if found is None else found[0]

    def health(self) -> Literal["off", "ok", "unreachable"]:
        """Whether Redis is used and answers now."""
        if self._redis is None:
            return "off"
        try:
            self._redis.ping()
        except (redis.RedisError, OSError):
            return "unreachable"
        return "ok"

    def _local(self, key: str) -> tuple[Any] | None:
        with self._lock:
            entry = self._kept.get(key)
            if entry is None:
                return None
            if entry[0] <= time.monotonic():
                del self._kept[key]
                return None
            return (entry[1],)

    def _keep(self, key: str, seconds: float, value: Any) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic() + seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _remote(self, key: str, seconds: float) -> tuple[Any] | None:
        """Another process's value, kept here for as long as it has left there."""
        reply = self._ask(
            lambda client: client.pipeline(transaction=False).get(PREFIX + key).pttl(PREFIX + key).execute()
        )
        if reply is None or reply[0] is None or reply[1] <= 0:
            return None
        value = json.loads(reply[0])
        self._keep(key, min(seconds, reply[1] / 1000), value)
        return (value,)

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        """Redis's answer; None without one. While one thread waits for it, the others do without."""
        if self._redis is None or time.monotonic() < self._away_until or not self._asking.acquire(blocking=False):
            return None
        try:
            return question(self._redis)
        except (redis.RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("shared cache: redis does not answer (%s), left alone for a while", type(error).__name__)
            return None
        finally:
            self._asking.release()

    def _enter(self, key: str) -> threading.Lock:
        with self._lock:
            lock, waiting = self._makers.get(key, (threading.Lock(), 0))
            self._makers[key] = (lock, waiting + 1)
            return lock

    def _leave(self, key: str) -> None:
        with self._lock:
            lock, waiting = self._makers.pop(key)
            if waiting > 1:
                self._makers[key] = (lock, waiting - 1)


def _client(url: str) -> Any:
    """A client that gives up at once: no second try, and no wait for a connection longer than for an answer."""
    pool = redis.BlockingConnectionPool.from_url(
        url, max_connections=4, timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS, retry=Retry(NoBackoff(), 0),
    )  # fmt: skip
    return redis.Redis(connection_pool=pool)


def init_app(app: Flask) -> None:
    """Make the cache of this process."""
    app.extensions["shared_cache"] = SharedCache(app.config["REDIS_URL"])
