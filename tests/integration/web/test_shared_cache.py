"""The shared cache: made once for many, expiring, and indifferent to a Redis that dies, hangs or forgets."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from quiz.web import shared_cache
from quiz.web.shared_cache import SharedCache
from tests.processes import send

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server: apt install redis")


class Server:
    """A Redis of our own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while True:
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                assert time.monotonic() < until
                time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> "redis.Redis":
        return redis.Redis(port=self.port, socket_timeout=1)

    def stop(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    yield found
    found.stop()


class Maker:
    """Counts how often a value was made."""

    def __init__(self, value: object = "page") -> None:
        self.value, self.count = value, 0

    def __call__(self) -> object:
        self.count += 1
        return self.value


def test_a_value_is_made_once_and_again_when_it_has_expired() -> None:
    cache, make = SharedCache(), Maker({"pieces": ["a"]})
    assert [cache.get_or_make("k", 0.05, make) for _ in range(3)] == [{"pieces": ["a"]}] * 3
    assert make.count == 1
    assert cache.peek("k") == {"pieces": ["a"]} and cache.peek("other") is None
    time.sleep(0.06)
    assert cache.peek("k") is None
    cache.get_or_make("k", 0.05, make)
    assert make.count == 2
    assert cache.health() == "off"


def test_many_threads_make_a_key_once_and_other_keys_do_not_wait() -> None:
    cache, begun, go = SharedCache(), threading.Event(), threading.Event()
    made: list[int] = []

    def make() -> int:
        made.append(1)
        begun.set()
        assert go.wait(5)
        return 7

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(cache.get_or_make("k", 9, make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(5)
    assert cache.get_or_make("other", 9, lambda: 8) == 8
    go.set()
    for thread in threads:
        thread.join()
    assert found == [7] * 8 and made == [1]


def test_what_fails_is_raised_and_not_kept() -> None:
    cache = SharedCache()
    with pytest.raises(ZeroDivisionError):
        cache.get_or_make("k", 9, lambda: 1 / 0)
    assert cache.get_or_make("k", 9, lambda: 1) == 1


def test_the_process_keeps_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "MOST_KEPT", 3)
    cache = SharedCache()
    for number in range(5):
        cache.get_or_make(str(number), 9, lambda number=number: number)
    assert [cache.peek(str(number)) for number in range(5)] == [None, None, 2, 3, 4]


@needs_redis
def test_another_process_finds_what_one_has_made_until_it_expires(server: Server) -> None:
    first, second, make = SharedCache(server.url), SharedCache(server.url), Maker(["页"])
    assert first.get_or_make("k", 0.3, make) == second.get_or_make("k", 0.3, make) == ["页"]
    assert make.count == 1 and first.health() == "ok"
    assert 0 < server.client.pttl("qingyuan:shared:k") <= 300
    time.sleep(0.35)
    assert second.peek("k") is None, "kept no longer than it had left"
    second.get_or_make("k", 0.3, make)
    assert make.count == 2


@needs_redis
@pytest.mark.parametrize("harm", ["killed", "hung"])
def test_a_redis_that_does_not_answer_costs_one_timeout_and_nothing_else(server: Server, harm: str) -> None:
    cache, make = SharedCache(server.url), Maker()
    cache.get_or_make("warm", 9, make)
    send(server.process.pid, signal.SIGKILL if harm == "killed" else signal.SIGSTOP)
    begun = time.monotonic()
    values = [cache.get_or_make(str(number), 9, make) for number in range(50)]
    assert time.monotonic() - begun < 1.0, "one timeout of 0.2 s, not fifty"
    assert values == ["page"] * 50 and make.count == 51
    assert cache.health() == "unreachable"


@needs_redis
def test_a_redis_that_has_come_back_is_used_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "AWAY_SECONDS", 0.2)
    cache = SharedCache(server.url)
    send(server.process.pid, signal.SIGSTOP)
    cache.get_or_make("a", 9, Maker())
    send(server.process.pid, signal.SIGCONT)
    time.sleep(0.3)
    cache.get_or_make("b", 9, Maker())
    assert server.client.get("qingyuan:shared:b") == b'"page"'


@needs_redis
def test_a_redis_that_was_emptied_only_means_making_again(server: Server) -> None:
    first, second, make = SharedCache(server.url), SharedCache(server.url), Maker()
    first.get_or_make("k", 9, make)
    server.client.flushall()
    assert first.get_or_make("k", 9, make) == "page" and make.count == 1
    assert second.get_or_make("k", 9, make) == "page" and make.count == 2


@needs_redis
def test_threads_do_without_a_redis_that_one_of_them_waits_for(server: Server) -> None:
    cache = SharedCache(server.url)
    send(server.process.pid, signal.SIGSTOP)
    times: list[float] = []

    def ask(number: int) -> None:
        begun = time.monotonic()
        cache.get_or_make(str(number), 9, Maker())
        times.append(time.monotonic() - begun)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(seconds > 0.15 for seconds in times) <= 2  # who waits: one for the connection or the answer
