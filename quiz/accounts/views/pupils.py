"""Pupils of a class: the list, new PINs, login slips to print."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts import services
from quiz.accounts.models import Enrolment
from quiz.accounts.qr import QrCode, qr_code
from quiz.accounts.queries import get_pupil, list_classes, list_pupils, slips_in_use
from quiz.accounts.services import IssuedSlip
from quiz.accounts.views.pager import pager
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions.labels import class_words
from quiz.regions.models import SchoolClass
from quiz.regions.queries import get_class
from quiz.web.access import requires
from quiz.web.pagination import paginate

SLIPS_PER_SHEET = 10

bp = Blueprint("accounts_pupils", __name__)


@bp.get("/pupils")
@requires("pupils.view")
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()
    query = list_classes(current_user.scope("pupils.view"), text)
    page = paginate(db.session, query, request.args.get("page", 1, int), scalars=False)
    if page.total == 1 and not text:
        return redirect(url_for(".pupils", class_id=page.rows[0][0].id))
    rows = [(school_class, label_of(school_class), pupils) for school_class, pupils in page.rows]
    return render_template("accounts/classes.html", rows=rows, page=page, text=text, pager=pager(page, ".index", text))


@bp.get("/classes/<int:class_id>/pupils")
@requires("pupils.view")
def pupils(class_id: int) -> ResponseReturnValue:
    school_class = get_class(db.session, class_id, current_user.scope("pupils.view"))
    text = request.args.get("q", "").strip()
    rows = list_pupils(db.session, class_id, text)
    slips = slips_in_use(db.session, [row.user_id for row in rows], clock.now())
    return render_template(
        "accounts/pupils.html",
        school_class=school_class,
        label=label_of(school_class),
        rows=rows,
        slips=slips,
        text=text,
        added=next((row for row in rows if row.user.public_id == request.args.get("added")), None),
        may_edit=current_user.can("roster.import") and school_class.school.is_active,
    )


@bp.post("/classes/<int:class_id>/slips")
@requires("pins.reset")
def print_slips(class_id: int) -> ResponseReturnValue:
    """Make new PINs and answer with the sheets at once: they exist in clear nowhere else."""
    school_class = get_class(db.session, class_id, current_user.scope("pins.reset"))
    chosen = set(request.form.getlist("pupil"))
    rows = [row for row in list_pupils(db.session, class_id) if "all" in request.form or row.user.public_id in chosen]
    if not rows:
        raise DomainError("请先勾选要打印的学生。")
    issued = services.issue_slips(
        db.session, actor=current_user, user_ids=[row.user_id for row in rows], now=clock.now()
    )
    slips = [_printed(row, slip) for row, slip in zip(rows, issued, strict=True)]
    sheets = [slips[start : start + SLIPS_PER_SHEET] for start in range(0, len(slips), SLIPS_PER_SHEET)]
    return render_template(
        "accounts/slips.html",
        sheets=sheets,
        count=len(slips),
        school_class=school_class,
        label=label_of(school_class),
        address=request.host_url.rstrip("/") + url_for("accounts.sign_in"),
    )


@bp.post("/classes/<int:class_id>/pupils/<public_id>/pin")
@requires("pins.reset")
def reset_pin(class_id: int, public_id: str) -> ResponseReturnValue:
    school_class = get_class(db.session, class_id, current_user.scope("pins.reset"))
    pupil = get_pupil(db.session, class_id, public_id)
    pin = services.reset_pin(db.session, actor=current_user, user_id=pupil.user_id, now=clock.now())
    return render_template(
        "accounts/secret.html",
        heading=_("%(name)s的新口令", name=pupil.user.name),
        secret=grouped(pin),
        who=f"{pupil.user.name} · {label_of(school_class)} · {pupil.student_number}",
        advice=_("请当面告诉学生。原来的口令和登录条已经失效，要用二维码登录请重新打印登录条。"),
        back=url_for(".pupils", class_id=class_id),
    )


@bp.post("/classes/<int:class_id>/pupils/<public_id>/slips/revoke")
@requires("pins.reset")
def revoke_slips(class_id: int, public_id: str) -> ResponseReturnValue:
    get_class(db.session, class_id, current_user.scope("pins.reset"))
    pupil = get_pupil(db.session, class_id, public_id)
    services.revoke_slips(db.session, actor=current_user, user_id=pupil.user_id, now=clock.now())
    return redirect(url_for(".pupils", class_id=class_id), 303)


def label_of(school_class: SchoolClass) -> str:
    """“初二 1班”."""
    return class_words(school_class.label(clock.now()))


def grouped(pin: str) -> str:
    """“246 810”: digits are read and typed in threes."""
    return f"{pin[:3]} {pin[3:]}"


def _printed(row: Enrolment, slip: IssuedSlip) -> dict[str, Any]:
    code: QrCode = qr_code(url_for("accounts.slip", token=slip.token, _external=True))
    return {"name": row.user.name, "number": row.student_number, "pin": grouped(slip.pin), "qr": code}
