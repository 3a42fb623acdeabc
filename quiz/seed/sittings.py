"""Simulated pupils: they sign in, start, think, change their minds, hand in or run out of time.

Everything goes through the services that a browser reaches; only the time is simulated.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.kinds import kind_of
from question_bank.model import ChoiceGrade, Item, ItemKind
from quiz.accounts.models import Enrolment, User
from quiz.accounts.rules import Actor
from quiz.accounts.services.sign_in import open_session
from quiz.attempts import services as attempts
from quiz.attempts.models import Attempt
from quiz.attempts.queries import item_at
from quiz.clock import LOCAL_ZONE
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest
from quiz.contests.services import enter_and_start

#: How likely a pupil sits a contest at an hour of the day: lessons most, some evenings, no nights.
BY_HOUR = {8: 0.7, 9: 1.0, 10: 1.0, 11: 0.8, 14: 0.8, 15: 1.0, 16: 1.0, 17: 0.6, 19: 0.3, 20: 0.3, 21: 0.1}
SATURDAY, WEEKEND = 5, 0.2
MOST_DRAWS = 200

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Participant:
    """A pupil who will take part, and how able they are (0 = average)."""

    user_id: int
    school_id: int
    ability: float


def choose(
    session: Session, contest: Contest, *, wanted: int, rng: random.Random, without: Sequence[int] = ()
) -> list[Participant]:
    """About ``wanted`` eligible pupils; of many schools every ninth takes no part at all, the others in different degree."""
    rows = session.execute(eligible_enrolments(contest).order_by(sa.text("user_id"))).all()
    schools = sorted({row.school_id for row in rows})
    least = 0.4 if len(schools) > 1 else 0.9
    zeal = {school: 0.0 if index % 9 == 5 else rng.uniform(least, 1.0) for index, school in enumerate(schools)}
    level = {school: rng.gauss(0.4, 0.45) for school in schools}
    able = [row for row in rows if row.user_id not in without and rng.random() < zeal[row.school_id]]
    rng.shuffle(able)
    return [Participant(row.user_id, row.school_id, rng.gauss(level[row.school_id], 0.8)) for row in able[:wanted]]


def has_begun(session: Session, contest: Contest) -> bool:
    """Whether anybody has sat it."""
    here = Attempt.sitting_id.in_([group.sitting_id for group in contest.groups])
    return session.scalar(sa.select(Attempt.id).where(here).limit(1)) is not None


def play(
    session: Session,
    contest: Contest,
    participants: Sequence[Participant],
    *,
    begin: datetime,
    end: datetime,
    rng: random.Random,
    label: str,
    report: Report,
) -> None:
    """Let each participant sit once between ``begin`` and ``end`` (see :func:`moment`), then close what was left open."""
    for done, pupil in enumerate(participants, start=1):
        start = moment(begin, end, rng)
        _sit(session, contest, pupil, start=start, rng=rng)
        report(f"sittings, {label}", done, len(participants))
    while attempts.close_due(session, now=end + timedelta(hours=5)):
        pass


def moment(begin: datetime, end: datetime, rng: random.Random) -> datetime:
    """Some time between two others at which pupils sit contests; any, where there seems to be no such time between them."""
    for _ in range(MOST_DRAWS):
        at = begin + (end - begin) * rng.random()
        local = at.astimezone(LOCAL_ZONE)
        usual = BY_HOUR.get(local.hour, 0.0) * (1.0 if local.weekday() < SATURDAY else WEEKEND)
        if rng.random() < usual:
            break
    return at


def actor_of(session: Session, user_id: int, *, session_id: str) -> Actor:
    """The pupil as the services know who is acting."""
    user = session.get_one(User, user_id)
    enrolment = session.scalars(
        sa.select(Enrolment).where(Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
    ).one()
    return Actor(
        user_id=user_id, public_id=user.public_id, name=user.name, kind="pupil", session_id=session_id,
        version=user.session_version, school_id=enrolment.school_id, class_id=enrolment.class_id,
    )  # fmt: skip


def _sit(session: Session, contest: Contest, pupil: Participant, *, start: datetime, rng: random.Random) -> None:
    version = session.get_one(User, pupil.user_id).session_version
    login = open_session(session, user_id=pupil.user_id, version=version, method="slip", now=start)
    actor = actor_of(session, pupil.user_id, session_id=login.id)
    attempt = enter_and_start(session, contest_public_id=contest.public_id, actor=actor, now=start)
    clock = _answer_all(session, attempt, pupil, login.id, start=start, rng=rng)
    if clock is not None and rng.random() > 0.03:  # three in a hundred forget to hand in
        attempts.submit_attempt(session, attempt_public_id=attempt.public_id, user_id=pupil.user_id, now=clock)


def _answer_all(
    session: Session, attempt: Attempt, pupil: Participant, login_id: str, *, start: datetime, rng: random.Random
) -> datetime | None:
    """Answer item by item; returns the time at the end, None when the time ran out on the way."""
    clock, seq, pace = start, 0, rng.uniform(9, 34)
    for entry in attempt.paper:
        item = item_at(session, entry)
        tries = 2 if rng.random() < 0.06 else 1  # some change their answer
        for _ in range(tries):
            clock += timedelta(seconds=max(3.0, rng.gauss(pace, pace / 4)))
            if clock > attempt.deadline_at:
                return None
            seq += 1
            attempts.save_answer(
                session, attempt_public_id=attempt.public_id, user_id=pupil.user_id, login_session_id=login_id,
                seq=seq, position=entry["position"], choices=pick(item, pupil.ability, rng), now=clock,
            )  # fmt: skip
    return clock + timedelta(seconds=rng.uniform(3, 40))


def pick(item: Item, ability: float, rng: random.Random) -> list[str]:
    """An answer: right with a probability that rises with ability and falls with difficulty."""
    chance = 1 / (1 + math.exp(-(ability + 1.3 - 0.55 * (item.difficulty - 2))))
    right = list(kind_of(item).right_response(item))
    if rng.random() < chance:
        return right
    if item.kind is ItemKind.BLANK:
        return ["不知道"]
    if item.kind in (ItemKind.ORDERING, ItemKind.MATCHING):
        values = [part.split(":")[1] for part in right]
        return [f"{row}:{value}" for row, value in zip(item.choice_ids, values[1:] + values[:1], strict=True)]
    wrong = [choice.id for choice in item.choices if [choice.id] != right]
    if item.kind is ItemKind.MULTIPLE:
        size = rng.randint(1, len(item.choices))
        return sorted(rng.sample([choice.id for choice in item.choices], size))
    acceptable = [choice.id for choice in item.choices if choice.grade is ChoiceGrade.ACCEPTABLE]
    return [rng.choice(acceptable)] if acceptable and rng.random() < 0.7 else [rng.choice(wrong)]
