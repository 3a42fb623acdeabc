"""A list of awards: ask for it, read it, let a second person issue it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.awards import labels, queries
from quiz.awards.models import AwardDraft, DraftState
from quiz.awards.rules import TierKind
from quiz.awards.services import drafts as services
from quiz.awards.services.scope import PERMISSION
from quiz.awards.views import common
from quiz.awards.views.blueprint import bp
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.queries import is_stuck, latest_job
from quiz.web.access import requires
from quiz.web.guard import as_id
from quiz.web.pagination import paginate


def _load(public_id: str, draft_id: str) -> tuple[Contest, AwardDraft]:
    contest = common.managed(public_id)
    return contest, queries.get_draft(db.session, contest.id, draft_id)


def _to(contest: Contest, draft: AwardDraft) -> ResponseReturnValue:
    return redirect(url_for("awards.draft", public_id=contest.public_id, draft_id=draft.public_id), 303)


@bp.post("/awards/<public_id>/drafts")
@requires(PERMISSION)
def compute(public_id: str) -> ResponseReturnValue:
    contest = common.managed(public_id)
    return _to(contest, services.request(db.session, actor=current_user, contest=contest, now=clock.now()))


@bp.get("/awards/<public_id>/drafts/<draft_id>")
@requires(PERMISSION)
def draft(public_id: str, draft_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, draft_id)
    return render_template("awards/draft.html", **_facts(contest, found))


@bp.get("/awards/<public_id>/drafts/<draft_id>/state")
@requires(PERMISSION)
def draft_state(public_id: str, draft_id: str) -> ResponseReturnValue:
    """The fragment that the page fetches again while the list is computed."""
    contest, found = _load(public_id, draft_id)
    return render_template("awards/_draft.html", **_facts(contest, found))


@bp.post("/awards/<public_id>/drafts/<draft_id>/confirm")
@requires(PERMISSION)
def confirm(public_id: str, draft_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, draft_id)
    now = clock.now()
    services.confirm(db.session, actor=current_user, contest=contest, draft=found, now=now)
    if queries.is_withheld(contest, now):
        flash(_("已颁发。学生要到成绩公布后才看到证书。"), "ok")
    else:
        flash(_("已颁发。获奖的学生现在就能看到自己的证书。"), "ok")
    return redirect(url_for("awards.index", public_id=public_id), 303)


@bp.post("/awards/<public_id>/drafts/<draft_id>/withdraw")
@requires(PERMISSION)
def withdraw(public_id: str, draft_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, draft_id)
    services.withdraw(db.session, actor=current_user, contest=contest, draft=found, now=clock.now())
    flash(_("已撤回，什么都没有颁发。"), "ok")
    return redirect(url_for("awards.index", public_id=public_id), 303)


@bp.post("/awards/<public_id>/drafts/<draft_id>/resume")
@requires(PERMISSION)
def resume(public_id: str, draft_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, draft_id)
    services.resume(db.session, actor=current_user, contest=contest, draft=found, now=clock.now())
    return _to(contest, found)


def _facts(contest: Contest, found: AwardDraft) -> dict[str, Any]:
    is_busy = found.state is DraftState.COMPUTING
    job = latest_job(db.session, queries.draft_job_key(found.id)) if is_busy else None
    tier = request.args.get("tier", type=as_id)
    page = paginate(
        db.session, queries.draft_awards(found, tier), request.args.get("page", 1, type=int), scalars=False
    )  # fmt: skip
    return {
        "contest": contest,
        "draft": found,
        "summary": found.summary,
        "is_busy": is_busy,
        "is_stuck": is_busy and is_stuck(job),
        "is_withheld": queries.is_withheld(contest, clock.now()),
        "is_own": current_user.user_id == found.requested_by,
        "labels": labels,
        "page": page,
        "tier": tier,
        "missing": dict((found.summary or {}).get("missing", ())),
        "name_of": common.viewer().name,
        "left_out": _left_out(found),
        "class_of": common.class_of,
        "who": common.staff_names({one for one in (found.requested_by, found.confirmed_by) if one}),
        "guided": common.guided(contest, [award for award, _class in page.rows]),
    }


def _left_out(found: AwardDraft) -> list[tuple[str, str]]:
    """Name and school (of teams too) of those who were named and disqualified."""
    name_of = common.viewer().name
    return [
        (name_of(one.name, one.class_id, TierKind.TEAM if one.row.team_id else TierKind.PUPIL), one.place)
        for one in queries.nominees_left_out(db.session, found)
    ]
