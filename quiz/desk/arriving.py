"""How those who take part get in: the school's page to sign in, its code, and a QR code to show in class."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quiz.accounts.qr import QrCode, qr_code
from quiz.contests.models import Contest
from quiz.contests.rules import Place
from quiz.regions.models import School, SchoolClass
from quiz.regions.rules import Scope


@dataclass(frozen=True)
class Entrance:
    """The way in of one school; ``site`` is the address under which this browser knows the page to sign in."""

    name: str
    code: str
    is_unit: bool
    site: str
    qr: QrCode


def entrance_of(session: Session, contest: Contest, scope: Scope, place: Place | None) -> Entrance | None:
    """The way in of the school looked at, or of the only one in the scope; None for several schools, and for who is in none."""
    school = _school(session, scope, place)
    if school is None:
        return None
    who = "adult" if contest.is_for_adults and not school.is_unit else None  # parents have a form of their own
    link = url_for("accounts.sign_in", school=school.code, who=who, _external=True)
    return Entrance(
        school.name, school.code, school.is_unit, url_for("accounts.sign_in", _external=True), qr_code(link)
    )


def _school(session: Session, scope: Scope, place: Place | None) -> School | None:
    if scope.everywhere or scope.regions:
        return None
    query = sa.select(School).where(School.is_active)
    if place is not None and place.kind == "school":
        query = query.where(School.id == place.number)
    elif place is not None and place.kind == "class":
        query = query.where(School.id.in_(sa.select(SchoolClass.school_id).where(SchoolClass.id == place.number)))
    elif place is not None:
        return None
    else:
        of_classes = sa.select(SchoolClass.school_id).where(SchoolClass.id.in_(scope.classes))
        query = query.where(sa.or_(School.id.in_(scope.schools), School.id.in_(of_classes)))
    found = list(session.scalars(query.limit(2)))
    return found[0] if len(found) == 1 else None
