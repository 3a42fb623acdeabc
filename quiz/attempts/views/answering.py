"""The answering page: a plain form per item, saved by script or by hand, and handing in."""

from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from quiz import clock
from quiz.attempts import forms, queries, rules, services
from quiz.attempts.models import Attempt
from quiz.attempts.services import SaveReply
from quiz.attempts.views.blueprint import bp
from quiz.attempts.views.paper import question_form, questions
from quiz.attempts.views.script import importmap, script_config
from quiz.attempts.views.unsent import KEY, unsent_answer
from quiz.db import db
from quiz.web.access import pupil_only
from quiz.web.arrival import arrived_at
from quiz.web.errors import wants_json

HTTP_STATUS = {"saved": 200, "stale": 409, "closed": 410}


def is_open(attempt: Attempt, now: datetime) -> bool:
    """Whether answers may still be given (the sweep that closes an attempt may come a moment later)."""
    late = rules.is_late(attempt.deadline_at, attempt.sitting.grace_seconds, now)
    return attempt.status == "in_progress" and not late


@bp.get("/<public_id>")
@pupil_only
def show(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    attempt = queries.get_attempt(db.session, public_id, current_user.user_id)
    if not is_open(attempt, now):
        return _to_result(public_id)
    return _page(attempt, now)


def _page(attempt: Attempt, now: datetime, stale: int | None = None) -> str:
    """The whole paper. ``stale`` is the position whose sent answer was refused because a newer one is stored."""
    log = queries.log_state(db.session, attempt.id)
    unsent = unsent_answer(attempt.public_id)
    shown = {**log.answers, unsent.position: unsent.choices} if unsent else log.answers
    found = questions(attempt.paper, queries.paper_items(db.session, attempt.paper), shown)
    saved, unsaved = request.args.get("saved", type=int), unsent.position if unsent else None
    return render_template(
        "attempts/show.html",
        attempt=attempt,
        sitting=attempt.sitting,
        forms=[
            question_form(one, attempt.public_id, log, total=len(found), saved=saved, unsent=unsaved) for one in found
        ],
        segment_states=["done" if question.position in log.answers else "todo" for question in found],
        deadline=format_datetime(attempt.deadline_at, "HH:mm"),
        answered=log.answered,
        stored=log.answers.keys(),
        total=len(attempt.paper),
        stale=stale,
        config=script_config(attempt, log, current_user.public_id, now),
        importmap=importmap(),
    )


@bp.post("/<public_id>/answers")
@pupil_only
def save(public_id: str) -> ResponseReturnValue:
    """Save one answer.

    JSON in: ``{"seq": 8, "position": 3, "choices": ["b"]}`` with the header X-CSRFToken. JSON out, with
    ``status``, ``seq``, ``next_seq``, ``answered``, ``total``, ``choices`` (what is stored for the position now)
    and ``remaining_seconds``: 200 ``saved``, 409 ``stale`` (a newer answer is stored, or the number was used
    for another answer), 410 ``closed`` (with ``result``, an address). 401 gives ``sign_in``, an address.
    A plain form sends the same names and gets the page again.
    """
    sent = forms.from_json(_payload()) if request.is_json else forms.from_form(request.form)
    reply = services.save_answer(
        db.session,
        attempt_public_id=public_id,
        user_id=current_user.user_id,
        login_session_id=current_user.session_id,
        seq=sent.seq,
        position=sent.position,
        choices=list(sent.choices),
        now=arrived_at(),
    )
    if request.is_json:
        return _json_reply(public_id, reply), HTTP_STATUS[reply.status]
    return _form_reply(public_id, sent.position, reply)


def _payload() -> Any:
    try:
        return request.get_json()
    except RecursionError:  # a thousand brackets deep: no answer of ours
        raise forms.UnreadableAnswerError from None


def _json_reply(public_id: str, reply: SaveReply) -> Response:
    left = (reply.deadline_at - clock.now()).total_seconds()  # as the reply leaves: the save may have waited
    body: dict[str, Any] = {
        "status": reply.status,
        "seq": reply.seq,
        "next_seq": reply.next_seq,
        "answered": reply.answered,
        "total": reply.total,
        "choices": list(reply.choices),
        "remaining_seconds": max(0.0, left),
    }
    if reply.status == "closed":
        body["result"] = url_for("attempts.result", public_id=public_id)
    return jsonify(body)


def _form_reply(public_id: str, position: int, reply: SaveReply) -> ResponseReturnValue:
    session.pop(KEY, None)
    if reply.status == "closed":
        flash(_("时间已经到了，第 %(number)d 题这一次没有保存。之前保存的都算数。", number=position), "warn")
        return _to_result(public_id)
    if reply.status == "stale":
        attempt = queries.get_attempt(db.session, public_id, current_user.user_id)
        return _page(attempt, clock.now(), stale=position), 409
    return redirect(url_for("attempts.show", public_id=public_id, saved=position, _anchor=f"q-{position}"), 303)


@bp.get("/<public_id>/confirm")
@pupil_only
def confirm(public_id: str) -> ResponseReturnValue:
    attempt = queries.get_attempt(db.session, public_id, current_user.user_id)
    if not is_open(attempt, clock.now()):
        return _to_result(public_id)
    answers = queries.current_answers(db.session, attempt.id)
    unanswered, half = rules.unfinished(attempt.paper, answers, queries.paper_items(db.session, attempt.paper))
    return render_template(
        "attempts/confirm.html", attempt=attempt, sitting=attempt.sitting, unanswered=unanswered, half=half,
        answered=len(answers), total=len(attempt.paper), deadline=format_datetime(attempt.deadline_at, "HH:mm"),
    )  # fmt: skip


@bp.post("/<public_id>/submit")
@pupil_only
def submit(public_id: str) -> ResponseReturnValue:
    """Hand in; repeating it changes nothing. JSON callers get ``{"result": address}``."""
    services.submit_attempt(
        db.session, attempt_public_id=public_id, user_id=current_user.user_id, now=arrived_at()
    )  # fmt: skip
    if wants_json():
        return jsonify(result=url_for("attempts.result", public_id=public_id))
    return _to_result(public_id)


def _to_result(public_id: str) -> Response:
    return redirect(url_for("attempts.result", public_id=public_id), 303)
