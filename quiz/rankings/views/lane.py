"""A pupil's board in the lane (quiz/web/lane.py): the usual case, while this process has the shared page of this tally.

One statement looks at the session and reads the own places; everything else goes on to the view, which makes the page.
"""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qs

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from markupsafe import escape

from quiz.accounts.models import LoginSession, User, UserKind
from quiz.direct import Statement
from quiz.rankings import places
from quiz.rankings.models import PupilStanding
from quiz.rankings.rules import results_open
from quiz.rankings.views import shared, student
from quiz.rankings.views.choices import read
from quiz.rankings.views.own import seconds_known
from quiz.web import lane
from quiz.web.lane import Asked, Reply
from quiz.web.shared_cache import SharedCache

LONGEST_QUERY = 200
_OWN = Statement(places.own_statement(
    *student.OF_PUPIL,
    LoginSession.id == sa.bindparam("session_id"), LoginSession.user_version == User.session_version,
    LoginSession.revoked_at.is_(None), LoginSession.expires_at > sa.bindparam("now"), User.is_active,
    User.kind == UserKind.PUPIL, ~User.must_change_secret,
    further=(*student.POLICY, User.name.label("viewer")),
    join=lambda rows: student.with_policy(rows)
    .join(User, User.id == PupilStanding.user_id)
    .join(LoginSession, LoginSession.user_id == User.id),
))  # fmt: skip


class Boards:
    """Answers GET /rankings/<contest>."""

    def __init__(self, cache: SharedCache, token: Callable[[str], str]) -> None:
        self._cache = cache
        self._token = token
        self._ids: dict[str, int] = {}  # of published contests, by public id: neither ever changes

    def __call__(self, asked: Asked) -> Reply | None:
        """The page, or None for whatever is not the usual case."""
        query = asked.environ.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
        if len(query) > LONGEST_QUERY or "%00" in query:
            return None
        contest_id = self._contest_id(asked)
        if contest_id is None:
            return None
        keys = {"user_id": asked.signed_in.user_id, "session_id": asked.signed_in.session_id,
                "contest_id": contest_id, "now": asked.now}  # fmt: skip
        row = asked.direct.first(_OWN, keys)
        if row is None:
            return None
        viewer = student.viewer_of(row, asked.now)
        own = viewer.own
        if not results_open(viewer.sitting, asked.now):
            return None
        values = parse_qs(query)
        wanted = read(values.get("level", [""])[0], values.get("show", [""])[0])
        key = student.key_of(asked.match[1], wanted, viewer)
        page = self._cache.peek(shared.localised(key, asked.locale))
        elapsed = seconds_known(asked.locale, own.elapsed_seconds) if own else ""
        if page is None or elapsed is None:
            return None
        name = row[places.OWN_COLUMNS + len(student.POLICY)]
        user_id = asked.signed_in.user_id
        slots, owner, mine = student.personal(page, viewer, wanted.level, user_id, name, elapsed, asked.direct)
        nonce = lane.new_nonce()
        path = asked.environ["PATH_INFO"]
        slots |= {
            "csrf": self._token(asked.signed_in.csrf), "nonce": nonce, "flashes": "",
            "path": str(escape(f"{path}?{query}" if query else path)),
        }  # fmt: skip
        body = shared.fill_with(page, slots, owner, mine)
        return Reply(body, content_type="text/html; charset=utf-8", nonce=nonce)

    def _contest_id(self, asked: Asked) -> int | None:
        """The contest's id; None where none is published."""
        public_id = asked.match[1]
        if public_id not in self._ids:
            row = asked.direct.first(student.PUBLISHED, {"public_id": public_id})
            if row is None:
                return None
            self._ids[public_id] = row[0]
        return self._ids[public_id]


def init_app(app: Flask) -> None:
    """Register the way."""
    tokens = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
    token = lru_cache(lane.KEPT)(lambda raw: str(tokens.dumps(raw)))  # signed once: tokens do not expire
    lane.add(app, "GET", "/rankings/<public_id>", Boards(app.extensions["shared_cache"], token), takes_query=True)
