"""Accounts of staff: who holds which role where, new accounts, passwords, stopping."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.accounts import services
from quiz.accounts.forms import PlaceForm, StaffForm
from quiz.accounts.hierarchy import PLACE_KIND, roles_to_give
from quiz.accounts.staff_queries import (
    PLACE_OPTIONS,
    get_manageable,
    get_visible,
    grants_of,
    is_manageable,
    list_staff,
    place_options,
)
from quiz.accounts.views.pager import pager
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions.labels import class_words
from quiz.web.access import requires
from quiz.web.pagination import paginate

ROLE_NAMES = {
    "admin": _l("系统管理员"),
    "editor": _l("题库编辑"),
    "province_organiser": _l("省级组织者"),
    "prefecture_organiser": _l("市州组织者"),
    "county_organiser": _l("县级组织者"),
    "school_admin": _l("学校管理员"),
    "teacher": _l("教师"),
}
PLACE_COLUMN = {"school": "school_id", "class": "class_id"}

bp = Blueprint("accounts_staff", __name__, url_prefix="/staff")


@bp.get("/")
@requires("staff.manage")
def index() -> ResponseReturnValue:
    actor, text = current_user._get_current_object(), request.args.get("q", "").strip()
    page = paginate(db.session, list_staff(actor, text), request.args.get("page", 1, int))
    return render_template(
        "accounts/staff.html",
        page=page,
        grants=grants_of(db.session, actor, [user.id for user in page.rows], clock.now()),
        role_names=ROLE_NAMES,
        text=text,
        pager=pager(page, ".index", text),
    )


@bp.get("/<public_id>")
@requires("staff.manage")
def show(public_id: str) -> ResponseReturnValue:
    actor = current_user._get_current_object()
    user = get_visible(db.session, actor, public_id)
    return render_template(
        "accounts/staff_member.html",
        user=user,
        grants=grants_of(db.session, actor, [user.id], clock.now())[user.id],
        manageable=is_manageable(db.session, actor, user.id),
        role_names=ROLE_NAMES,
    )


@bp.get("/new")
@requires("staff.manage")
def new() -> ResponseReturnValue:
    return _new_page(StaffForm())


@bp.post("/new")
@requires("staff.manage")
def create() -> ResponseReturnValue:
    form = StaffForm()
    if not form.validate_on_submit():
        return make_response(_new_page(form), 422)
    try:
        user, password = services.create_staff(
            db.session,
            actor=current_user._get_current_object(),
            name=form.name.data or "",
            username=form.username.data or "",
            role=_role(),
            now=clock.now(),
            **_place(form),
        )
    except DomainError as error:
        form.add_error(error)
        return make_response(_new_page(form), error.status)
    return _password_page(_("%(name)s的账号", name=user.name), user.username or "", password)


@bp.get("/<public_id>/roles/new")
@requires("staff.manage")
def new_role(public_id: str) -> ResponseReturnValue:
    return _new_page(PlaceForm(), public_id)


@bp.post("/<public_id>/roles/new")
@requires("staff.manage")
def give_role(public_id: str) -> ResponseReturnValue:
    form = PlaceForm()
    actor = current_user._get_current_object()
    try:
        services.give_role(db.session, actor=actor, public_id=public_id, role=_role(), now=clock.now(), **_place(form))
    except DomainError as error:
        if error.status == 404:
            raise
        form.add_error(error)
        return make_response(_new_page(form, public_id), error.status)
    flash(_("角色已经加上。"), "ok")
    return redirect(url_for(".show", public_id=public_id), 303)


@bp.post("/grants/<int:grant_id>/revoke")
@requires("staff.manage")
def revoke_grant(grant_id: int) -> ResponseReturnValue:
    services.revoke_grant(db.session, actor=current_user, grant_id=grant_id, now=clock.now())
    flash(_("角色已经撤销，马上生效。"), "ok")
    return redirect(url_for(".index"), 303)


@bp.post("/<public_id>/password")
@requires("staff.manage")
def reset_password(public_id: str) -> ResponseReturnValue:
    actor = current_user._get_current_object()
    user = get_manageable(db.session, actor, public_id)
    password = services.reset_password(db.session, actor=actor, public_id=public_id, now=clock.now())
    return _password_page(_("%(name)s的新密码", name=user.name), user.username or "", password)


@bp.post("/<public_id>/active")
@requires("staff.manage")
def set_active(public_id: str) -> ResponseReturnValue:
    is_active = request.form.get("active") == "1"
    services.set_active(db.session, actor=current_user, public_id=public_id, is_active=is_active, now=clock.now())
    flash(_("账号已经恢复。") if is_active else _("账号已经停用，不能再登录。"), "ok")
    return redirect(url_for(".show", public_id=public_id), 303)


def _role() -> str:
    """The role asked for, if it is one that the actor may give; else none."""
    role = request.values.get("role", "")
    if role not in roles_to_give(current_user.grants):
        raise DomainError("你不能分配这个角色。", field="role")
    return role


def _place(form: PlaceForm) -> dict[str, Any]:
    """The chosen place as the keyword that its role needs."""
    kind = PLACE_KIND[_role()]
    if kind == "everywhere":
        return {}
    column, value = PLACE_COLUMN.get(kind, "region_id"), form.place.data or ""
    if column == "region_id":
        return {column: value}
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise DomainError("请从列表里选择一个地方。", field="place")
    return {column: int(value)}


def _new_page(form: PlaceForm, public_id: str = "") -> str:
    """Two steps on one page: first the role, then where and who. Long lists of places are searched."""
    actor = current_user._get_current_object()
    user = get_manageable(db.session, actor, public_id) if public_id else None
    roles = roles_to_give(actor.grants)
    role = request.values.get("role", "")
    role = role if role in roles else ""
    text = request.args.get("q", "").strip()
    needs_place = bool(role) and PLACE_KIND[role] != "everywhere"
    options = place_options(db.session, actor, role, text, clock.now()) if needs_place else []
    form.place.choices = [(option.value, class_words(option.label)) for option in options[:PLACE_OPTIONS]]
    return render_template(
        "accounts/staff_new.html",
        form=form,
        user=user,
        roles=[(one, ROLE_NAMES[one]) for one in roles],
        role=role,
        needs_place=needs_place,
        too_many=len(options) > PLACE_OPTIONS,
        searched=bool(text) or len(options) > PLACE_OPTIONS,
        text=text,
    )


def _password_page(heading: str, username: str, password: str) -> str:
    return render_template(
        "accounts/secret.html",
        heading=heading,
        secret=password,
        who=_("用户名：%(username)s", username=username),
        advice=_("请当面或用电话告诉本人。第一次登录后要改成自己的密码。"),
        back=url_for("accounts_staff.index"),
    )
