"""Demonstration data, played through the real services. Each stage is one transaction and is skipped when it is there.

Killed in the middle, the next start goes on with the first stage that is missing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, Role, RoleGrant, User
from quiz.accounts.rules import Actor, Grant, username_key
from quiz.accounts.secrets import hash_secret
from quiz.accounts.services import create_staff
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.contests.notices.services import Wording
from quiz.contests.notices.services import publish as publish_notice
from quiz.contests.organisers import Organisers
from quiz.contests.rules import Basics, ContestGroupKind, Place, Timing
from quiz.contests.services import change_paper, change_text, create_contest, publish
from quiz.papers.rules import TEMPLATES
from quiz.practice.models import PracticeSource
from quiz.practice.queries import band_of
from quiz.practice.services import answer, run_item, start_run
from quiz.regions.models import School, SchoolClass, SchoolKind
from quiz.seed import adults, bank, expected, places, sittings, stages, teams

Report = Callable[[str, int, int], None]
PIN = "626626"
PASSWORD = "qingyuan-demo-626"  # noqa: S105 - printed in the README; the site says so on every staff page
GROUPS = (
    ContestGroupKind.PRIMARY,
    ContestGroupKind.JUNIOR,
    ContestGroupKind.SENIOR,
    ContestGroupKind.VOCATIONAL,
)
FINISHED = "青海省“6·26”青少年禁毒知识竞赛（演示）"
RUNNING = "青海省青少年禁毒知识竞赛 · 第二期（演示）"
COMING = "“健康人生 绿色无毒”学校竞赛（演示）"
ENROLLED_FOR = timedelta(days=60)
ORGANISERS = Organisers(
    ("青海省禁毒委员会办公室（演示）", "青海省教育厅（演示）", "共青团青海省委（演示）"),
    ("各市州教育局（演示）",),
    ("各县区学校（演示）",),
)
NOTICES = (
    ("怎样参加", "用学校发的学号和口令登录，在“比赛”里点“开始答题”。\n忘了口令，找班主任重置。", True),
    ("网络不好的学校可以错开时间", "整个开放期内随时可以作答。请学校按年级错开，不要都挤在开放的第一个小时。", False),
)
QUIZ = "班会课：遇到陌生人递来的东西（演示）"


@dataclass(frozen=True)
class Scale:
    """How much is played; tests play less."""

    schools: int = 60
    class_size: int = 20
    finished: int = 1500
    running: int = 260


def play(session: Session, *, now: datetime, report: Report, scale: Scale | None = None) -> None:
    """Write what is missing of the demonstration."""
    size = scale or Scale()
    if not _has_people(session):
        _people(session, size, now, report)
        session.commit()
    if not bank.has_desk(session):
        bank.play_desk(session, pupil=visitors(session)[0].user_id, now=now)
        session.commit()
    contests = {FINISHED: _finished, RUNNING: _running, COMING: _coming, QUIZ: _class_quiz}
    for title, contest in contests.items():
        if not _has_contest(session, title):
            contest(session, size, now, report)
            session.commit()
    if not adults.has(session):
        adults.play(
            session, organiser=_staff_actor(session, "demo-county"), secret_hash=hash_secret(PIN),
            password_hash=hash_secret(PASSWORD), now=now, report=report,
        )  # fmt: skip
        session.commit()
    _expect(session, now)
    first = _first_stage(session)
    if first is not None and not stages.is_complete(session, first):
        organiser, other = _staff_actor(session, "demo-province"), _staff_actor(session, "demo-admin")
        stages.play(session, first, organiser, other, now=now, report=report)
    if not teams.is_complete(session):
        staff = teams.Staff(*(_staff_actor(session, name) for name in ("demo-province", "demo-admin", "demo-school")))
        teams.play(session, staff, visitors(session), now=now, report=report)


def _expect(session: Session, now: datetime) -> None:
    """Count who is expected; the showcase class excuses a few."""
    running = session.scalars(sa.select(Contest).where(Contest.title == RUNNING, Contest.is_demo)).one()
    free = visitors(session)
    teacher, here = _staff_actor(session, "demo-teacher"), free[0].class_id
    expected.play(session, running, teacher, here, without=[one.user_id for one in free], now=now)
    session.commit()


def is_complete(session: Session) -> bool:
    """Whether every part is there."""
    first = _first_stage(session)
    return (
        _has_people(session)
        and bank.has_desk(session)
        and all(_has_contest(session, title) for title in (FINISHED, RUNNING, COMING, QUIZ))
        and adults.has(session)
        and first is not None
        and stages.is_complete(session, first)
        and teams.is_complete(session)
    )


def _first_stage(session: Session) -> Contest | None:
    return session.scalar(sa.select(Contest).where(Contest.title == FINISHED, Contest.is_demo))


def _has_contest(session: Session, title: str) -> bool:
    return session.scalar(sa.select(Contest.id).where(Contest.title == title, Contest.is_demo)) is not None


def _has_people(session: Session) -> bool:
    return session.scalar(sa.select(User.id).where(User.username_key == "demo-admin")) is not None


def _people(session: Session, size: Scale, now: datetime, report: Report) -> None:
    pin_hash, password_hash = hash_secret(PIN), hash_secret(PASSWORD)  # each once: they are the same for all

    def staff(username: str, name: str, role: Role, **place: Any) -> int:
        user, _password = create_staff(
            session, actor=None, name=name, username=username, role=role, now=now, secret_hash=password_hash,
            is_demo=True, **place,
        )  # fmt: skip
        return user.id

    admin = staff("demo-admin", "演示系统管理员", Role.ADMIN)
    places.build(
        session, schools=size.schools, class_size=size.class_size, actor_id=admin, pin_hash=pin_hash, now=now,
        report=report,
    )  # fmt: skip
    of_demo = Enrolment.user_id.in_(sa.select(User.id).where(User.is_demo))
    session.execute(sa.update(Enrolment).where(of_demo).values(started_at=now - ENROLLED_FOR))  # contests began since
    school = _showcase(session)
    staff("demo-editor", "演示题库编辑", Role.EDITOR)
    staff("demo-checker", "演示审题老师", Role.EDITOR)
    staff("demo-province", "演示省禁毒办", Role.PROVINCE_ORGANISER, region_id="630000")
    staff("demo-xining", "演示西宁市组织者", Role.PREFECTURE_ORGANISER, region_id="630100")
    staff("demo-county", "演示区县组织者", Role.COUNTY_ORGANISER, region_id=school.county_id)
    staff("demo-school", "演示学校管理员", Role.SCHOOL_ADMIN, school_id=school.id)
    staff("demo-teacher", "演示班主任", Role.TEACHER, class_id=_showcase_class(session, school).id)


def _showcase(session: Session) -> School:
    """The junior school of 西宁 where the demonstration's teacher works."""
    query = sa.select(School).where(School.prefecture_id == "630100", School.kind == SchoolKind.JUNIOR, School.is_demo)
    return session.scalars(query.order_by(School.id).limit(1)).one()


def _showcase_class(session: Session, school: School) -> SchoolClass:
    query = sa.select(SchoolClass).where(SchoolClass.school_id == school.id).order_by(SchoolClass.cohort_year.desc())
    return session.scalars(query.order_by(SchoolClass.id).limit(1)).one()


def visitors(session: Session) -> list[Enrolment]:
    """Two pupils of the showcase class, kept free so that a visitor can sit the running contest at once."""
    school_class = _showcase_class(session, _showcase(session))
    query = sa.select(Enrolment).where(Enrolment.class_id == school_class.id).order_by(Enrolment.id).limit(2)
    return list(session.scalars(query))


def _staff_actor(session: Session, username: str) -> Actor:
    user = session.scalars(sa.select(User).where(User.username_key == username_key(username))).one()
    grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == user.id))
    return Actor(
        user_id=user.id, public_id=user.public_id, name=user.name, kind="staff", session_id="", version=1,
        grants=tuple(Grant(grant.role.value, grant.region_id, grant.school_id, grant.class_id) for grant in grants),
    )  # fmt: skip


def _province_contest(
    session: Session, *, title: str, timing: Timing, template: str, published: datetime, notice: str
) -> Contest:
    actor = _staff_actor(session, "demo-province")
    home = Place("region", "630000")
    basics = Basics(template=template, title=title, host=home, places=(home,), groups=GROUPS)
    contest = create_contest(session, actor=actor, basics=basics, timing=timing, now=published)
    change_paper(
        session, actor=actor, contest=contest, rows=contest.groups[0].sitting.paper_spec.rows,
        ranking_profile="national", has_public_board=True, now=published,
    )  # fmt: skip
    change_text(
        session, actor=actor, contest=contest, title=title, theme="健康人生 绿色无毒", organisers=ORGANISERS,
        notice=notice, now=published,
    )  # fmt: skip
    contest.is_demo = True
    return publish(session, actor=actor, contest=contest, now=published)


def _finished(session: Session, size: Scale, now: datetime, report: Report) -> None:
    opens, closes = school_time(now, days=-30, hour=8), school_time(now, days=-16, hour=22)
    timing = Timing(opens, closes, TEMPLATES["national_pattern"].duration_seconds)
    contest = _province_contest(
        session, title=FINISHED, timing=timing, template="national_pattern", published=opens - timedelta(days=2),
        notice="每人一次机会，答完可以看成绩；比赛结束后公布答案和解析。",
    )  # fmt: skip
    _sit(
        session,
        contest,
        wanted=size.finished,
        begin=opens,
        end=closes - timedelta(hours=1),
        seed=1,
        label="finished contest",
        report=report,
    )


def _running(session: Session, size: Scale, now: datetime, report: Report) -> None:
    opens = school_time(now, days=-1, hour=8)
    timing = Timing(
        opens, school_time(now, days=30, hour=22), TEMPLATES["national_pattern"].duration_seconds, attempts_allowed=3
    )
    contest = _province_contest(
        session, title=RUNNING, timing=timing, template="national_pattern", published=opens - timedelta(days=1),
        notice="每人最多三次，取最好成绩。遇到不会的题别着急，答完去练习里补。",
    )  # fmt: skip
    for title, text, is_pinned in NOTICES:
        publish_notice(
            session, actor=_staff_actor(session, "demo-province"), contest=contest, wording=Wording(title, text, is_pinned),
            key=f"demo-{title}"[:64], now=opens,
        )  # fmt: skip
    _sit(
        session,
        contest,
        wanted=size.running,
        begin=opens,
        end=now - timedelta(hours=6),
        seed=2,
        label="running contest",
        report=report,
    )


def _coming(session: Session, size: Scale, now: datetime, report: Report) -> None:
    opens = school_time(now, days=3, hour=8)
    timing = Timing(opens, school_time(now, days=10, hour=22), TEMPLATES["school_contest"].duration_seconds)
    _province_contest(
        session, title=COMING, timing=timing, template="school_contest", published=now - timedelta(hours=2),
        notice="50 道题，60 分钟。找一个安静的地方，手机电量充足再开始。",
    )  # fmt: skip


def _class_quiz(session: Session, size: Scale, now: datetime, report: Report) -> None:
    actor = _staff_actor(session, "demo-teacher")
    school_class = _showcase_class(session, _showcase(session))
    home = Place("class", str(school_class.id))
    opens = school_time(now, days=-2, hour=10)
    timing = Timing(opens, opens + timedelta(minutes=40), TEMPLATES["class_quiz"].duration_seconds)
    basics = Basics("class_quiz", QUIZ, home, (home,), (ContestGroupKind.JUNIOR,))
    contest = create_contest(session, actor=actor, basics=basics, timing=timing, now=opens - timedelta(minutes=5))
    contest.is_demo = True
    publish(session, actor=actor, contest=contest, now=opens - timedelta(minutes=4))
    _sit(
        session,
        contest,
        wanted=999,
        begin=opens,
        end=opens + timedelta(minutes=25),
        seed=3,
        label="class quiz",
        report=report,
        everybody=True,
    )
    for visitor in visitors(session):
        _practise(session, visitor, now)


def _sit(
    session: Session, contest: Contest, *, wanted: int, begin: datetime, end: datetime, seed: int, label: str,
    report: Report, everybody: bool = False,
) -> None:  # fmt: skip
    rng = random.Random(seed)  # noqa: S311 - the same demonstration every time
    without = [] if everybody else [visitor.user_id for visitor in visitors(session)]
    chosen = sittings.choose(session, contest, wanted=wanted, rng=rng, without=without)
    sittings.play(session, contest, chosen, begin=begin, end=end, rng=rng, label=label, report=report)


def school_time(now: datetime, *, days: int, hour: int) -> datetime:
    """A full hour of school time, so many days from today."""
    local = now.astimezone(LOCAL_ZONE) + timedelta(days=days)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)


def _practise(session: Session, visitor: Enrolment, now: datetime) -> None:
    """A practice run of some days ago, with mistakes, so that notebook and review have something to show."""
    rng = random.Random(visitor.id)  # noqa: S311
    at = now - timedelta(days=2)
    band = band_of(session, visitor.class_id, at)
    run = start_run(
        session, user_id=visitor.user_id, source=PracticeSource.TOPIC, topic="refusal", band=band, now=at, rng=rng
    )
    for position in range(1, len(run.items) + 1):
        item, _order = run_item(session, run, position)
        at += timedelta(seconds=25)
        answer(session, run=run, position=position, choices=sittings.pick(item, -0.6, rng), now=at)


def accounts_text(session: Session) -> str:
    """The table of demonstration accounts that a start prints."""
    lines = [
        "",
        "  Demonstration accounts (the data is invented; never enter real pupils here)",
        f"    staff, password {PASSWORD}, at /sign-in/staff:",
        "      demo-province  demo-xining  demo-county  demo-school  demo-teacher  demo-editor  demo-checker  demo-admin",
        f"    pupils, PIN {PIN}, at /sign-in:",
    ]
    for visitor in visitors(session):
        lines.append(
            f"      {visitor.school.name}（{visitor.school.code}）  学号 {visitor.student_number}  {visitor.user.name}"
        )
    if (adult := adults.visitor(session)) is not None:
        lines += [
            f"    an adult of an office, password {PIN}, at /sign-in (its manager: demo-office):",
            f"      {adult.school.name}（{adult.school.code}）  参赛号 {adult.student_number}  {adult.user.name}",
        ]
    return "\n".join(lines)
