"""A contest of school teams: registered with reserves, one stand-in, sat, honoured, and the best on their way to the final.

Modelled on those that are held: some forty teams of three sit on one afternoon, eight meet again in the final.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment
from quiz.accounts.rules import Actor
from quiz.contests import services as contests
from quiz.contests.eligibility import eligible_enrolments, group_column, open_enrolments
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.contests.rules import Basics, ContestGroupKind, Place, Timing
from quiz.contests.teams import services
from quiz.contests.teams.models import Team
from quiz.contests.teams.queries import MemberLine, number_of, own_team
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.contests.teams.services import TeamInput
from quiz.papers.rules import TEMPLATES
from quiz.promotion.rules import Plan, Quota, Ties, UnitLevel
from quiz.regions.models import School, SchoolClass
from quiz.seed import honours, sittings, stages
from quiz.seed.names import name
from quiz.seed.sittings import Report

TITLE = "青海省青少年禁毒知识团体赛（演示）"
FIRST, FINAL = "团体初赛", "团体决赛"
ORGANISERS = Organisers(("青海省禁毒委员会办公室（演示）", "青海省教育厅（演示）"), (), ("各县区学校（演示）",))
NOTICE = "每队三人，各答一卷，三人得分相加为全队成绩；队员来不了，请老师登记候补上场。"
UNIT = Unit(StageUnit.TEAM, size=3, reserves=1, per_school=2)
LENGTH = timedelta(hours=3)  # from two in the afternoon
MOST_TEAMS = 46
SEATS = 8
PRESENT = 0.97
REASON = "参赛当天发烧，家长已请假"
#: What a prefecture is known for; its teams are named after it and one of SYMBOLS.
WORDS = {
    "630100": "湟水", "630200": "河湟", "632200": "祁连", "632300": "热贡", "632500": "青海湖", "632600": "黄河源",
    "632700": "三江源", "632800": "柴达木",
}  # fmt: skip
SYMBOLS = ("格桑花", "雪豹", "雄鹰", "白杨", "藏羚羊", "晨光", "清泉", "红柳", "青禾", "磐石")


@dataclass(frozen=True)
class Staff:
    """Who holds the contest, who confirms and registers teams of schools without an account, and a school of its own."""

    organiser: Actor
    other: Actor
    school: Actor


def play(session: Session, staff: Staff, visitors: Sequence[Enrolment], *, now: datetime, report: Report) -> None:
    """Write what is missing; commits several times. Done again after a kill, it goes on where it was.

    The first of ``visitors`` is in a team, the second its reserve, who stands in; the team is good enough for the final.
    """
    first = _first(session)
    if first is None:
        opens = _afternoon(now - timedelta(days=12))
        first = _announced(session, staff.organiser, visitors[0], opens)
        _register(session, first, staff, visitors, opens - timedelta(days=5))
        _stand_in(session, first, staff.school, visitors, opens - timedelta(hours=5))
        _sit(session, first, visitors[0], report)
        session.commit()
    done = stages.closes(first) + timedelta(days=1)
    stages.later_stage(
        session, first, staff.organiser, FINAL, at=done, opens=_afternoon(now + timedelta(days=6)), length=LENGTH,
        own_name=FIRST,
    )  # fmt: skip
    if not stages.is_promoted(session, first):
        seats = min(SEATS, number_of(session, first.id) // 2)
        plan = Plan(UnitLevel.WHOLE, Ties.ALL_IN, {first.groups[0].kind.value: Quota(number=seats, reserves=2)})
        run = stages.tried(session, first, staff.organiser, plan, done)
        stages.confirm_and_publish(session, first, staff.organiser, staff.other, run, done)
        session.commit()
    if not honours.is_done(session, first):
        honours.play(
            session, first, staff.organiser, staff.other, tiers=honours.TEAMS, prefix="QH-DEMO-T", now=done
        )  # fmt: skip


def is_complete(session: Session) -> bool:
    """Whether everything of this has been played."""
    first = _first(session)
    return first is not None and stages.is_promoted(session, first) and honours.is_done(session, first)


def _first(session: Session) -> Contest | None:
    return session.scalar(sa.select(Contest).where(Contest.title == TITLE, Contest.is_demo))


def _afternoon(at: datetime) -> datetime:
    """Two o'clock of school time on that day."""
    return stages.morning(at) + timedelta(hours=6)


def _announced(session: Session, actor: Actor, visitor: Enrolment, opens: datetime) -> Contest:
    """The contest of the visitor's group, open for teams to register."""
    now, home = opens - timedelta(days=10), Place("region", "630000")
    timing = Timing(
        opens, opens + LENGTH, TEMPLATES["national_pattern"].duration_seconds, release_results="after_close"
    )  # fmt: skip
    basics = Basics("national_pattern", TITLE, home, (home,), (_group(session, visitor, opens),))
    contest = contests.create_contest(session, actor=actor, basics=basics, timing=timing, now=now)
    contest.is_demo = True
    contests.change_timing(session, actor=actor, contest=contest, timing=timing, unit=UNIT, now=now)
    contests.change_paper(
        session, actor=actor, contest=contest, rows=contest.groups[0].sitting.paper_spec.rows,
        ranking_profile="average", has_public_board=True, now=now,
    )  # fmt: skip
    contests.change_text(
        session, actor=actor, contest=contest, title=TITLE, theme="健康人生 绿色无毒", organisers=ORGANISERS,
        notice=NOTICE, now=now,
    )  # fmt: skip
    return contests.publish(session, actor=actor, contest=contest, now=now)


def _group(session: Session, visitor: Enrolment, at: datetime) -> ContestGroupKind:
    """The group in which the visitor competes; in the first days of a school year it is still that of the year before."""
    query = sa.select(group_column(at)).select_from(SchoolClass).join(School, School.id == SchoolClass.school_id)
    return ContestGroupKind(session.scalars(query.where(SchoolClass.id == visitor.class_id)).one())


def _register(
    session: Session, contest: Contest, staff: Staff, visitors: Sequence[Enrolment], now: datetime
) -> None:  # fmt: skip
    """A team of every school that has enough pupils, and a second one of some."""
    rng = random.Random(6)  # noqa: S311 - the same demonstration every time
    symbols = {prefecture: iter(SYMBOLS) for prefecture in WORDS}
    for rows in _line_ups(session, contest, visitors, rng)[:MOST_TEAMS]:
        school, place = session.get_one(School, rows[0].school_id), str(rows[0].prefecture_id)
        symbol = next(symbols[place], None)
        if symbol is None:
            continue
        numbers = [row.student_number for row in rows]
        values = TeamInput(
            f"{WORDS[place]}{symbol}队", name(rng, place),
            "\n".join(numbers[: UNIT.size]), "\n".join(numbers[UNIT.size :]), school.code,
        )  # fmt: skip
        actor = staff.school if school.id == visitors[0].school_id else staff.other
        services.register(session, actor=actor, contest=contest, values=values, now=now)


def _line_ups(
    session: Session, contest: Contest, visitors: Sequence[Enrolment], rng: random.Random
) -> list[list[Any]]:  # fmt: skip
    """Pupils for whole teams, the reserve last: first one team of each school, the visitors' before all, then second ones."""
    of_school: dict[int, list[Any]] = {visitors[0].school_id: []}
    for row in session.execute(open_enrolments(contest).order_by(Enrolment.school_id, Enrolment.id)):
        of_school.setdefault(row.school_id, []).append(row)
    for rows in of_school.values():
        rng.shuffle(rows)
    own = of_school[visitors[0].school_id]
    own.sort(key=lambda row: row.class_id != visitors[0].class_id)  # classmates are in one team
    for visitor, place in zip(visitors, (0, UNIT.size), strict=True):
        found = next(row for row in own if row.user_id == visitor.user_id)
        own.remove(found)
        own.insert(place, found)
    size = UNIT.size + UNIT.reserves
    cut = [[rows[start : start + size] for rows in of_school.values()] for start in range(0, UNIT.limit * size, size)]
    return [rows for some in cut for rows in some if len(rows) == size]


def _stand_in(
    session: Session, contest: Contest, actor: Actor, visitors: Sequence[Enrolment], now: datetime
) -> None:  # fmt: skip
    """The second visitor, a reserve, comes for a member who is ill."""
    team, members = _visitors_team(session, contest, visitors[0])
    left = next(one for one in reversed(members) if not one.is_reserve)
    services.stand_in(
        session, actor=actor, contest=contest, team=team, out_public_id=left.public_id,
        in_public_id=visitors[1].user.public_id, reason=REASON, now=now,
    )  # fmt: skip


def _visitors_team(session: Session, contest: Contest, visitor: Enrolment) -> tuple[Team, list[MemberLine]]:
    found = own_team(session, contest.id, visitor.user_id)
    if found is None:
        raise LookupError("the visitor is in no team")
    return found.team, found.members


def _sit(session: Session, contest: Contest, visitor: Enrolment, report: Report) -> None:
    """Whoever is in a team and came; the visitor's team did, and is good."""
    rng = random.Random(7)  # noqa: S311 - the same demonstration every time
    _, members = _visitors_team(session, contest, visitor)
    best = {one.user_id for one in members}
    rows = session.execute(eligible_enrolments(contest).order_by(Enrolment.user_id)).all()
    there = [row for row in rows if rng.random() < PRESENT or row.user_id in best]
    pupils = [
        sittings.Participant(row.user_id, row.school_id, 3.0 if row.user_id in best else rng.gauss(0.8, 0.8))
        for row in there
    ]
    sitting = contest.groups[0].sitting
    end = sitting.closes_at - timedelta(hours=1)
    sittings.play(
        session, contest, pupils, begin=sitting.opens_at, end=end, rng=rng, label="team contest", report=report
    )
