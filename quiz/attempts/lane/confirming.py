"""The page that asks once more before a paper is handed in.

All pages of one contest that lack the same answers differ in the pupil alone; most lack none. Each is rendered once by the
view's template and filled in.
"""

from functools import lru_cache
from types import SimpleNamespace

from flask import Flask, render_template

from quiz.attempts import rules
from quiz.attempts.lane.page import open_paper
from quiz.attempts.lane.pieces import ATTEMPT, CSRF, DEADLINE, NONCE, Template, filled, filling, rendered, template
from quiz.web.lane import Asked, Reply, new_nonce

KEPT = 2000  # pages, about 6 KB each


class Confirmation:
    """The kept pages of one application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.page = lru_cache(KEPT)(self._make_page)

    def _make_page(
        self, title: str, total: int, unanswered: tuple[int, ...], half: tuple[int, ...], locale: str
    ) -> Template:
        def make() -> str:
            return render_template(
                "attempts/confirm.html", attempt=SimpleNamespace(public_id=ATTEMPT), sitting=SimpleNamespace(title=title),
                unanswered=list(unanswered), half=list(half), answered=total - len(unanswered), total=total,
                deadline=DEADLINE,
            )  # fmt: skip

        return template(rendered(self._app, locale, make))


def confirm(asked: Asked) -> Reply | None:
    """The page of an open paper; any other is the view's."""
    found = open_paper(asked)
    if found is None:
        return None
    unanswered, half = rules.unfinished(found.paper, found.log.answers, found.items)
    pages: Confirmation = asked.app.extensions["confirmation"]
    page = pages.page(found.title, len(found.paper), tuple(unanswered), tuple(half), asked.locale)
    nonce = new_nonce()
    values = filling({ATTEMPT: asked.match[1], CSRF: asked.csrf_token, NONCE: nonce, DEADLINE: found.deadline})
    return Reply(b"".join(filled(page, values)), "text/html; charset=utf-8", nonce=nonce)
