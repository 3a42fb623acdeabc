"""Certificates of many awards: made in the background, downloaded by those who award; a class's by its teacher."""

import io
import zipfile
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.audit.services import record
from quiz.awards import labels, queries
from quiz.awards.models import BatchState, CertificateBatch
from quiz.awards.rules import TierKind, serial
from quiz.awards.services import batches as services
from quiz.awards.services.scope import PERMISSION
from quiz.awards.views import common
from quiz.awards.views.blueprint import bp
from quiz.awards.views.own import PDF_TYPE, certificate_file
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError, NotFoundError
from quiz.jobs.queries import is_stuck, latest_job
from quiz.web.access import requires
from quiz.web.spreadsheets import attachment
from quiz.web.transactions import only_reading

ZIP_TYPE = "application/zip"
MOST_AT_ONCE = 120  # of a class: more are a matter for a batch


def _load(public_id: str, batch_id: str) -> tuple[Contest, CertificateBatch]:
    contest = common.managed(public_id)
    return contest, queries.get_batch(db.session, contest.id, batch_id)


@bp.post("/awards/<public_id>/certificates")
@requires(PERMISSION)
def make(public_id: str) -> ResponseReturnValue:
    contest = common.managed(public_id)
    kind, first = request.form.get("kind", ""), request.form.get("first", type=int)
    if kind not in set(TierKind) or first is None:
        raise NotFoundError("没有找到这批证书。")
    batch = services.request(
        db.session, actor=current_user, contest=contest, kind=TierKind(kind), first=first, now=clock.now()
    )
    return redirect(url_for("awards.batch", public_id=public_id, batch_id=batch.public_id), 303)


@bp.get("/awards/<public_id>/certificates/<batch_id>")
@requires(PERMISSION)
def batch(public_id: str, batch_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, batch_id)
    return render_template("awards/batch.html", **_facts(contest, found))


@bp.get("/awards/<public_id>/certificates/<batch_id>/state")
@requires(PERMISSION)
def batch_state(public_id: str, batch_id: str) -> ResponseReturnValue:
    """The fragment that the page fetches again while the files are made."""
    contest, found = _load(public_id, batch_id)
    return render_template("awards/_batch.html", **_facts(contest, found))


@bp.post("/awards/<public_id>/certificates/<batch_id>/resume")
@requires(PERMISSION)
def batch_resume(public_id: str, batch_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, batch_id)
    services.resume(db.session, actor=current_user, contest=contest, batch=found, now=clock.now())
    return redirect(url_for("awards.batch", public_id=public_id, batch_id=batch_id), 303)


@bp.post("/awards/<public_id>/certificates/<batch_id>/file")
@requires(PERMISSION)
def batch_file(public_id: str, batch_id: str) -> ResponseReturnValue:
    """The PDF, or a zip of several; names of pupils leave the system here, so it is recorded."""
    with only_reading():
        contest, found = _load(public_id, batch_id)
        if found.state is not BatchState.READY:
            raise ConflictError("证书还没有做完，请稍后再下载。")
        file, count = _file(contest, found), found.count
    record(
        db.session, "contest:awards:download", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, batch=batch_id, certificates=count,
    )  # fmt: skip
    return file


def _file(contest: Contest, found: CertificateBatch) -> Response:
    parts = [part for part in queries.parts_of(db.session, found) if part.pages]
    setting = queries.setting_of(db.session, contest.id)
    prefix = setting.prefix if setting else ""
    name = f"{contest.title} {_('证书')} {serial(prefix, found.first_number)}"
    if len(parts) == 1:
        return attachment(parts[0].data, f"{name}.pdf", PDF_TYPE)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            entry = zipfile.ZipInfo(f"{part.part:02d}-{serial(prefix, part.last_number)}.pdf", (2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, part.data)
    return attachment(target.getvalue(), f"{name}.zip", ZIP_TYPE)


def _facts(contest: Contest, found: CertificateBatch) -> dict[str, Any]:
    is_busy = found.state is BatchState.MAKING
    job = latest_job(db.session, queries.batch_job_key(found.id)) if is_busy else None
    return {
        "contest": contest,
        "batch": found,
        "job": job,
        "is_busy": is_busy,
        "is_stuck": is_busy and is_stuck(job),
        "labels": labels,
        "parts": queries.parts_of(db.session, found),
        "left_out": [
            (queries.get_award(db.session, contest.id, award_id, common.scope_of(contest)), letters)
            for award_id, letters in found.left_out[:50]
        ],
        "name_of": common.viewer().name,
        "revoked": queries.revoked_in(db.session, found) if found.state is BatchState.READY else [],
        "prefix": getattr(queries.setting_of(db.session, contest.id), "prefix", ""),
        "serial": serial,
    }


@bp.post("/awards/<public_id>/own-classes.pdf")
@requires("pupils.view")
def class_certificates(public_id: str) -> ResponseReturnValue:
    """The certificates of the viewer's own pupils in one file."""
    with only_reading():
        contest = common.visible(public_id)
        if common.is_held_back(contest) and not common.is_manager(contest):
            raise ConflictError("榜单还在封榜，揭晓以后才能下载证书。")
        rows = db.session.execute(queries.issued(contest.id, current_user.scope("pupils.view"), TierKind.PUPIL))
        awards = [award for award, _class in rows if award.revoked_at is None]
        if not awards:
            raise NotFoundError("你的学生在这场比赛里没有证书。")
        if len(awards) > MOST_AT_ONCE:
            raise ConflictError("一次最多下载 %(most)s 张。请由评奖的人成批制作。", most=MOST_AT_ONCE)
        file = certificate_file(awards, f"{contest.title} {_('证书')}")
    record(
        db.session, "contest:awards:download", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, certificates=len(awards),
    )  # fmt: skip
    return file
