"""HTTP/1.1 over asyncio streams, as little as a pupil's browser needs: one kept connection, cookies, no compression."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 10.0  # seconds after which the page's script, too, counts a reply as lost


class Lost(Exception):
    """The connection ended or the reply did not come in time; the request may or may not have been done."""


@dataclass(frozen=True)
class Reply:
    """Status, headers by lower-case name (the last of several) and body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Browser:
    """One device: its cookies and its kept connection to the site."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, accept: str = "text/html") -> Reply:
        return await self._send("GET", path, b"", {"Accept": accept})

    async def post_form(self, path: str, fields: dict[str, str]) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        return await self._send("POST", path, urlencode(fields).encode(), headers)

    async def post_json(self, path: str, body: bytes, token: str) -> Reply:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": token}
        return await self._send("POST", path, body, headers)

    def close(self) -> None:
        """Close the connection, if one is open."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send and read; on a kept connection that the server has closed meanwhile once more, as browsers do."""
        kept = self._streams is not None
        try:
            async with asyncio.timeout(PATIENCE):
                try:
                    return await self._exchange(method, path, body, headers)
                except (OSError, asyncio.IncompleteReadError):
                    self.close()
                    if not kept:
                        raise
                    return await self._exchange(method, path, body, headers)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.close()
            raise Lost(f"{method} {path}: {type(error).__name__}") from error

    async def _exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        return await self._read(reader)

    async def _read(self, reader: asyncio.StreamReader) -> Reply:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, headers = int(head[0].split(" ", 2)[1]), {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
            if name.lower() == "set-cookie":
                key, _, rest = value.strip().partition("=")
                self.cookies[key] = rest.partition(";")[0]
        body = await _body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(status, headers, body)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding") != "chunked":
        return b""
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(parts)
