"""A promotion's steps: declared, tried, confirmed by another person, published once; and decisions about single pupils."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.models import Contest, Entry
from quiz.contests.noting import note
from quiz.contests.queries import require_managed, state_of
from quiz.contests.remarks.queries import check_none_applying
from quiz.contests.rules import ContestState
from quiz.contests.stages import next_stage
from quiz.db import in_batches, insert_into, move, write_intent
from quiz.errors import ConflictError, DomainError
from quiz.jobs.queries import is_stuck
from quiz.jobs.services import enqueue
from quiz.promotion import queries, rules
from quiz.promotion.models import PromotionDecision, PromotionPlan, PromotionRemark, PromotionRun, RunState
from quiz.promotion.rules import DecisionKind, Outcome, Plan, UnitLevel, Verdict
from quiz.promotion.teams import queries as team_queries
from quiz.promotion.teams import services as teams
from quiz.promotion.teams.models import TeamDecision, TeamRemark
from quiz.rankings.expected.services import look_again
from quiz.rankings.frozen import freeze_in_force
from quiz.rankings.queries import tally_of

PERMISSION = "contests.promote"
COUNT = "promotion.count"
BATCH = 2000
Beat = Callable[[int, int], None]


def reads_of(contest: Contest) -> Any:
    """The questions about the candidates of a stage: pupils or teams, by the same names."""
    return team_queries if contest.is_by_teams else queries


def declare(session: Session, *, actor: Actor, contest: Contest, plan: Plan, now: datetime) -> None:
    """Save how this stage promotes. Raises DomainError naming the field that cannot be right."""
    require_managed(session, contest, actor.scope(PERMISSION))
    rules.check_plan(plan)
    if contest.is_by_teams and plan.level is UnitLevel.CLASS:
        raise DomainError("按队比时，名额给学校、县区、市州，或全部一起排。", field="level")
    known = {group.kind.value for group in contest.groups}
    plan = Plan(plan.level, plan.ties, {group: quota for group, quota in plan.quotas.items() if group in known})
    values = {"settings": plan.to_dict(), "changed_by": actor.user_id, "changed_at": now}
    statement = insert_into(session, PromotionPlan).values(contest_id=contest.id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["contest_id"], set_=values))
    session.expire_all()
    note(session, contest, "contest:promotion:declare", actor.user_id, now, plan=plan.to_dict())


def copy_plan(session: Session, *, actor: Actor, source: Contest, contest: Contest, now: datetime) -> None:
    """Declare for a stage what was declared for another one, if anything was."""
    if queries.is_declared(session, source):
        declare(session, actor=actor, contest=contest, plan=queries.plan_of(session, source), now=now)


def request(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> PromotionRun:
    """Ask for a trial; the one that is open is returned.

    Raises ConflictError while the stage is not settled, nothing was declared or no stage follows.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    after = _next(session, contest, now)
    if not queries.is_declared(session, contest):
        raise ConflictError("请先保存晋级办法。")
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("这个赛段没有发布，或者已经取消。")
    check_none_applying(session, contest.id)
    if not queries.is_settled(session, contest, now) or tally_of(session, contest.id) is None:
        raise ConflictError("这个赛段还没有结束，或者成绩还在统计。结束一分钟后再试算。")
    plan = queries.plan_of(session, contest)
    values = {
        "contest_id": contest.id, "next_stage_id": after.id, "state": RunState.COUNTING, "plan": plan.to_dict(),
        "basis": reads_of(contest).basis_of(session, contest, plan), "asked_by": actor.user_id, "asked_at": now,
    }  # fmt: skip
    statement = insert_into(session, PromotionRun).values(**values).on_conflict_do_nothing()
    made = session.scalar(statement.returning(PromotionRun.id))
    if made is None:
        found = queries.open_run(session, contest)
        if found is None:
            raise ConflictError("请刷新页面再试一次。")
        return found
    run = session.get_one(PromotionRun, made)
    _enqueue(session, run, now)
    note(session, contest, "contest:promotion:try", actor.user_id, now, run=run.public_id)
    return run


def is_over(after: Contest, now: datetime) -> bool:
    """Whether nobody can enter this next stage any more."""
    return state_of(after, now) in (ContestState.FINISHED, ContestState.CANCELLED)


def _next(session: Session, contest: Contest, now: datetime) -> Contest:
    """The stage to which this one promotes, as long as somebody can enter it."""
    after = next_stage(session, contest)
    if after is None:
        raise ConflictError("后面还没有赛段，请先加一个赛段。")
    if is_over(after, now):
        raise ConflictError("下一赛段“%(stage)s”已经结束或取消，不能再改晋级名单。", stage=after.stage_name)
    if contest.is_by_teams and after.is_by_teams and contest.team_size != after.team_size:
        raise ConflictError(
            "下一赛段每队 %(after)s 人，这个赛段每队 %(size)s 人，队不能原样晋级。请先改下一赛段的人数。",
            after=after.team_size, size=contest.team_size,
        )  # fmt: skip
    return after


def count(session: Session, *, run_id: int, now: datetime, beat: Beat) -> None:
    """The trial: reads the standings, writes everybody's verdict. Run again, it counts again."""
    summary: dict[str, Any] | None = None
    refusal: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = []
    table: type[Any] = PromotionRemark
    intent = write_intent.set(False)
    try:
        run = session.get(PromotionRun, run_id)
        if run is None or run.state is not RunState.COUNTING:
            return
        contest = session.get_one(Contest, run.contest_id)
        table = TeamRemark if contest.is_by_teams else PromotionRemark
        summary, rows = _verdicts(session, contest, Plan.from_dict(run.plan), beat)
    except DomainError as error:
        refusal = {"message": error.message, "params": error.params}
    finally:
        session.rollback()
        write_intent.reset(intent)
    session.execute(sa.delete(table).where(table.run_id == run_id))
    state = RunState.REFUSED if summary is None else RunState.READY
    run = session.get_one(PromotionRun, run_id)
    if move(session, run, RunState.COUNTING, state, summary=summary, error=refusal, counted_at=now):
        for batch in in_batches(rows, BATCH):
            session.execute(sa.insert(table), [{"run_id": run_id, **row} for row in batch])


def _verdicts(
    session: Session, contest: Contest, plan: Plan, beat: Beat
) -> tuple[dict[str, Any], list[dict[str, Any]]]:  # fmt: skip
    check_none_applying(session, contest.id)
    tally, named = tally_of(session, contest.id), queries.decisions_of(session, contest)
    if tally is None:
        raise DomainError("成绩还没有统计好，请过一会儿再试算。")
    if contest.is_by_teams:
        return teams.verdicts(session, contest, tally, plan, beat)
    verdicts: dict[str, Sequence[Verdict]] = {}
    keys: dict[int, int] = {}
    ties: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for group, quota in plan.quotas.items():
        placed = {one.candidate.user_id: one for one in queries.candidates(session, tally, group, plan.level)}
        candidates = [one.candidate for one in placed.values()]
        verdicts[group], open_ties = rules.decided(quota, plan.ties, candidates, named)
        ties += [queries.tie_row(group, one, placed) for one in open_ties]
        keys |= {user_id: one.candidate.order_key for user_id, one in placed.items()}
        for one in verdicts[group]:
            found = placed[one.user_id]
            rows.append(
                {
                    "user_id": one.user_id, "group_kind": group, "unit_id": one.unit, "school_id": found.school_id,
                    "class_id": found.class_id, "order_key": found.candidate.order_key, "place": one.place,
                    "seats": one.seats, "outcome": one.outcome, "reason": one.reason, "number": one.number,
                }
            )  # fmt: skip
        beat(len(rows), max(len(rows), tally.counted))
    return queries.summary(verdicts, keys) | {"ties": ties}, rows


def confirm(session: Session, *, actor: Actor, contest: Contest, run: PromotionRun, now: datetime) -> None:
    """The second person's word. Said twice, it changes nothing.

    Raises DomainError for the person who asked for the trial, ConflictError when standings, plan or decisions have changed
    since, or somebody is undecided.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if actor.user_id == run.asked_by:
        raise DomainError("晋级名单要由另一个人确认。请另一位组织者或管理员打开这一页。")
    if run.state in (RunState.CONFIRMED, RunState.PUBLISHED):
        return
    _check_current(session, contest, run)
    undecided = sum(one.get(Outcome.UNDECIDED.value, 0) for one in (run.summary or {}).get("groups", {}).values())
    if undecided and contest.is_by_teams:
        raise ConflictError("还有 %(count)s 队要加赛才能定，请先记下加赛的结果，再重新试算。", count=undecided)
    if undecided:
        raise ConflictError("还有 %(count)s 人要加赛才能定，请先记下加赛的结果，再重新试算。", count=undecided)
    if move(session, run, RunState.READY, RunState.CONFIRMED, confirmed_by=actor.user_id, confirmed_at=now):
        note(session, contest, "contest:promotion:confirm", actor.user_id, now, run=run.public_id)
    elif run.state not in (RunState.CONFIRMED, RunState.PUBLISHED):
        raise ConflictError("这次试算现在不能确认，请刷新页面。")


def withdraw(session: Session, *, actor: Actor, contest: Contest, run: PromotionRun, now: datetime) -> None:
    """Give a run up that is not published; nothing was changed by it."""
    require_managed(session, contest, actor.scope(PERMISSION))
    for state in (RunState.READY, RunState.CONFIRMED, RunState.COUNTING):
        if move(session, run, state, RunState.WITHDRAWN):
            note(session, contest, "contest:promotion:withdraw", actor.user_id, now, run=run.public_id)
            return
    if run.state not in (RunState.WITHDRAWN, RunState.REFUSED):
        raise ConflictError("名单已经发布，不能撤回。可以改决定后重新试算。")


def publish(session: Session, *, actor: Actor, contest: Contest, run: PromotionRun, now: datetime) -> None:
    """Write the entries of the next stage, once; the whole of it in one transaction.

    Who is in an earlier list and not in this one is taken back, unless they have begun to answer there.
    Raises ConflictError for a run that is not confirmed or no longer current.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if run.state is RunState.PUBLISHED:
        return
    _next(session, contest, now)
    if freeze_in_force(session, contest.id, now) is not None:
        raise ConflictError("这个赛段还在封榜，晋级名单一发布名次就看得出来。请先解封。")
    session.scalar(sa.select(Contest.id).where(Contest.id == run.next_stage_id).with_for_update())
    _check_current(session, contest, run)
    if not move(session, run, RunState.CONFIRMED, RunState.PUBLISHED, published_by=actor.user_id, published_at=now):
        if run.published_at is not None:  # somebody pressed it at the same moment
            return
        raise ConflictError("名单要先由另一个人确认，才能发布。")
    _hold_entries(session, run)
    change = reads_of(contest).change_of(session, run)
    if contest.is_by_teams:
        teams.take_back(session, run, change, now)
        teams.enter(session, run, change, actor.user_id, now)
    else:
        _enter(session, run, now)
        if change.leaving:
            _take_back(session, run, change.leaving, now)
    note(session, contest, "contest:promotion:publish", actor.user_id, now, run=run.public_id, asked_by=run.asked_by,
        confirmed_by=run.confirmed_by, entering=len(change.entering), leaving=len(change.leaving), kept=len(change.kept),
    )  # fmt: skip
    look_again(session, run.next_stage_id)


def _hold_entries(session: Session, run: PromotionRun) -> None:
    """Keep who is in the next stage as they are: a start there holds its entry, so nobody begins while places are taken back."""
    there = sa.select(Entry.id).where(Entry.contest_id == run.next_stage_id, Entry.withdrawn_at.is_(None))
    session.execute(there.order_by(Entry.id).with_for_update()).all()


def _enter(session: Session, run: PromotionRun, now: datetime) -> None:
    """An entry for everybody who is through; those who had one keep it with its minutes."""
    after = session.get_one(Contest, run.next_stage_id)
    groups = {group.kind.value: group.id for group in after.groups}
    query = sa.select(
        PromotionRemark.user_id, PromotionRemark.group_kind, PromotionRemark.school_id, PromotionRemark.class_id
    ).where(PromotionRemark.run_id == run.id, PromotionRemark.outcome == Outcome.THROUGH)
    rows = [
        {
            "contest_id": after.id, "group_id": groups[group], "user_id": user_id, "school_id": school_id,
            "class_id": class_id, "extra_seconds": 0, "created_at": now,
        }
        for user_id, group, school_id, class_id in session.execute(query)
    ]  # fmt: skip
    statement = insert_into(session, Entry)
    again = statement.on_conflict_do_update(
        index_elements=["contest_id", "user_id"], set_={"withdrawn_at": None, "group_id": statement.excluded.group_id}
    )
    for some in in_batches(rows, BATCH):
        session.execute(again, some)


def _take_back(session: Session, run: PromotionRun, leaving: frozenset[int], now: datetime) -> None:
    for users in in_batches(sorted(leaving), BATCH):
        session.execute(
            sa.update(Entry)
            .where(Entry.contest_id == run.next_stage_id, Entry.user_id.in_(users))
            .values(withdrawn_at=now)
            .execution_options(synchronize_session=False)
        )


def decide(
    session: Session, *, actor: Actor, contest: Contest, user_id: int, kind: DecisionKind, reason: str, now: datetime
) -> None:
    """Decide about one pupil (in a stage by teams, about a team by its id); an earlier decision is revoked by it.

    Takes effect with the next trial.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if not reason.strip():
        raise DomainError("请写明原因，当事人申诉时要用。", field="reason")
    _revoke(session, actor, contest, user_id, now)
    values = {
        "contest_id": contest.id, "kind": kind, "reason": reason.strip()[:200], "decided_by": actor.user_id,
        "decided_at": now,
    }  # fmt: skip
    about = TeamDecision(team_id=user_id, **values) if contest.is_by_teams else None
    session.add(about or PromotionDecision(user_id=user_id, **values))
    session.flush()
    note(session, contest, "contest:promotion:decide", actor.user_id, now, **_whom(contest, user_id), kind=kind.value,
        reason=reason.strip()[:200],
    )  # fmt: skip


def _whom(contest: Contest, key: int) -> dict[str, int]:
    """Whom a decision is about, for the log."""
    return {"team_id" if contest.is_by_teams else "user_id": key}


def revoke(session: Session, *, actor: Actor, contest: Contest, user_id: int, now: datetime) -> None:
    """Take the decision about a pupil (or team) back; the row stays with who did it and when."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if _revoke(session, actor, contest, user_id, now):
        note(session, contest, "contest:promotion:revoke", actor.user_id, now, **_whom(contest, user_id))


def _revoke(session: Session, actor: Actor, contest: Contest, key: int, now: datetime) -> bool:
    session.scalar(sa.select(Contest.id).where(Contest.id == contest.id).with_for_update())  # one decision at a time
    table: Any = TeamDecision if contest.is_by_teams else PromotionDecision
    whom = table.team_id if contest.is_by_teams else table.user_id
    stands = sa.update(table).where(table.contest_id == contest.id, whom == key, table.revoked_at.is_(None))
    done = stands.values(revoked_by=actor.user_id, revoked_at=now).returning(table.id)
    return session.scalar(done.execution_options(synchronize_session=False)) is not None


def resume(session: Session, *, actor: Actor, contest: Contest, run: PromotionRun, now: datetime) -> None:
    """Start a trial again that was given up after several failures."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if run.state is RunState.COUNTING and is_stuck(queries.job_of(session, run)):
        _enqueue(session, run, now)


def is_current(session: Session, contest: Contest, run: PromotionRun) -> bool:
    """Whether standings, plan and decisions are still those of the run."""
    plan = queries.plan_of(session, contest)
    return bool(run.basis == reads_of(contest).basis_of(session, contest, plan))


def _check_current(session: Session, contest: Contest, run: PromotionRun) -> None:
    check_none_applying(session, contest.id)
    if not is_current(session, contest, run):
        raise ConflictError("试算以后，成绩、晋级办法或决定有变。请撤回这次试算，重新试算。")


def _enqueue(session: Session, run: PromotionRun, now: datetime) -> None:
    enqueue(session, COUNT, now=now, payload={"run_id": run.id}, key=f"promotion:{run.id}")
