"""The one page helper: every page test goes through it, so quality is checked everywhere at once.

``page(response)`` demands valid HTML5, one h1, a title that begins with it, a label for every control, an
action for every form, a CSRF token in every POST form, no duplicate ids, no inline style or handler, a nonce
on every script, and no request to another host.
"""

import re
from typing import Any

import html5lib
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from html5lib.html5parser import ParseError
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

IGNORED_INPUTS = {"hidden", "submit", "button", "image", "reset"}


def page(response: TestResponse, status: int = 200) -> BeautifulSoup:
    """Check a full page and return it for queries (BeautifulSoup: ``select``, ``select_one``, ``get_text``)."""
    assert response.status_code == status, f"{response.status_code} for {response.request.path}: {response.text[:400]}"
    assert response.content_type.startswith("text/html")
    text = response.text
    _check_valid(text)
    soup = BeautifulSoup(text, "html.parser")
    _check_heading(soup)
    _check_ids(soup)
    _check_controls(soup)
    _check_forms(soup)
    _check_inline(soup)
    _check_own_host(soup)
    return soup


def text_of(node: Tag | BeautifulSoup | None) -> str:
    """The visible text with white space folded."""
    assert node is not None, "expected element is missing"
    return re.sub(r"\s+", " ", node.get_text(" ")).strip()


def csrf_of(client: FlaskClient, path: str) -> str:
    """The CSRF token of a page's form (forms carry it in a hidden field)."""
    soup = BeautifulSoup(client.get(path).text, "html.parser")
    field = soup.select_one("input[name=csrf_token]")
    assert field is not None, f"no form with a CSRF token on {path}"
    return str(field["value"])


def post(
    client: FlaskClient, path: str, data: dict[str, Any] | None = None, *, via: str | None = None, **kwargs: Any
) -> TestResponse:
    """Send a form as a browser would: with the CSRF token of the page ``via`` (default: the same path)."""
    token = csrf_of(client, via or path)
    return client.post(path, data={**(data or {}), "csrf_token": token}, **kwargs)


def _check_valid(text: str) -> None:
    parser = html5lib.HTMLParser(strict=True)
    try:
        parser.parse(text)
    except ParseError as error:
        line, column = parser.tokenizer.stream.position()
        around = "\n".join(text.splitlines()[max(0, line - 3) : line + 1])
        raise AssertionError(f"invalid HTML at {line}:{column}: {error}\n{around}") from error


def _check_heading(soup: BeautifulSoup) -> None:
    headings = soup.find_all("h1")
    assert len(headings) == 1, f"expected one h1, found {[text_of(h) for h in headings]}"
    title = text_of(soup.find("title"))
    assert title.startswith(text_of(headings[0])), f"title {title!r} does not begin with h1 {text_of(headings[0])!r}"
    assert soup.html is not None
    assert soup.html.get("lang"), "html has no lang"


def _check_ids(soup: BeautifulSoup) -> None:
    ids = [str(node["id"]) for node in soup.find_all(id=True)]
    doubled = {name for name in ids if ids.count(name) > 1}
    assert not doubled, f"duplicate ids {doubled}"
    for label in soup.find_all("label", attrs={"for": True}):
        assert label["for"] in ids, f"label for missing id {label['for']!r}"


def _check_controls(soup: BeautifulSoup) -> None:
    for control in soup.find_all(["input", "select", "textarea"]):
        if control.name == "input" and control.get("type", "text") in IGNORED_INPUTS:
            continue
        labelled = (
            control.find_parent("label")
            or control.get("aria-label")
            or control.get("aria-labelledby")
            or (control.get("id") and soup.find("label", attrs={"for": control["id"]}))
        )
        assert labelled, f"control without label: {control}"
    for image in soup.find_all("img"):
        assert image.has_attr("alt"), f"img without alt: {image}"
    for button in soup.find_all("button"):
        assert text_of(button) or button.get("aria-label"), f"button without text: {button}"


def _check_forms(soup: BeautifulSoup) -> None:
    for form in soup.find_all("form"):
        if form.get("method", "get").lower() == "dialog":
            continue
        assert form.get("action"), f"form without action: {str(form)[:200]}"
        if form.get("method", "get").lower() == "post":
            assert form.select_one("input[name=csrf_token]"), f"POST form without CSRF token: {form['action']}"


def _check_inline(soup: BeautifulSoup) -> None:
    for node in soup.find_all(True):
        assert not node.has_attr("style"), f"inline style: {str(node)[:120]}"
        handlers = [name for name in node.attrs if name.startswith("on")]
        assert not handlers, f"inline handler {handlers}: {str(node)[:120]}"
    for script in soup.find_all("script"):
        if script.get("type") == "application/json":
            continue
        assert script.get("nonce"), f"script without nonce: {str(script)[:120]}"
    assert not soup.find_all("style"), "inline style element"


def _check_own_host(soup: BeautifulSoup) -> None:
    for node in soup.find_all(["script", "img", "link", "iframe", "source"]):
        address = str(node.get("src") or node.get("href") or "")
        assert not re.match(r"(https?:)?//", address), f"third-party request: {address}"


def unknown(rule: Rule, name: str) -> str | int:
    """A value for a route's argument that stands for nothing: “results” is one of some, the number 1 of others."""
    return 1 if isinstance(rule._converters[name], IntegerConverter) else "results"
