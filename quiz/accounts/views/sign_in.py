"""Signing in (pupils, staff) and out."""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz import clock
from quiz.accounts import browser, services
from quiz.accounts.forms import AdultSignInForm, PupilSignInForm, StaffSignInForm
from quiz.accounts.queries import adults_sign_in, school_by_code
from quiz.accounts.views.blueprint import bp
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions.models import School
from quiz.regions.queries import find_schools
from quiz.web.access import public

SCHOOLS_SHOWN = 20


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return browser.go_on()
    school = _chosen_school()
    if school is None:
        return _find_school()
    return _pupil_form(school, _form_of(school))


@bp.post("/sign-in")
@public
def sign_in_pupil() -> ResponseReturnValue:
    school = _posted_school()
    if school is None:
        return make_response(_find_school(unknown=True), 422)
    form = _form_of(school)
    if not form.validate_on_submit():
        return make_response(_pupil_form(school, form), 422)
    now = clock.now()
    try:
        login = services.sign_in_pupil(
            db.session,
            school_id=school.id,
            student_number=form.student_number.data or "",
            pin=form.pin.data or "",
            source=browser.source(),
            now=now,
            is_adult=isinstance(form, AdultSignInForm),
        )
    except DomainError as error:
        form.add_error(error)
        is_busy = error.status == 503
        if not is_busy:
            form.pin.data = ""
        return browser.refused(error, _pupil_form(school, form, browser.BUSY_SECONDS if is_busy else None))
    browser.begin(login, now)
    return browser.remember_school(browser.go_on(), school.code)


@bp.get("/sign-in/staff")
@public
def sign_in_staff() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return browser.go_on()
    return _staff_form(StaffSignInForm())


@bp.post("/sign-in/staff")
@public
def sign_in_staff_post() -> ResponseReturnValue:
    form = StaffSignInForm()
    if not form.validate_on_submit():
        return make_response(_staff_form(form), 422)
    now = clock.now()
    try:
        login = services.sign_in_staff(
            db.session,
            username=form.username.data or "",
            password=form.password.data or "",
            source=browser.source(),
            now=now,
        )
    except DomainError as error:
        form.add_error(error)
        return browser.refused(error, _staff_form(form))
    browser.begin(login, now)
    return browser.go_on()


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    return browser.end(clock.now())


def _chosen_school() -> School | None:
    """The school of the address, else the one remembered on this device (unless another is being looked for)."""
    if "school" in request.args:
        return school_by_code(db.session, request.args["school"])
    if "q" in request.args:
        return None
    return school_by_code(db.session, request.cookies.get(browser.SCHOOL_COOKIE, ""))


def _form_of(school: School) -> PupilSignInForm:
    """The form in the words of who signs in: adults of a unit, parents who said so, else pupils."""
    return AdultSignInForm() if school.is_unit or request.values.get("who") == "adult" else PupilSignInForm()


def _posted_school() -> School | None:
    return school_by_code(db.session, request.form.get("school", ""))


def _find_school(unknown: bool = False) -> str:
    text = request.args.get("q", "").strip()[:80]
    schools = find_schools(db.session, text, SCHOOLS_SHOWN) if text else []
    return render_template(
        "accounts/find_school.html",
        text=text,
        schools=schools,
        unknown=unknown or bool(request.args.get("school")),
        limit=SCHOOLS_SHOWN,
        next=browser.next_path(),
    )


def _pupil_form(school: School, form: PupilSignInForm, retry_seconds: int | None = None) -> str:
    """The form; with ``retry_seconds`` the page sends it again by itself."""
    return render_template(
        "accounts/sign_in.html", school=school, form=form, next=browser.next_path(), retry_seconds=retry_seconds,
        is_adult=isinstance(form, AdultSignInForm), has_adults=adults_sign_in(db.session, school),
    )  # fmt: skip


def _staff_form(form: StaffSignInForm) -> str:
    return render_template("accounts/sign_in_staff.html", form=form, next=browser.next_path())
