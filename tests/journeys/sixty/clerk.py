"""People without script on the live server, many at once: each has cookies of their own, and none needs the browser's thread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from bs4 import BeautifulSoup, Tag

from tests.journeys.visitor import Visitor
from tests.pages import text_of

BUSY, MOST_TRIES = 503, 20  # a sign-in that waited too long for its turn is sent again, as the page's script does

Fields = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """What came, with the names that Playwright's replies have."""

    status: int
    url: str
    data: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400

    def text(self) -> str:
        return self.data.decode()


class _Stay(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        return None


class Http:
    """A device's connection; takes the place of Playwright's, which belongs to one thread."""

    def __init__(self, server: str) -> None:
        self.server = server
        keeps = HTTPCookieProcessor(CookieJar())
        self.follows, self.stays = build_opener(ProxyHandler({}), keeps), build_opener(ProxyHandler({}), keeps, _Stay)

    def get(self, address: str) -> Reply:
        return self._ask(self.follows, Request(urljoin(self.server, address)))

    def post(self, address: str, form: Fields, max_redirects: int | None = None) -> Reply:
        opener = self.follows if max_redirects is None else self.stays
        pairs = list(form.items() if isinstance(form, Mapping) else form)
        return self._ask(opener, Request(urljoin(self.server, address), urlencode(pairs).encode()))

    def _ask(self, opener: Any, request: Request) -> Reply:
        try:
            with opener.open(request, timeout=60) as answer:
                return Reply(answer.status, answer.url, answer.read())
        except HTTPError as error:
            with error:
                return Reply(error.code, error.url or "", error.read())


class Clerk(Visitor):
    """Fills in whole forms as a browser does: what the page proposes, with some fields changed."""

    http: Any

    def submit(self, form: Tag | None, **changes: str | list[str]) -> BeautifulSoup:
        """Send a form with its present values; ``changes`` are by name, with “_” for “-”."""
        assert form is not None, f"no such form on {text_of(self.page.title)}"
        wanted = {name.replace("__", "-"): value for name, value in changes.items()}
        pairs = [(name, value) for name, value in values_of(form) if name not in wanted]
        for name, value in wanted.items():
            pairs += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        reply = self.http.post(str(form["action"]), form=pairs)
        for _again in range(MOST_TRIES):
            if reply.status != BUSY:
                break
            reply = self.http.post(str(form["action"]), form=pairs)
        return self._look(reply)

    def press(self, label: str, **changes: str) -> BeautifulSoup:
        """Press the first button whose text begins so, in its own form."""
        button = self.button(label)
        form = button.find_parent("form")
        assert isinstance(form, Tag)
        if button.get("name"):
            changes |= {str(button["name"]): str(button["value"])}
        return self.submit(form, **changes)

    def button(self, label: str) -> Tag:
        found = [one for one in self.page.select("button") if text_of(one).startswith(label)]
        assert found, f"no button “{label}” on {text_of(self.page)[:2000]}"
        return found[0]

    def download(self, label: str) -> bytes:
        """What the button's form gives."""
        form = self.button(label).find_parent("form")
        assert isinstance(form, Tag)
        reply: Reply = self.http.post(str(form["action"]), form=values_of(form))
        assert reply.ok, f"{reply.status} from {reply.url}"
        return reply.data

    @property
    def text(self) -> str:
        """What the page's main part says."""
        return text_of(self.page.main)


def values_of(form: Tag) -> list[tuple[str, str]]:
    """What a browser would send, without any button."""
    found = []
    for one in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(one["name"]), one.get("type", "text")
        if one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            if chosen is not None:
                found.append((name, str(chosen.get("value", ""))))
        elif one.name == "textarea":
            found.append((name, one.text.removeprefix("\r\n").removeprefix("\n")))
        elif kind not in ("radio", "checkbox") or one.has_attr("checked"):
            found.append((name, str(one.get("value", "y" if kind == "checkbox" else ""))))
    return found


def sign_in(clerk: Clerk, username: str, password: str) -> Clerk:
    """A member of staff signs in."""
    clerk.open("/sign-in/staff")
    clerk.submit(clerk.page.select_one("main form[method=post]"), username=username, password=password)
    assert text_of(clerk.page.h1) == "总览", clerk.text
    return clerk
