"""Writes of registering oneself: invitations are opened and closed, people come, wrong ones are removed. All audited."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz.accounts import throttle
from quiz.accounts.models import Enrolment, LoginSession, User
from quiz.accounts.roster.apply import leave_school
from quiz.accounts.rules import Actor
from quiz.accounts.secrets import demand_room, hash_secret, new_token, verify_secret
from quiz.accounts.services import create_pupil
from quiz.accounts.services.sign_in import open_session
from quiz.attempts.models import Attempt
from quiz.audit.services import record
from quiz.contests.queries import window_of
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.regions.models import School, SchoolClass
from quiz.regions.rules import NO_GRADE, PARENTS, WHOLE_UNIT
from quiz.registration import rules
from quiz.registration.models import Registration, RegistrationLink
from quiz.registration.queries import (
    classes_to_choose,
    contests_open_to,
    find_link,
    get_link,
    get_unit,
    may_ask_class,
)
from quiz.registration.rules import LinkState

REMOVED = "（已移除）"  # instead of the name of somebody who was removed
TRIES = 5  # of finding a number that is free


def open_link(
    session: Session,
    *,
    actor: Actor,
    school_id: int,
    contest_id: str,
    asks_class: bool,
    most: int,
    closes_at: datetime,
    now: datetime,
) -> RegistrationLink:
    """Open an invitation of a unit to a contest that its adults may enter; it closes with the contest at the latest.

    Raises NotFoundError outside the scope, DomainError on the field that is wrong.
    """
    school = get_unit(session, actor, school_id)
    contest = next((one for one in contests_open_to(session, school, now) if one.public_id == contest_id), None)
    if contest is None:
        raise DomainError("请选择一场本单位能参加的比赛。", field="contest")
    closes_at = min(closes_at, window_of(contest)[1])
    rules.check_invitation(closes_at=closes_at, most=most, now=now)
    if asks_class and not may_ask_class(actor, school):
        raise DomainError("班级列表只能由学校自己开放。请不选班级，或请学校管理员开。", field="asks_class")
    if asks_class and not classes_to_choose(session, school, now):
        raise DomainError("还没有可选的班级或科室。请先建好，或不选班级。", field="asks_class")
    class_id = None if asks_class else _common_class(session, school)
    link = RegistrationLink(
        code=new_token(), contest_id=contest.id, school_id=school.id, class_id=class_id, asks_class=asks_class,
        most=most, registered=0, closes_at=closes_at, created_at=now, created_by=actor.user_id,
    )  # fmt: skip
    session.add(link)
    session.flush()
    record(
        session, "registration:link:open", now=now, actor_id=actor.user_id, object_type="school", object_id=school.id,
        link=link.id, contest=contest.id, most=most, closes_at=closes_at.isoformat(), asks_class=asks_class,
    )  # fmt: skip
    return link


def close_link(session: Session, *, actor: Actor, school_id: int, link_id: int, now: datetime) -> None:
    """Admit nobody more; who has registered stays. Repeating it changes nothing. Raises NotFoundError."""
    link = get_link(session, get_unit(session, actor, school_id), link_id)
    closed = session.scalar(
        sa.update(RegistrationLink)
        .where(RegistrationLink.id == link.id, RegistrationLink.closed_at.is_(None))
        .values(closed_at=now)
        .returning(RegistrationLink.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(link)
    if closed is not None:
        record(
            session, "registration:link:close", now=now, actor_id=actor.user_id, object_type="school",
            object_id=link.school_id, link=link.id,
        )  # fmt: skip


def remove_person(
    session: Session, *, actor: Actor, school_id: int, link_id: int, public_id: str, now: datetime
) -> None:
    """Remove somebody who should not be here: no way in, no name kept, the place is free again.

    Only before the first attempt (ConflictError); NotFoundError for nobody of this invitation.
    """
    link = get_link(session, get_unit(session, actor, school_id), link_id)
    row = session.scalar(
        sa.select(Registration)
        .join(User, User.id == Registration.user_id)
        .where(Registration.link_id == link.id, User.public_id == public_id, Registration.removed_at.is_(None))
    )
    if row is None:
        raise NotFoundError("没有找到这个人，可能已经移除了。")
    leave_school(session, [row.user_id], now=now)  # from here on nobody can begin
    if session.scalar(sa.select(Attempt.id).where(Attempt.user_id == row.user_id).limit(1)) is not None:
        raise ConflictError("这个人已经开始答题，不能移除。成绩有问题，请在比赛里处理。")
    row.removed_at, row.removed_by = now, actor.user_id
    session.execute(
        sa.update(User)
        .where(User.id == row.user_id)
        .values(is_active=False, name=REMOVED, secret_hash=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(RegistrationLink)
        .where(RegistrationLink.id == link.id, RegistrationLink.registered > 0)
        .values(registered=RegistrationLink.registered - 1)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    record(
        session, "registration:person:remove", now=now, actor_id=actor.user_id, object_type="user",
        object_id=row.user_id, link=link.id,
    )  # fmt: skip


def register(
    session: Session,
    *,
    code: str,
    name: str,
    secret: str,
    class_id: int | None,
    form_key: str,
    source: str,
    now: datetime,
) -> LoginSession:
    """Register somebody by an invitation and sign in. The same form sent again finds what the first one made.

    Ends its own transactions, like signing in: hashing must not hold the write lock. Raises NotFoundError for an unknown
    code, TooManyTriesError, BusyError, and DomainError on ``name``, ``secret`` or ``class_id``, or without a field where the
    invitation admits nobody.
    """
    form_key = rules.checked_form_key(form_key)
    link = find_link(session, code)
    if (known := _of_form(session, link, form_key)) is not None:
        return _again(session, known, secret, now)
    if (state := link.state(now)) is not LinkState.OPEN:
        raise rules.refusal(state)
    name = rules.checked_name(name)
    secret = rules.checked_secret(secret, name=name)
    chosen = _chosen(session, link, class_id, now)
    demand_room()
    throttle.count_act(session, what="register", source=source, limit=rules.REGISTRATIONS_OF_SOURCE, now=now)
    session.commit()
    secret_hash = hash_secret(secret)
    user = None
    for _ in range(TRIES):
        try:
            with session.begin_nested():
                user = _enter(session, link.id, chosen, name, secret_hash, form_key, now)
            break
        except IntegrityError:  # a twin was first, or the number was taken at this moment
            if (known := _of_form(session, link, form_key)) is not None:
                return _again(session, known, secret, now)
    if user is None:
        raise ConflictError("登记没有成功，请再试一次。")
    record(
        session, "registration:person:join", now=now, actor_id=user.id, object_type="user", object_id=user.id,
        link=link.id,
    )  # fmt: skip
    return open_session(session, user_id=user.id, version=user.session_version, method="register", now=now)


def _enter(
    session: Session, link_id: int, chosen: SchoolClass, name: str, secret_hash: str, form_key: str, now: datetime
) -> User:
    """Take a place, and make account, enrolment and registration; all or nothing."""
    taken = session.scalar(
        sa.update(RegistrationLink)
        .where(
            RegistrationLink.id == link_id, RegistrationLink.closed_at.is_(None), RegistrationLink.closes_at > now,
            RegistrationLink.registered < RegistrationLink.most,
        )
        .values(registered=RegistrationLink.registered + 1)
        .returning(RegistrationLink.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if taken is None:
        link = session.get_one(RegistrationLink, link_id, populate_existing=True)
        raise rules.refusal(link.state(now))
    class_id = _class_of(session, chosen)
    user = create_pupil(
        session, name=name, student_number=_free_number(session, chosen.school_id), school_id=chosen.school_id,
        class_id=class_id, gender=None, now=now, secret_hash=secret_hash,
    )  # fmt: skip
    session.add(Registration(link_id=link_id, user_id=user.id, form_key=form_key, created_at=now))
    session.flush()
    return user


def _of_form(session: Session, link: RegistrationLink, form_key: str) -> User | None:
    """Who was registered with this very form."""
    query = sa.select(User).join(Registration, Registration.user_id == User.id)
    return session.scalar(query.where(Registration.form_key == form_key, Registration.link_id == link.id))


def _again(session: Session, user: User, secret: str, now: datetime) -> LoginSession:
    """The same form a second time: sign in who was made the first time, if it says the same password."""
    found = (user.id, user.session_version, user.secret_hash, user.is_active)
    session.commit()
    user_id, version, secret_hash, is_active = found
    if not is_active or not verify_secret(secret_hash, rules.as_typed(secret)):
        raise ConflictError("这张表已经登记过了。请用登记时的密码登录；要登记另一个人，请重新打开链接。")
    return open_session(session, user_id=user_id, version=version, method="register", now=now)


def _chosen(session: Session, link: RegistrationLink, class_id: int | None, now: datetime) -> SchoolClass:
    """The class of the invitation, or the one chosen from its list. DomainError on ``class_id``."""
    if not link.asks_class:
        return session.get_one(SchoolClass, link.class_id)
    found = next((one for one in classes_to_choose(session, link.school, now) if one.id == class_id), None)
    if found is None:
        raise DomainError("请从列表里选择。", field="class_id")
    return found


def _class_of(session: Session, chosen: SchoolClass) -> int:
    """The class in which people are enrolled: a department itself, the parents' list of a school class (made if need be)."""
    if chosen.entry_grade <= NO_GRADE:
        return chosen.id
    return _ensure(session, chosen.school_id, chosen.cohort_year, -chosen.entry_grade, chosen.name)


def _common_class(session: Session, school: School) -> int:
    """Where people are enrolled who choose none: all parents of a school, all of a unit."""
    return _ensure(session, school.id, 0, NO_GRADE, WHOLE_UNIT if school.is_unit else PARENTS)


def _ensure(session: Session, school_id: int, cohort_year: int, entry_grade: int, name: str) -> int:
    """The id of an active class, made or opened again if need be; two at once make one."""
    key = {"school_id": school_id, "cohort_year": cohort_year, "entry_grade": entry_grade, "name": name}
    insert = insert_into(session, SchoolClass).values(**key, is_active=True)
    made = insert.on_conflict_do_update(index_elements=list(key), set_={"is_active": True}).returning(SchoolClass.id)
    found: int = session.scalars(made).one()
    return found


def _free_number(session: Session, school_id: int) -> str:
    """A participant's number, random so that it tells nothing, and free in the unit; the index has the last word."""
    while True:
        number = f"C{secrets.randbelow(10**rules.NUMBER_DIGITS):0{rules.NUMBER_DIGITS}d}"
        taken = sa.select(Enrolment.id).where(
            Enrolment.school_id == school_id, Enrolment.student_number == number, Enrolment.ended_at.is_(None)
        )
        if session.scalar(taken) is None:
            return number
