"""Writes of notices. Every act checks that the actor manages the contest, holds it, and is audited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.holding import hold
from quiz.contests.models import Contest
from quiz.contests.notices import queries, rules
from quiz.contests.notices.models import ContestNotice
from quiz.contests.noting import note
from quiz.contests.queries import require_managed
from quiz.contests.services import MANAGE
from quiz.contests.stages import first_of
from quiz.errors import ConflictError


@dataclass(frozen=True)
class Wording:
    """What a notice says."""

    title: str
    text: str
    is_pinned: bool


def publish(
    session: Session, *, actor: Actor, contest: Contest, wording: Wording, key: str, now: datetime
) -> ContestNotice:
    """Publish a notice. With a key that was used before nothing happens and the first notice is returned.

    Raises DomainError naming the field, ConflictError when the contest has as many as may stand.
    """
    first = _held(session, actor, contest)
    if (done := session.scalar(sa.select(ContestNotice).where(ContestNotice.key == key))) is not None:
        if done.contest_id != first.id:
            raise ConflictError("这张表用过了。请重新打开页面。")
        return done
    _check(session, first, wording, None)
    notice = ContestNotice(
        key=key, contest_id=first.id, title=wording.title.strip(), text=wording.text.strip(),
        is_pinned=wording.is_pinned, published_by=actor.user_id, published_at=now,
    )  # fmt: skip
    session.add(notice)
    session.flush()
    note(session, first, "contest:notice:publish", actor.user_id, now, **_facts(notice))
    return notice


def change(
    session: Session, *, actor: Actor, contest: Contest, public_id: str, wording: Wording, revision: int, now: datetime
) -> ContestNotice:
    """Say it otherwise; the notice then says when it was changed. The same words again change nothing.

    Raises DomainError naming the field, ConflictError when somebody has changed it since ``revision`` was shown.
    """
    first = _held(session, actor, contest)
    notice = queries.get_notice(session, first, public_id)
    session.refresh(notice)
    wanted = (wording.title.strip(), wording.text.strip())
    is_reworded = wanted != (notice.title, notice.text)
    if not is_reworded and wording.is_pinned == notice.is_pinned:
        return notice
    if notice.revision != revision:
        raise ConflictError("这条公告刚刚有人改过。请重新打开，看一下现在的内容再改。")
    _check(session, first, wording, notice)
    before = notice.title
    notice.title, notice.text = wanted
    notice.is_pinned, notice.revision = wording.is_pinned, notice.revision + 1
    if is_reworded:  # pinned or not: the words are the same, and readers need not read them again
        notice.changed_at = now
    session.flush()
    note(session, first, "contest:notice:change", actor.user_id, now, **_facts(notice), old=before)
    return notice


def withdraw(session: Session, *, actor: Actor, contest: Contest, public_id: str, now: datetime) -> None:
    """Take a notice back; pages no longer show it."""
    first = _held(session, actor, contest)
    notice = queries.get_notice(session, first, public_id)
    notice.withdrawn_at = now
    session.flush()
    note(session, first, "contest:notice:withdraw", actor.user_id, now, **_facts(notice))


def _held(session: Session, actor: Actor, contest: Contest) -> Contest:
    """The contest's first stage, locked: two people at once take turns."""
    require_managed(session, contest, actor.scope(MANAGE))
    first = first_of(session, contest)
    hold(session, first)
    return first


def _check(session: Session, first: Contest, wording: Wording, own: ContestNotice | None) -> None:
    rules.check_notice(wording.title, wording.text)
    others = [one for one in queries.notices_of(session, first) if one is not own]
    if len(others) >= rules.MOST_STANDING:
        raise ConflictError("一场比赛最多有 %(most)s 条公告。请先撤下用不着的。", most=rules.MOST_STANDING)
    if wording.is_pinned and sum(one.is_pinned for one in others) >= rules.MOST_PINNED:
        raise ConflictError(
            "最多置顶 %(most)s 条公告。请先取消别的置顶。", field="is_pinned", most=rules.MOST_PINNED
        )  # fmt: skip


def _facts(notice: ContestNotice) -> dict[str, Any]:
    """What the audit log says of a notice."""
    return {"notice": notice.public_id, "title": notice.title, "revision": notice.revision}
