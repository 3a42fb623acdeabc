"""The list of schools, a school's page, creating and editing."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions import browsing, school_services
from quiz.regions.forms import AddClassesForm, DepartmentForm, SchoolForm, UnitForm
from quiz.regions.labels import KINDS
from quiz.regions.models import Region, School, SchoolKind
from quiz.regions.queries import get_school
from quiz.regions.rules import UNIT_KINDS, grade_name
from quiz.web.access import requires
from quiz.web.pagination import paginate

bp = Blueprint("schools", __name__, url_prefix="/schools")


UNITS = "units"  # what the address says of units of adults


def asked_filters() -> browsing.Filters:
    """The filters in the address."""
    args = request.args
    kind = args.get("kind", "")
    return browsing.Filters(
        text=args.get("q", "").strip(),
        kind=kind if kind in {one.value for one in SchoolKind} else "",
        region_id=args.get("region", ""),
        state=args.get("state", "") if args.get("state") in {"active", "closed"} else "",
        units=args.get("of") == UNITS,
    )


@bp.get("")
@requires("schools.view")
def index() -> ResponseReturnValue:
    scope = current_user.scope("schools.view")
    filters = asked_filters()
    page = paginate(db.session, browsing.list_schools(scope, filters), request.args.get("page", 1, int))
    asked: dict[str, Any] = {
        "q": filters.text,
        "kind": filters.kind,
        "region": filters.region_id,
        "state": filters.state,
    }
    asked = {name: value for name, value in asked.items() if value}
    of = UNITS if filters.units else None
    if page.total == 1 and not asked and not of and not current_user.can("schools.manage"):
        return redirect(url_for(".show", school_id=page.rows[0].id))
    region = db.session.get(Region, filters.region_id) if filters.region_id else None
    pager = {
        "prev_url": url_for(".index", **asked, of=of, page=page.number - 1) if page.has_previous else None,
        "next_url": url_for(".index", **asked, of=of, page=page.number + 1) if page.has_next else None,
        "number": page.number, "pages": page.pages, "total": page.total,
    }  # fmt: skip
    return render_template(
        "regions/schools.html",
        page=page,
        pager=pager,
        filters=filters,
        asked=asked,
        region=region,
        of=of,
        kinds={kind: words for kind, words in KINDS.items() if (kind.value in UNIT_KINDS) == bool(filters.units)},
    )


@bp.get("/<int:school_id>")
@requires("schools.view")
def show(school_id: int) -> ResponseReturnValue:
    school = get_school(db.session, school_id, current_user.scope("schools.view"))
    if school.is_unit:
        return school_page(school, DepartmentForm(formdata=None))
    form = AddClassesForm(formdata=None)
    form.offer(school)
    return school_page(school, form)


def school_page(school: School, form: AddClassesForm | DepartmentForm) -> str:
    """The page of a school, with the form that adds classes."""
    now = clock.now()
    grades = browsing.classes_by_grade(db.session, school, now)
    return render_template(
        "regions/unit.html" if school.is_unit else "regions/school.html",
        school=school,
        now=now,
        trail=browsing.ancestors(db.session, school.county),
        grades=grades,
        form=form,
        grade_name=grade_name,
        kinds=KINDS,
        may_edit=_within(school, "schools.manage"),
        may_manage=_within(school, "classes.manage"),
    )


def _within(school: School, permission: str) -> bool:
    try:
        get_school(db.session, school.id, current_user.scope(permission))
    except DomainError:
        return False
    return True


@bp.route("/new", methods=["GET", "POST"])
@requires("schools.manage")
def create() -> ResponseReturnValue:
    form = UnitForm() if request.args.get("of") == UNITS else SchoolForm()
    provinces = _offer_counties(form, None)
    if form.validate_on_submit() and (school := _save(form, None)):
        text = _("已新建“%(name)s”。下一步：建科室或网格，然后开放登记，或导入名册。", name=school.name)
        school_text = _("已新建“%(name)s”。下一步：建班级，然后导入名册。", name=school.name)
        flash(text if school.is_unit else school_text, "ok")
        return redirect(url_for(".show", school_id=school.id), 303)
    if request.method == "GET" and (county := request.args.get("county")):
        form.county_id.data = county
    html = render_template(
        "regions/school_form.html", form=form, school=None, provinces=provinces, is_unit=isinstance(form, UnitForm)
    )
    return (html, 422) if form.errors else html


@bp.route("/<int:school_id>/edit", methods=["GET", "POST"])
@requires("schools.manage")
def edit(school_id: int) -> ResponseReturnValue:
    school = get_school(db.session, school_id, current_user.scope("schools.manage"))
    form = _form_of(school)() if request.method == "POST" else _filled(school)
    _offer_counties(form, school)
    if form.validate_on_submit() and _save(form, school):
        flash(_("已保存。"), "ok")
        return redirect(url_for(".show", school_id=school.id), 303)
    html = render_template("regions/school_form.html", form=form, school=school, provinces=[], is_unit=school.is_unit)
    return (html, 422) if form.errors else html


def _form_of(school: School) -> type[SchoolForm]:
    return UnitForm if school.is_unit else SchoolForm


def _filled(school: School) -> SchoolForm:
    values: dict[str, Any] = {"kind": school.kind.value}
    for name in ("code", "name", "county_id", "slip_valid_days", "is_active"):
        values[name] = getattr(school, name)
    form = _form_of(school)(formdata=None, data=values)
    form.show(school)
    return form


def _save(form: SchoolForm, school: School | None) -> School | None:
    """Save what was entered, or put the refusal on the form."""
    try:
        return school_services.save_school(
            db.session,
            actor_id=current_user.user_id,
            scope=current_user.scope("schools.manage"),
            school=school,
            data=form.school_data(),
            now=clock.now(),
        )
    except DomainError as error:
        form.add_error(error)
        return None


def _offer_counties(form: SchoolForm, school: School | None) -> list[tuple[Region, bool]]:
    """Fill the county select with one province's counties; returns the provinces to choose from, if several."""
    counties = browsing.counties_within(db.session, current_user.scope("schools.manage"))
    held = sorted({county.province_id for county in counties})
    chosen = form.county_id.data[:2] + "0000" if form.county_id.data else request.args.get("province", "")
    if school is not None and not form.county_id.data:
        chosen = school.province_id
    if chosen not in held:
        chosen = _usual_province(held)
    form.offer([one for one in counties if one.province_id == chosen], browsing.region_names(db.session))
    if len(held) < 2:
        return []
    return [(one, one.id == chosen) for one in browsing.top_regions(db.session, current_user.scope("schools.manage"))
            if one.id in held]  # fmt: skip


def _usual_province(held: list[str]) -> str:
    """The province in which most schools are, so that a fresh form opens where people work."""
    found = browsing.busiest_province(db.session)
    return found if found in held else (held[0] if held else "")
