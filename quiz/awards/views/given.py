"""One issued award: what it is, why, its certificate, and how it is revoked or issued again."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.audit.services import record
from quiz.awards import labels, queries
from quiz.awards.forms import ReasonForm
from quiz.awards.models import Award
from quiz.awards.rules import TierKind
from quiz.awards.services import given as services
from quiz.awards.services.scope import PERMISSION
from quiz.awards.views import common
from quiz.awards.views.blueprint import bp
from quiz.awards.views.own import certificate_file
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.regions.models import SchoolClass
from quiz.regions.rules import EVERYWHERE
from quiz.web.access import requires
from quiz.web.forms import tried


def _load(public_id: str, award_id: str) -> tuple[Contest, Award]:
    """An award of a contest that the actor may award in (404 otherwise)."""
    contest = common.managed(public_id)
    return contest, queries.get_award(db.session, contest.id, award_id, EVERYWHERE)


@bp.get("/awards/<public_id>/given/<award_id>")
@requires(PERMISSION)
def award(public_id: str, award_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, award_id)
    return _page(contest, found, ReasonForm(), 200)


def _page(contest: Contest, found: Award, form: ReasonForm, status: int) -> ResponseReturnValue:
    newer = queries.successor(db.session, found)
    school_class = db.session.get(SchoolClass, found.class_id) if found.class_id else None
    name_of = common.viewer().name
    return render_template(
        "awards/award.html", contest=contest, award=found, form=form, labels=labels, name_of=name_of,
        serial=queries.serial_of(db.session, found), newer=newer, school_class=common.class_of(school_class, contest),
        newer_serial=queries.serial_of(db.session, newer) if newer else "",
        who=common.staff_names({found.revoked_by} if found.revoked_by else set()),
        guided=common.guided(contest, [found]),
        members=[name_of(name, None, TierKind.PUPIL) for _user_id, name in found.members],
    ), status  # fmt: skip


@bp.post("/awards/<public_id>/given/<award_id>/revoke")
@requires(PERMISSION)
def revoke(public_id: str, award_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, award_id)
    form = ReasonForm()
    act = lambda: services.revoke(  # noqa: E731
        db.session, actor=current_user, contest=contest, award=found, reason=form.reason.data or "", now=clock.now()
    )
    if not form.validate_on_submit() or not tried(form, act):
        return _page(contest, found, form, 422)
    flash(_("已撤销。核验这张证书的人会看到撤销。"), "ok")
    return redirect(url_for("awards.award", public_id=public_id, award_id=award_id), 303)


@bp.post("/awards/<public_id>/given/<award_id>/reissue")
@requires(PERMISSION)
def reissue(public_id: str, award_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, award_id)
    form = ReasonForm()
    act = lambda: services.reissue(  # noqa: E731
        db.session, actor=current_user, contest=contest, award=found, reason=form.reason.data or "", now=clock.now()
    )
    new = tried(form, act) if form.validate_on_submit() else None
    if not new:
        return _page(contest, found, form, 422)
    flash(_("已重发，旧证书作废。"), "ok")
    return redirect(url_for("awards.award", public_id=public_id, award_id=new.public_id), 303)


@bp.post("/awards/<public_id>/given/<award_id>/certificate.pdf")
@requires(common.VIEW)
def certificate(public_id: str, award_id: str) -> ResponseReturnValue:
    """One certificate for those who award, or for the teachers of the pupil."""
    contest = common.visible(public_id)
    found = queries.get_award(db.session, contest.id, award_id, common.scope_of(contest))
    if found.revoked_at is not None or not (common.is_manager(contest) or common.viewer([found]).sees(found)):
        raise NotFoundError("没有找到这张证书。")
    file = certificate_file([found])
    record(
        db.session, "contest:awards:certificate", now=clock.now(), actor_id=current_user.user_id,
        object_type="contest", object_id=public_id, award=found.public_id,
    )  # fmt: skip
    return file
