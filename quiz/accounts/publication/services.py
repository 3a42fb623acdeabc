"""Writes of consents. Every one adds a row and an entry to the audit log; nothing is ever changed or removed.

Each act holds the pupils' accounts for its transaction and looks at the newest row again, so that two of them follow each
other: an answer entered from a page that is no longer true never brings back what somebody has withdrawn meanwhile.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.accounts.publication.models import PublicationConsent
from quiz.accounts.publication.queries import BATCH, PERMISSION, current, current_of, get_pupil, of_class
from quiz.accounts.publication.rules import (
    CURRENT_TEXT,
    NO_ANSWER,
    TEXTS,
    ConsentChannel,
    ConsentState,
    CurrentConsent,
    roster_changes,
    roster_may_say,
    state_of,
)
from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.db import in_batches
from quiz.errors import ConflictError, DomainError
from quiz.regions.queries import get_class

VERBS = {
    ConsentState.AGREED: "agree",
    ConsentState.REFUSED: "refuse",
    ConsentState.UNANSWERED: "clear",
    ConsentState.WITHDRAWN: "withdraw",
}
OF_A_LIST = (ConsentState.AGREED, ConsentState.REFUSED, ConsentState.UNANSWERED)


@dataclass(frozen=True)
class Ticked:
    """What a class list says of one pupil; ``seen`` is the newest row that the page showed (0 for none)."""

    state: ConsentState
    seen: int


@dataclass(frozen=True)
class ListOutcome:
    """How many answers of a class list were written, and the names of pupils whose state had changed meanwhile."""

    written: int
    overtaken: tuple[str, ...]


def answer(
    session: Session,
    *,
    actor: Actor,
    public_id: str,
    pupil_agrees: bool,
    guardian_agrees: bool,
    text_version: str,
    seen: int,
    now: datetime,
) -> ConsentState:
    """Record what a printed form says of both. The same answer to the same text again changes nothing.

    Raises NotFoundError out of scope, DomainError for an unknown text, ConflictError when somebody has entered another
    answer since ``seen``, the newest row that the page showed.
    """
    pupil = get_pupil(session, public_id, actor.scope(PERMISSION))
    if text_version not in TEXTS:
        raise DomainError("不认识这张同意书的版本。请重新打印。")
    _hold(session, [pupil.user_id])
    before = current(session, pupil.user_id)
    if before.row_id != seen:
        raise ConflictError("这名学生的答复刚刚有人改过。请看一下现在的状态，再登记。")
    state = state_of(pupil_agrees, guardian_agrees)
    newest = session.get(PublicationConsent, before.row_id)
    if newest is None or (newest.state, newest.pupil_agrees, newest.guardian_agrees, newest.text_version) != (
        state, pupil_agrees, guardian_agrees, text_version,
    ):  # fmt: skip
        _add(
            session, pupil.user_id, state, ConsentChannel.FORM, actor, now,
            pupil_agrees=pupil_agrees, guardian_agrees=guardian_agrees, text_version=text_version,
        )  # fmt: skip
    return state


def answer_class(
    session: Session, *, actor: Actor, class_id: int, ticked: Mapping[str, Ticked], now: datetime
) -> ListOutcome:
    """Record a class list ticked from paper forms, by public id; whoever is not named or not of the class is left alone.

    A withdrawal is not undone by a tick: that takes a new form, entered on the pupil's page. Raises NotFoundError for a
    class out of scope.
    """
    get_class(session, class_id, actor.scope(PERMISSION))
    pupils = [pupil for pupil, _ in of_class(session, class_id) if pupil.user.public_id in ticked]
    _hold(session, [pupil.user_id for pupil in pupils])
    found = current_of(session, [pupil.user_id for pupil in pupils])
    written, overtaken = 0, []
    for pupil in pupils:
        before, wanted = found.get(pupil.user_id, NO_ANSWER), ticked[pupil.user.public_id]
        if before.row_id != wanted.seen or before.state is ConsentState.WITHDRAWN:
            overtaken.append(pupil.user.name)
        elif wanted.state in OF_A_LIST and _is_news(before, wanted.state):
            agrees = True if wanted.state is ConsentState.AGREED else None
            _add(session, pupil.user_id, wanted.state, ConsentChannel.FORM, actor, now,
                 pupil_agrees=agrees, guardian_agrees=agrees)  # fmt: skip
            written += 1
    return ListOutcome(written, tuple(overtaken))


def _is_news(before: CurrentConsent, state: ConsentState) -> bool:
    return before.state is not state or before.is_outdated


def withdraw(session: Session, *, actor: Actor, public_id: str, now: datetime) -> str:
    """Mask the name again because pupil or guardian asked; returns the name. Twice is as good as once.

    Raises NotFoundError out of scope.
    """
    pupil = get_pupil(session, public_id, actor.scope(PERMISSION))
    _withdraw(session, pupil.user_id, ConsentChannel.REQUEST, actor, now)
    return pupil.user.name


def withdraw_own(session: Session, *, actor: Actor, now: datetime) -> None:
    """A pupil takes the own name back; it needs nobody else. Twice is as good as once."""
    _withdraw(session, actor.user_id, ConsentChannel.PUPIL, actor, now)


def _withdraw(session: Session, user_id: int, channel: ConsentChannel, actor: Actor, now: datetime) -> None:
    _hold(session, [user_id])
    if current(session, user_id).state is ConsentState.AGREED:
        _add(session, user_id, ConsentState.WITHDRAWN, channel, actor, now)


def take_roster(session: Session, *, actor: Actor, says: Mapping[int, bool], now: datetime) -> int:
    """Record what a confirmed roster says, by user id; returns how many answers are new. The caller holds the school.

    One entry in the audit log for the whole file, with the ids. What may not be taken is passed over: the preview warned.
    """
    user_ids = sorted(says)
    _hold(session, user_ids)
    found = current_of(session, user_ids)
    taken: dict[bool, list[int]] = {True: [], False: []}
    for user_id in user_ids:
        before, is_yes = found.get(user_id, NO_ANSWER), says[user_id]
        if roster_may_say(before, is_yes) and roster_changes(before, is_yes):
            taken[is_yes].append(user_id)
    session.add_all(
        PublicationConsent(
            user_id=user_id, state=ConsentState.AGREED if is_yes else ConsentState.REFUSED,
            pupil_agrees=is_yes or None, guardian_agrees=is_yes or None, channel=ConsentChannel.ROSTER,
            text_version=CURRENT_TEXT, recorded_at=now, recorded_by=actor.user_id,
        )
        for is_yes, ids in taken.items() for user_id in ids
    )  # fmt: skip
    session.flush()
    if taken[True] or taken[False]:
        record(
            session, "roster:consent:take", now=now, actor_id=actor.user_id, object_type="text", object_id=CURRENT_TEXT,
            agreed=taken[True], refused=taken[False],
        )  # fmt: skip
    return len(taken[True]) + len(taken[False])


def _hold(session: Session, user_ids: Collection[int]) -> None:
    """Lock the accounts, in one order (the weaker lock: sign-ins and answers do not wait)."""
    for ids in in_batches(sorted(user_ids), BATCH):
        held = sa.select(User.id).where(User.id.in_(ids)).order_by(User.id)
        session.execute(held.with_for_update(key_share=True))


def _add(
    session: Session,
    user_id: int,
    state: ConsentState,
    channel: ConsentChannel,
    actor: Actor,
    now: datetime,
    *,
    pupil_agrees: bool | None = None,
    guardian_agrees: bool | None = None,
    text_version: str = CURRENT_TEXT,
) -> None:
    session.add(
        PublicationConsent(
            user_id=user_id, state=state, pupil_agrees=pupil_agrees, guardian_agrees=guardian_agrees, channel=channel,
            text_version=text_version, recorded_at=now, recorded_by=actor.user_id,
        )
    )  # fmt: skip
    session.flush()
    record(
        session, f"pupil:consent:{VERBS[state]}", now=now, actor_id=actor.user_id, object_type="user",
        object_id=user_id, channel=channel.value, text_version=text_version,
    )  # fmt: skip
