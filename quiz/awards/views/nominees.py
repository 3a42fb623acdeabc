"""Naming somebody for a tier by hand: look for the name, choose, say why."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.awards import labels, queries
from quiz.awards.forms import NomineeForm
from quiz.awards.models import AwardTier
from quiz.awards.rules import TierKind
from quiz.awards.services import tiers as services
from quiz.awards.services.scope import PERMISSION
from quiz.awards.views import common
from quiz.awards.views.blueprint import bp
from quiz.contests.models import Contest
from quiz.contests.teams.queries import lines
from quiz.db import db
from quiz.web.access import requires
from quiz.web.forms import options, tried


@bp.route("/awards/<public_id>/tiers/<tier_id>/named", methods=["GET", "POST"])
@requires(PERMISSION)
def nominees(public_id: str, tier_id: str) -> ResponseReturnValue:
    contest = common.managed(public_id)
    tier = queries.get_tier(db.session, contest.id, tier_id)
    text = request.values.get("q", "").strip()[:60]
    found = _found(contest, tier, text) if text else {}
    form = NomineeForm()
    form.who.choices = options(found)
    if form.validate_on_submit() and tried(form, lambda: _name(form, contest, tier)):
        flash(_("已加入名单。"), "ok")
        return redirect(url_for("awards.nominees", public_id=public_id, tier_id=tier_id), 303)
    return render_template(
        "awards/nominees.html", contest=contest, tier=tier, form=form, text=text, found=found, labels=labels,
        name_of=common.viewer().name, named=queries.nominees_of(db.session, tier),
    ), 422 if form.errors else 200  # fmt: skip


def _name(form: NomineeForm, contest: Contest, tier: AwardTier) -> None:
    services.nominate(
        db.session, actor=current_user, contest=contest, tier=tier, public_id=form.who.data,
        reason=form.reason.data or "", now=clock.now(),
    )  # fmt: skip


def _found(contest: Contest, tier: AwardTier, text: str) -> dict[str, Any]:
    """Id → words of those who took part and are called so."""
    if tier.kind is TierKind.TEAM:
        rows = db.session.execute(lines(contest.id, text=text).limit(50))
        return {team.public_id: f"{team.name} · {school}" for team, school, _code, _county in rows}
    if tier.kind is TierKind.SCHOOL:
        return {one.code: one.name for one in queries.find_schools(db.session, contest, text)}
    find = queries.find_pupils if tier.kind is TierKind.PUPIL else queries.find_teachers
    name_of = common.viewer().name
    return {
        row.User.public_id: " · ".join(
            (name_of(row.User.name, row.class_id, tier.kind), row.school, common.class_of(row.SchoolClass, contest))
        )
        for row in find(db.session, contest, text)
    }


@bp.post("/awards/<public_id>/tiers/<tier_id>/named/<nominee_id>/remove")
@requires(PERMISSION)
def remove_nominee(public_id: str, tier_id: str, nominee_id: str) -> ResponseReturnValue:
    contest = common.managed(public_id)
    tier = queries.get_tier(db.session, contest.id, tier_id)
    services.withdraw_nominee(
        db.session, actor=current_user, contest=contest, tier=tier, nominee_id=nominee_id, now=clock.now()
    )  # fmt: skip
    return redirect(url_for("awards.nominees", public_id=public_id, tier_id=tier_id), 303)
