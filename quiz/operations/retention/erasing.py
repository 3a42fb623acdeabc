"""How rows of each kind are erased. Every function takes ids that are too old and may be called again with the same ones."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, LoginSession, LoginSlip, LoginThrottle, PublicationConsent, User
from quiz.accounts.roster.models import ImportStatus, RosterImport
from quiz.accounts.throttle import account_key
from quiz.appeals.models import Appeal, AppealStep
from quiz.attempts.models import Attempt, ItemResponse
from quiz.awards.models import CertificateBatch, CertificatePart
from quiz.items.importing.models import ItemImport, ItemImportStatus
from quiz.jobs.models import Job
from quiz.operations.retention.rules import Kind
from quiz.practice.models import Mistake, PracticeAnswer, PracticeRun, ReviewCard, ReviewLog
from quiz.reports.signals.models import IntegritySignal

NOBODY = "*"  # the name of who was erased: the same masked or not
Eraser = Callable[[Session, Sequence[Any], datetime, datetime], None]  # ids, before, now


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def _delete(table: Any, key: Any) -> Eraser:
    return lambda session, ids, _before, _now: _run(session, sa.delete(table).where(key.in_(ids)))


def _marks(session: Session, ids: Sequence[Any], _before: datetime, _now: datetime) -> None:
    _run(session, sa.update(Attempt).where(Attempt.id.in_(ids)).values(device_mark=None))


def _answers(session: Session, ids: Sequence[Any], _before: datetime, now: datetime) -> None:
    """Reduce attempts to their score, times and place: what rankings are counted from stays as it is."""
    reduced: dict[str, Any] = {"paper": [], "marks": None, "device_mark": None, "reduced_at": now}
    _run(session, sa.update(Attempt).where(Attempt.id.in_(ids), Attempt.reduced_at.is_(None)).values(**reduced))
    _run(session, sa.delete(ItemResponse).where(ItemResponse.attempt_id.in_(ids)))  # a re-mark has waited for the row


def _accounts(session: Session, ids: Sequence[Any], _before: datetime, now: datetime) -> None:
    """Take from pupils what says who they are, and their practice; the account's number stands for them in results.

    Certificates keep what is printed on them. Pupils' own words in appeals go, the outcome stays.
    """
    ids = _still_gone(session, ids)
    gone = {"name": NOBODY, "secret_hash": None, "is_active": False, "erased_at": now}
    _run(
        session,
        sa.update(User)
        .where(User.id.in_(ids), User.erased_at.is_(None))
        .values(**gone, session_version=User.session_version + 1),
    )
    number = sa.literal("-").concat(sa.cast(Enrolment.id, sa.String))
    _run(
        session, sa.update(Enrolment).where(Enrolment.user_id.in_(ids)).values(student_number=number, gender=None)
    )  # fmt: skip
    own_appeals = sa.select(Appeal.id).where(Appeal.user_id.in_(ids))
    _run(
        session,
        sa.update(AppealStep).where(AppealStep.appeal_id.in_(own_appeals), AppealStep.by.in_(ids)).values(text=""),
    )
    _run(
        session,
        sa.delete(ReviewLog).where(ReviewLog.card_id.in_(sa.select(ReviewCard.id).where(ReviewCard.user_id.in_(ids)))),
    )
    for table in (ReviewCard, Mistake, PracticeAnswer, PracticeRun, LoginSlip, LoginSession):
        _run(session, sa.delete(table).where(table.user_id.in_(ids)))
    _run(session, sa.delete(LoginThrottle).where(LoginThrottle.key.in_([account_key(one) for one in ids])))


def _still_gone(session: Session, ids: Sequence[Any]) -> list[Any]:
    """Those who have not come back meanwhile. The accounts are held, so that nobody can come back from here on."""
    session.execute(sa.select(User.id).where(User.id.in_(ids)).order_by(User.id).with_for_update())
    back = set(
        session.scalars(sa.select(Enrolment.user_id).where(Enrolment.user_id.in_(ids), Enrolment.ended_at.is_(None)))
    )
    return [one for one in ids if one not in back]


def _rosters(session: Session, ids: Sequence[Any], before: datetime, now: datetime) -> None:
    _run(session, sa.update(RosterImport).where(RosterImport.id.in_(ids)).values(file_data=None))
    gone = {"status": ImportStatus.DISCARDED, "finished_at": now, "rows": None, "plan": None}
    unfinished = RosterImport.status.in_([ImportStatus.QUEUED, ImportStatus.READY])
    old = (RosterImport.id.in_(ids), RosterImport.created_at < before, unfinished)
    _run(session, sa.update(RosterImport).where(*old).values(**gone))


def _item_imports(session: Session, ids: Sequence[Any], _before: datetime, now: datetime) -> None:
    gone = {"status": ItemImportStatus.DISCARDED, "finished_at": now, "found": None, "file_data": None}
    unfinished = ItemImport.status.in_([ItemImportStatus.QUEUED, ItemImportStatus.READY])
    _run(session, sa.update(ItemImport).where(ItemImport.id.in_(ids), unfinished).values(**gone))


def _exports(session: Session, ids: Sequence[Any], _before: datetime, _now: datetime) -> None:
    _run(session, sa.delete(CertificatePart).where(CertificatePart.batch_id.in_(ids)))
    _run(session, sa.delete(CertificateBatch).where(CertificateBatch.id.in_(ids)))


ERASERS: dict[Kind, Eraser] = {
    Kind.SESSIONS: _delete(LoginSession, LoginSession.id),
    Kind.THROTTLES: _delete(LoginThrottle, LoginThrottle.key),
    Kind.DEVICE_MARKS: _marks,
    Kind.SIGNALS: _delete(IntegritySignal, IntegritySignal.id),
    Kind.ANSWERS: _answers,
    Kind.ACCOUNTS: _accounts,
    Kind.CONSENTS: _delete(PublicationConsent, PublicationConsent.id),
    Kind.ROSTER_IMPORTS: _rosters,
    Kind.ITEM_IMPORTS: _item_imports,
    Kind.EXPORTS: _exports,
    Kind.JOBS: _delete(Job, Job.id),
}
