"""A contest of adults beside the schools': one office, a few of its people, an invitation that is open."""

import random
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, Role
from quiz.accounts.rules import Actor
from quiz.accounts.services import create_pupil, create_staff
from quiz.contests.models import Contest
from quiz.contests.rules import ADULT_GROUPS, Basics, Place, Timing
from quiz.contests.services import create_contest, publish
from quiz.papers.rules import TEMPLATES
from quiz.regions.models import School, SchoolClass, SchoolKind
from quiz.regions.rules import EVERYWHERE
from quiz.regions.school_services import SchoolData, add_department, save_school
from quiz.registration.models import Registration, RegistrationLink
from quiz.registration.services import open_link
from quiz.seed import sittings
from quiz.seed.names import name
from quiz.seed.sittings import Report

TITLE = "禁毒知识公众答题（演示）"
OFFICE = "区政务服务中心（演示单位）"
PEOPLE = 12
SITTING = 9  # of them; the others may be tried out


def play(
    session: Session, *, organiser: Actor, secret_hash: str, password_hash: str, now: datetime, report: Report
) -> None:
    """Write the office, its contest and who has registered; ``organiser`` is the county's."""
    county = next(grant.region_id for grant in organiser.grants if grant.region_id)
    office = _office(session, organiser, county, now)
    create_staff(
        session, actor=None, name="演示单位管理员", username="demo-office", role=Role.SCHOOL_ADMIN, now=now,
        secret_hash=password_hash, is_demo=True, school_id=office.id,
    )  # fmt: skip
    opens = now - timedelta(days=2)
    home = Place("region", county)
    basics = Basics("national_pattern", TITLE, home, (home,), ADULT_GROUPS)
    timing = Timing(opens, now + timedelta(days=20), TEMPLATES["national_pattern"].duration_seconds, attempts_allowed=3)
    contest = create_contest(session, actor=organiser, basics=basics, timing=timing, now=opens)
    contest.is_demo = True
    publish(session, actor=organiser, contest=contest, now=opens)
    link = open_link(
        session, actor=organiser, school_id=office.id, contest_id=contest.public_id, asks_class=True, most=60,
        closes_at=now + timedelta(days=10), now=opens,
    )  # fmt: skip
    rng = random.Random(5)  # noqa: S311 - the same demonstration every time
    for number in range(PEOPLE):
        _register(session, office, link, number, name(rng, "630100"), secret_hash, opens)
    people = sittings.choose(session, contest, wanted=SITTING, rng=rng)
    sittings.play(
        session, contest, people, begin=opens + timedelta(hours=1), end=now - timedelta(hours=1), rng=rng,
        label="adults", report=report,
    )  # fmt: skip


def has(session: Session) -> bool:
    """Whether it is there."""
    return session.scalar(sa.select(Contest.id).where(Contest.title == TITLE, Contest.is_demo)) is not None


def visitor(session: Session) -> Enrolment | None:
    """Somebody of the office, for trying it out."""
    query = sa.select(Enrolment).join(School, School.id == Enrolment.school_id)
    return session.scalar(query.where(School.name == OFFICE, School.is_demo).order_by(Enrolment.id.desc()).limit(1))


def _office(session: Session, organiser: Actor, county: str, now: datetime) -> School:
    data = SchoolData(
        code=f"DW{county}01", name=OFFICE, kind=SchoolKind.OFFICE.value, county_id=county, slip_valid_days=180,
        is_active=True, headcounts={},
    )  # fmt: skip
    office = save_school(session, actor_id=organiser.user_id, scope=EVERYWHERE, school=None, data=data, now=now)
    office.is_demo = True
    for department in ("办公室", "窗口服务科"):
        add_department(session, actor_id=organiser.user_id, school=office, name=department, now=now)
    return office


def _register(
    session: Session, office: School, link: RegistrationLink, number: int, who: str, secret_hash: str, now: datetime
) -> None:
    """As the invitation does it, with the demonstration's known password."""
    query = sa.select(SchoolClass.id).where(SchoolClass.school_id == office.id).order_by(SchoolClass.id)
    classes = session.scalars(query).all()
    user = create_pupil(
        session, name=who, student_number=f"C{626001 + number}", school_id=office.id,
        class_id=classes[number % len(classes)], gender=None, now=now, secret_hash=secret_hash, is_demo=True,
    )  # fmt: skip
    session.add(Registration(link_id=link.id, user_id=user.id, form_key=secrets.token_urlsafe(18), created_at=now))
    link.registered += 1
    session.flush()
