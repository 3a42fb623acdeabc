"""The answering page of an open attempt, without a word about what was just sent (that is the view's)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa

from question_bank.model import Item
from quiz.accounts.models import User
from quiz.attempts import outlines, rules
from quiz.attempts.lane.sheet import Page, Sheet
from quiz.attempts.models import Attempt, AttemptStatus, ItemResponse, Sitting
from quiz.attempts.queries import LogState
from quiz.attempts.services.answers import ALIVE
from quiz.clock import LOCAL_ZONE
from quiz.direct import Statement, moment, plain
from quiz.items import catalogue
from quiz.web.lane import Asked, Reply, new_nonce


def _open(log: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The open attempt; ``log`` gathers its answers as [position, seq, choices], in no order."""
    answers = sa.select(log).where(ItemResponse.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
    return (
        sa.select(
            Attempt.id, Attempt.paper, Attempt.deadline_at, Sitting.grace_seconds, Sitting.title, User.public_id, answers
        )
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(User, User.id == Attempt.user_id)
        .where(
            Attempt.public_id == sa.bindparam("public_id"),
            Attempt.user_id == sa.bindparam("owner_id"),
            Attempt.status == AttemptStatus.IN_PROGRESS,
            ALIVE,
        )
    )  # fmt: skip


_row = ItemResponse.position, ItemResponse.seq
_OPEN = Statement(
    by_dialect={
        "sqlite": _open(sa.func.json_group_array(sa.func.json_array(*_row, sa.func.json(ItemResponse.choices)))),
        "postgresql": _open(sa.func.json_agg(sa.func.json_build_array(*_row, ItemResponse.choices))),
    }
)
_LOG = Statement(
    sa.select(ItemResponse.position, ItemResponse.seq, ItemResponse.choices)
    .where(ItemResponse.attempt_id == sa.bindparam("attempt_id"))
    .order_by(ItemResponse.seq)
)


@dataclass(frozen=True, slots=True)
class OpenPaper:
    """An attempt that takes answers: its paper with the items known to this process, and what has been answered."""

    attempt_id: int
    title: str
    user_id: str  # public
    grace_seconds: int
    deadline_at: datetime
    paper: list[dict[str, Any]]
    items: dict[int, Item]
    log: LogState

    @property
    def deadline(self) -> str:
        """The end as the page's clock shows it."""
        return self.deadline_at.astimezone(LOCAL_ZONE).strftime("%H:%M")


def open_paper(asked: Asked) -> OpenPaper | None:
    """The paper that is asked for, while answers may be given and all its items are known to this process."""
    who = asked.signed_in
    row = asked.direct.first(
        _OPEN,
        {"public_id": asked.match[1], "owner_id": who.user_id, "login_session_id": who.session_id, "now": asked.now},
    )
    if row is None:
        return None
    attempt_id, paper, deadline_at, grace_seconds, title, user_id, log = row
    paper, deadline_at = plain(paper), moment(deadline_at)
    items = {entry["position"]: catalogue.known(entry["item_id"], entry["version"]) for entry in paper}
    if rules.is_late(deadline_at, grace_seconds, asked.now) or None in items.values():
        return None
    state = _log_state(sorted(plain(log) or (), key=itemgetter(1)))
    return OpenPaper(attempt_id, title, user_id, grace_seconds, deadline_at, paper, cast(dict[int, Item], items), state)


def show(asked: Asked) -> Reply | None:
    """The page of an open paper."""
    public_id, found = asked.match[1], open_paper(asked)
    if found is None:
        return None
    outlines.keep(public_id, found.attempt_id, asked.signed_in.user_id, found.paper, found.grace_seconds)
    nonce = new_nonce()
    page = Page(
        public_id, found.user_id, found.title, found.paper, found.log, deadline=found.deadline,
        remaining=max(0.0, (found.deadline_at - asked.now).total_seconds()),
        csrf=asked.csrf_token, nonce=nonce, locale=asked.locale,
    )  # fmt: skip
    sheet: Sheet = asked.app.extensions["answering_sheet"]
    return Reply(sheet.render(page), "text/html; charset=utf-8", nonce=nonce)


def read_log(asked: Asked, attempt_id: int) -> LogState:
    """The answers that stand and the highest number, as queries.log_state reads them."""
    return _log_state(asked.direct.rows(_LOG, {"attempt_id": attempt_id}))


def _log_state(rows: Sequence[Any]) -> LogState:
    """The state after rows of (position, seq, choices) in the order of their numbers."""
    latest = {position: plain(choices) for position, _, choices in rows}
    answers = {position: choices for position, choices in sorted(latest.items()) if choices}
    return LogState(answers, rows[-1][1] if rows else 0)
