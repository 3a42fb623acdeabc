"""A device before the application in the test's own process: the whole WSGI stack without a network."""

from typing import Any

from flask import Flask

from tests.faults.product import COOKIE
from tests.faults.pupils import HttpReply, Pupil


class InsideDevice:
    """The same requests as pupils.Device, answered in this process."""

    def __init__(self, app: Flask, cookie: str) -> None:
        self.cookie = cookie
        self._client = app.test_client()
        self._client.set_cookie(COOKIE, cookie.removeprefix(f"{COOKIE}="))

    def request(
        self, method: str, path: str, *, data: Any = None, form: str | None = None, token: str = "", **headers: str
    ) -> HttpReply:
        """One exchange."""
        send = {"Accept": "application/json" if method == "POST" or form is None else "text/html", **headers}
        given: dict[str, Any] = {"json": data} if form is None and method == "POST" else {"data": form}
        if form is not None:
            given["content_type"] = "application/x-www-form-urlencoded"
        reply = self._client.open(path, method=method, headers=send | {"X-CSRFToken": token}, **given)
        body = reply.json if reply.is_json else reply.text
        return HttpReply(reply.status_code, {name.lower(): value for name, value in reply.headers}, body)

    def token(self) -> str:
        """A CSRF token of this device's session."""
        return Pupil.token_of(self.request("GET", "/me", form="").body)
