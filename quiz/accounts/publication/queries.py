"""Reads of consents: whose full name may be shown, where a class stands, what was said when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager

from quiz.accounts.models import Enrolment, User
from quiz.accounts.publication.models import PublicationConsent
from quiz.accounts.publication.rules import COVERING_TEXTS, NO_ANSWER, ConsentState, CurrentConsent
from quiz.accounts.queries import list_pupils
from quiz.db import in_batches
from quiz.errors import NotFoundError
from quiz.regions.models import SchoolClass
from quiz.regions.queries import classes_within
from quiz.regions.rules import Scope

PERMISSION = "consents.record"
BATCH = 500  # ids in one IN list


def _newest(rows: sa.Select[Any], user_ids: Collection[int]) -> sa.Select[Any]:
    """Of these rows of consents, the newest of each of these users."""
    later = aliased(PublicationConsent)
    is_newest = ~sa.exists().where(later.user_id == PublicationConsent.user_id, later.id > PublicationConsent.id)
    return rows.where(PublicationConsent.user_id.in_(user_ids), is_newest)


def publishable(session: Session, user_ids: Collection[int]) -> set[int]:
    """Which of these users' full names may be shown in public: one query, for the names of one page.

    Nobody's whose account was erased: consents are kept longer than names, and certificates keep theirs.
    """
    if not user_ids:
        return set()
    agreed = (
        sa.select(PublicationConsent.user_id)
        .join(User, User.id == PublicationConsent.user_id)
        .where(
            PublicationConsent.state == ConsentState.AGREED, PublicationConsent.text_version.in_(COVERING_TEXTS),
            User.erased_at.is_(None),
        )
    )  # fmt: skip
    return set(session.scalars(_newest(agreed, user_ids)))


def may_publish(session: Session, user_id: int) -> bool:
    """Whether this user's full name may be shown in public."""
    return user_id in publishable(session, [user_id])


def current_of(session: Session, user_ids: Sequence[int]) -> dict[int, CurrentConsent]:
    """The newest row of each of these users; those without any are missing."""
    found: dict[int, CurrentConsent] = {}
    for some in in_batches(user_ids, BATCH):
        query = _newest(sa.select(PublicationConsent), some)
        for row in session.scalars(query):
            found[row.user_id] = CurrentConsent(row.id, row.state, row.channel, row.text_version, row.recorded_at)
    return found


def current(session: Session, user_id: int) -> CurrentConsent:
    """Where one user stands."""
    return current_of(session, [user_id]).get(user_id, NO_ANSWER)


def of_class(session: Session, class_id: int) -> list[tuple[Enrolment, CurrentConsent]]:
    """The current pupils of a class and where each stands. The caller has checked the class against the scope."""
    pupils = list_pupils(session, class_id)
    found = current_of(session, [pupil.user_id for pupil in pupils])
    return [(pupil, found.get(pupil.user_id, NO_ANSWER)) for pupil in pupils]


def get_pupil(session: Session, public_id: str, scope: Scope) -> Enrolment:
    """A current pupil within the scope, with account, school and class; else NotFoundError."""
    query = (
        sa.select(Enrolment)
        .join(Enrolment.user)
        .join(Enrolment.school_class)
        .join(SchoolClass.school)
        .where(User.public_id == public_id, User.is_active, Enrolment.ended_at.is_(None), classes_within(scope))
        .options(contains_eager(Enrolment.user), contains_eager(Enrolment.school_class, SchoolClass.school))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这名学生。")
    return found


@dataclass(frozen=True)
class PastAnswer:
    """One row of a pupil's history; ``recorder`` is None where the pupil did it."""

    consent: PublicationConsent
    recorder: str | None

    @property
    def at(self) -> datetime:
        return self.consent.recorded_at


def history(session: Session, user_id: int) -> list[PastAnswer]:
    """Everything that was said about a pupil's name, newest first."""
    query = (
        sa.select(PublicationConsent, User.name)
        .join(User, User.id == PublicationConsent.recorded_by)
        .where(PublicationConsent.user_id == user_id)
        .order_by(PublicationConsent.id.desc())
    )
    return [PastAnswer(row, None if row.recorded_by == user_id else name) for row, name in session.execute(query)]
