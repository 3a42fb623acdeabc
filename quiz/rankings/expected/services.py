"""Writes of the expected numbers: the count, a new count by an organiser, pupils excused and expected again.

A count is a few INSERT … SELECT in one transaction: killed anywhere, nothing is stored and the worker counts the same
moment again. Standings follow with the next tally, which is told to look at the rosters.
"""

from datetime import date, datetime
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.holding import hold
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import is_managed, require_managed, window_of
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.rankings.expected import queries, rules
from quiz.rankings.expected.models import Excuse, ExpectedClass, ExpectedCount, ExpectedHeadcount
from quiz.rankings.expected.rules import ExcuseKind
from quiz.rankings.models import ContestTally
from quiz.rankings.profiles import PROGRESS
from quiz.regions.queries import get_class

MANAGE = "contests.manage"
EXCUSE = "contests.excuse"


def count_first(session: Session, *, contest_id: int, now: datetime) -> ExpectedCount | None:
    """Count a contest whose moment has come, once. None where there is nothing to count (any more)."""
    contest = session.get(Contest, contest_id)
    if contest is None:
        return None
    hold(session, contest)
    is_live = contest.published_at is not None and contest.cancelled_at is None and not contest.has_named_pupils
    moment = queries.count_at(contest)
    if not is_live or now < moment or queries.valid_count(session, contest.id) is not None:
        return None
    return _count(session, contest, moment=moment, now=now)


def count_again(
    session: Session, *, actor: Actor, contest: Contest, day: date | None, reason: str, now: datetime
) -> tuple[ExpectedCount, ExpectedCount]:
    """Count a running contest anew, as of now or of the beginning of a day; returns (before, after). Audited.

    Raises DomainError naming the field, ConflictError before the first count and once the contest is over.
    """
    require_managed(session, contest, actor.scope(MANAGE))
    hold(session, contest)
    before = queries.valid_count(session, contest.id)
    opens_at, closes_at = window_of(contest)
    if before is None:
        raise ConflictError("应参赛人数还没有核定，现在按今天的在籍人数估算，不用重新核定。")
    if now >= closes_at or contest.cancelled_at is not None:
        raise ConflictError("比赛已经结束，应参赛人数不能再改。")
    reason = rules.check_reason(reason)
    moment = now
    if day is not None:
        rules.check_day(day, opens_at, closes_at)
        moment = rules.count_moment(day, opens_at)
        if moment > now:
            raise DomainError("统计日还没有到。要按现在的在籍人数核定，请留空。", field="day")
    after = _count(session, contest, moment=moment, now=now, actor=actor, reason=reason)
    note(
        session, contest, "contest:expected:recount", actor.user_id, now, reason=reason, counted_at=moment.isoformat(), old=before.pupils, new=after.pupils,
    )  # fmt: skip
    return before, after


def _count(
    session: Session, contest: Contest, *, moment: datetime, now: datetime, actor: Actor | None = None,
    reason: str = "",
) -> ExpectedCount:  # fmt: skip
    """Store what is expected as of a moment in place of what was stored. The caller holds the contest."""
    earlier = queries.counts_of(session, contest)
    found = ExpectedCount(
        contest_id=contest.id, number=earlier[0].number + 1 if earlier else 1, counted_at=moment, made_at=now, reason=reason,
        made_by=actor.user_id if actor else None,
    )  # fmt: skip
    for model in (ExpectedClass, ExpectedHeadcount):
        session.execute(sa.delete(model).where(model.contest_id == contest.id))
    classes = queries.classes_query(contest, queries.enrolled_at(moment)).order_by(None)
    names = ["class_id", "school_id", "group_kind", "pupils"]
    _fill(session, ExpectedClass, contest, names, classes)
    _fill(session, ExpectedHeadcount, contest, names[1:], queries.headcounts_query(contest))
    found.schools, found.classes, found.pupils = session.execute(queries.totals_query(contest.id)).one()
    session.add(found)
    look_again(session, contest.id)
    session.flush()
    return found


def _fill(session: Session, model: Any, contest: Contest, names: list[str], rows: sa.Select[Any]) -> None:
    columns = rows.add_columns(sa.literal(contest.id))
    session.execute(sa.insert(model).from_select([*names, "contest_id"], columns))


def look_again(session: Session, contest_id: int) -> None:
    """Let the next tally look at who is expected, whether or not results have changed.

    The digest is made unlike any other: a tally or rebuild that has looked before this must not say that it has seen it.
    """
    _mark(session, ContestTally.contest_id == contest_id)


def look_again_from(session: Session, contest_id: int) -> None:
    """The same for contests whose progress is measured against this one, once its standings have moved."""
    later = sa.select(Contest.id).where(
        Contest.earlier_contest_id == contest_id, Contest.ranking_profile == PROGRESS.key
    )  # fmt: skip
    _mark(session, ContestTally.contest_id.in_(later))


def _mark(session: Session, which: sa.ColumnElement[bool]) -> None:
    marked = sa.update(ContestTally).where(which).values(gathered_at=None, facts_digest=token_hex(8))
    session.execute(marked, execution_options={"synchronize_session": False})


def excuse(
    session: Session, *, actor: Actor, contest: Contest, class_id: int, user_public_id: str, kind: ExcuseKind,
    reason: str, now: datetime,
) -> str:  # fmt: skip
    """Excuse one pupil of a class from one contest; returns the name. Pressed again it changes nothing. Audited.

    The pupil may sit all the same, and is then expected again; by the old class not, if they have moved to another one.
    Raises NotFoundError for a class out of scope and a pupil who is not counted there, ConflictError for one who has sat or
    is excused otherwise.
    """
    reason = rules.check_reason(reason)
    pupil = _pupil(session, actor, contest, class_id, user_public_id, now)
    if pupil.has_sat or (pupil.has_sat_anywhere and kind is not ExcuseKind.MOVED):
        raise ConflictError("这名学生已经交卷，算作参赛，不能标为不计入。")
    values = {"contest_id": contest.id, "user_id": pupil.id, "kind": kind, "reason": reason,
              "recorded_by": actor.user_id, "recorded_at": now}  # fmt: skip
    insert = insert_into(session, Excuse).values(**values).on_conflict_do_nothing()
    if session.scalar(insert.returning(Excuse.id)) is None:
        stored = queries.excuse_of(session, contest.id, pupil.id)
        if stored is None or (stored.kind, stored.reason) != (kind, reason):
            raise ConflictError("这名学生刚刚已经标为不计入。要改原因，请先恢复计入，再标一次。")
        return str(pupil.name)
    note(
        session,
        contest,
        "contest:expected:excuse",
        actor.user_id,
        now,
        user_id=pupil.id,
        class_id=class_id,
        kind=kind.value,
        reason=reason,
    )
    look_again(session, contest.id)
    return str(pupil.name)


def expect_again(
    session: Session, *, actor: Actor, contest: Contest, class_id: int, user_public_id: str, now: datetime
) -> str:
    """Take an excuse back; returns the pupil's name. Again it changes nothing. Audited; raises like :func:`excuse`."""
    pupil = _pupil(session, actor, contest, class_id, user_public_id, now)
    if pupil.excuse_id is None:
        return str(pupil.name)
    current = sa.update(Excuse).where(Excuse.id == pupil.excuse_id, Excuse.withdrawn_at.is_(None))
    taken = session.scalar(
        current.values(withdrawn_at=now, withdrawn_by=actor.user_id)
        .returning(Excuse.id)
        .execution_options(synchronize_session=False)
    )
    if taken is not None:
        note(
            session,
            contest,
            "contest:expected:expect",
            actor.user_id,
            now,
            user_id=pupil.id,
            class_id=class_id,
            kind=pupil.kind.value,
        )
        look_again(session, contest.id)
    return str(pupil.name)


def may_change(session: Session, actor: Actor, contest: Contest, now: datetime) -> bool:
    """Whether the actor may excuse pupils now: staff until the window closes, hosts afterwards too."""
    if contest.published_at is None or contest.cancelled_at is not None or not actor.can(EXCUSE):
        return False
    if contest.is_by_teams:  # whoever cannot come is replaced by a reserve
        return False
    return now < window_of(contest)[1] or is_managed(session, contest, actor.scope(MANAGE))


def _pupil(session: Session, actor: Actor, contest: Contest, class_id: int, user_public_id: str, now: datetime) -> Any:
    """The row of a pupil who is counted in a class of the actor's; ConflictError when nothing may be changed any more."""
    get_class(session, class_id, actor.scope(EXCUSE))
    if not may_change(session, actor, contest, now):
        raise ConflictError("比赛已经结束，只有主办方还能改不计入的学生。请联系主办方。")
    count = queries.valid_count(session, contest.id)
    rows = queries.pupils_of_class(session, contest, count, class_id, user_public_id)
    if not rows:
        raise NotFoundError("没有找到这名学生，或者统计那天不在这个班，本来就没有计入。")
    return rows[0]
