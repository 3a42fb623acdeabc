"""A proxy that treats connections badly: refuses, cuts, delays and resets them at every stage of a request.

It reads each request and each reply as a whole, so it knows what the server said even where the client never hears it:
``replies`` keeps that.
"""

import asyncio
import json
import random
import re
import socket
import struct
import threading
from collections import Counter
from enum import StrEnum
from typing import Any

LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
REQUEST = re.compile(rb"POST /attempts/([^/]+)/answers ")


class Fate(StrEnum):
    """What is done to one exchange."""

    PASS = "passed"
    REFUSE = "reset_before_the_request"
    CUT_REQUEST = "cut_within_the_request"
    DELAY_REQUEST = "request_in_drops"
    LOSE_REPLY = "reset_before_the_reply"
    HALF_SENT = "reset_while_the_server_works"
    DELAY_REPLY = "reply_delayed"
    CUT_REPLY = "cut_within_the_reply"
    DROP_AFTER = "reset_after_the_reply"


WEIGHTS = {Fate.PASS: 30} | dict.fromkeys([fate for fate in Fate if fate is not Fate.PASS], 10)


class Proxy:
    """Listens on ``port`` in a thread of its own, before one server."""

    def __init__(self, upstream: int, seed: int = 626) -> None:
        self.upstream = upstream
        self.port = 0
        self.fates: Counter[str] = Counter()
        self.replies: dict[tuple[str, int], list[dict[str, Any]]] = {}  # (attempt, seq) → every reply of the server
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def requests(self) -> int:
        """How many exchanges there were."""
        return sum(self.fates.values())

    def __enter__(self) -> "Proxy":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _message(reader):
                if not await self._exchange(request, writer):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _exchange(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Treat one request; whether the connection may live on."""
        fate = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.fates[fate] += 1
        if fate is Fate.REFUSE:
            return _reset(writer)
        there = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            if not await self._forward(fate, request, there[1]):
                return _reset(writer)
            reply = await _message(there[0])
            self._keep(request, reply)
            return await self._answer(fate, reply, writer)
        finally:
            there[1].close()

    async def _forward(self, fate: Fate, request: bytes, there: asyncio.StreamWriter) -> bool:
        """Send a request on; whether the reply is awaited."""
        if fate is Fate.CUT_REQUEST:
            there.write(request[: self._random.randrange(1, len(request))])
            await there.drain()
            return _reset(there)
        if fate is Fate.DELAY_REQUEST:
            step = len(request) // 4 + 1
            for begin in range(0, len(request), step):
                there.write(request[begin : begin + step])
                await there.drain()
                await asyncio.sleep(self._random.uniform(0, 0.05))
            return True
        there.write(request)
        await there.drain()
        if fate is Fate.HALF_SENT:
            await asyncio.sleep(self._random.uniform(0, 0.01))
            return _reset(there)
        return True

    async def _answer(self, fate: Fate, reply: bytes, writer: asyncio.StreamWriter) -> bool:
        if fate is Fate.LOSE_REPLY:
            return _reset(writer)
        if fate is Fate.CUT_REPLY:
            writer.write(reply[: self._random.randrange(1, len(reply))])
            await writer.drain()
            return _reset(writer)
        if fate is Fate.DELAY_REPLY:
            await asyncio.sleep(self._random.uniform(0.05, 0.3))
        writer.write(reply)
        await writer.drain()
        return _reset(writer) if fate is Fate.DROP_AFTER else True

    def _keep(self, request: bytes, reply: bytes) -> None:
        """Note what the server said to a saved answer."""
        path = REQUEST.match(request)
        if path and reply.startswith(b"HTTP/1.1 200"):
            seq = json.loads(request.partition(b"\r\n\r\n")[2])["seq"]
            content = json.loads(reply.partition(b"\r\n\r\n")[2])
            self.replies.setdefault((path[1].decode(), seq), []).append(content)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One whole request or reply with its content; empty when the connection has ended."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def _reset(writer: asyncio.StreamWriter) -> bool:
    """End a connection with RST instead of an orderly goodbye; False, for the caller to pass on."""
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
