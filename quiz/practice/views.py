"""Practice for pupils: choose a topic, answer one item per page, read the explanation, see what is left to learn.

Everything is a plain form; nothing here needs a script.
"""

import random
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from quiz.items import citations
from quiz.items.answering import answer_view
from quiz.items.labels import KIND_LABELS, TOPIC_LABELS
from quiz.items.rules import reviewed_choices
from quiz.practice import queries, services
from quiz.practice.models import PracticeAnswer, PracticeRun, PracticeSource
from quiz.practice.rules import RIGHT_DAYS_TO_CLOSE, Outcome
from quiz.practice.services import RESUME_WITHIN
from quiz.web.access import pupil_only
from quiz.web.navigation import NavItem

bp = Blueprint("practice", __name__, url_prefix="/practice")
blueprints = [bp]
NAVIGATION = [NavItem(_l("练习"), "practice.index", icon="practice", audience="pupil", rule="pupil", rank=30)]
_random = random.SystemRandom()


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {"topic_labels": TOPIC_LABELS, "kind_labels": KIND_LABELS, "right_days_to_close": RIGHT_DAYS_TO_CLOSE}


@bp.get("/")
@pupil_only
def index() -> ResponseReturnValue:
    now, user_id = clock.now(), current_user.user_id
    band = queries.band_of(db.session, current_user.class_id, now)
    return render_template(
        "practice/index.html",
        topics=queries.topic_progress(db.session, user_id=user_id, band=band),
        today=queries.today(db.session, user_id=user_id, now=now),
        unfinished=queries.unfinished_run(db.session, user_id=user_id, since=now - RESUME_WITHIN),
    )


@bp.get("/mistakes")
@pupil_only
def mistakes() -> ResponseReturnValue:
    by_topic: dict[str, list[queries.OpenMistake]] = {}
    for mistake in queries.open_mistakes(db.session, user_id=current_user.user_id):
        by_topic.setdefault(mistake.item.topic, []).append(mistake)
    return render_template(
        "practice/mistakes.html", by_topic=by_topic, total=sum(len(found) for found in by_topic.values())
    )


@bp.get("/review")
@pupil_only
def review() -> ResponseReturnValue:
    now, user_id = clock.now(), current_user.user_id
    return render_template(
        "practice/review.html",
        due=queries.due_items(db.session, user_id=user_id, now=now),
        next_due=queries.next_due(db.session, user_id=user_id, now=now),
    )


@bp.post("/runs")
@pupil_only
def start() -> ResponseReturnValue:
    now = clock.now()
    source, topic = request.form.get("source", ""), request.form.get("topic") or None
    if source not in set(PracticeSource) or topic not in (None, *TOPIC_LABELS):
        raise NotFoundError("没有这种练习。")
    run = services.start_run(
        db.session,
        user_id=current_user.user_id,
        source=PracticeSource(source),
        topic=topic,
        band=queries.band_of(db.session, current_user.class_id, now),
        now=now,
        rng=_random,
    )
    return redirect(url_for("practice.resume", public_id=run.public_id), 303)


@bp.get("/runs/<public_id>")
@pupil_only
def resume(public_id: str) -> ResponseReturnValue:
    run = queries.get_run(db.session, public_id, current_user.user_id)
    return _to_next(run, queries.answers_of(db.session, run.id))


@bp.get("/runs/<public_id>/<int:position>")
@pupil_only
def question(public_id: str, position: int) -> ResponseReturnValue:
    run = queries.get_run(db.session, public_id, current_user.user_id)
    answers = queries.answers_of(db.session, run.id)
    if position in answers:
        return _feedback_page(run, position, answers)
    return _question_page(run, position, answers)


@bp.post("/runs/<public_id>/<int:position>")
@pupil_only
def answer(public_id: str, position: int) -> ResponseReturnValue:
    run = queries.get_run(db.session, public_id, current_user.user_id)
    try:
        services.answer(
            db.session, run=run, position=position, choices=request.form.getlist("choices"), now=clock.now()
        )
    except DomainError as error:
        if error.field != "choices":
            raise
        answers = queries.answers_of(db.session, run.id)
        return _question_page(run, position, answers, gettext(error.message, **error.params)), 422
    return redirect(url_for("practice.question", public_id=public_id, position=position), 303)


@bp.get("/runs/<public_id>/summary")
@pupil_only
def summary(public_id: str) -> ResponseReturnValue:
    run = queries.get_run(db.session, public_id, current_user.user_id)
    answers = queries.answers_of(db.session, run.id)
    if run.finished_at is None:
        return _to_next(run, answers)
    return render_template(
        "practice/summary.html",
        run=run,
        result=queries.run_result(db.session, run, answers),
        today=queries.today(db.session, user_id=current_user.user_id, now=clock.now()),
    )


def _question_page(
    run: PracticeRun, position: int, answers: dict[int, PracticeAnswer], error: str | None = None
) -> str:
    """An item to answer: only what pupil_view allows."""
    item, order = services.run_item(db.session, run, position)
    view = answer_view(item, order, ())
    return render_template(
        "practice/question.html",
        run=run, position=position, view=view, error=error, topic=item.topic, states=_states(run, answers, position),
    )  # fmt: skip


def _feedback_page(run: PracticeRun, position: int, answers: dict[int, PracticeAnswer]) -> str:
    """An answered item with key, explanation and source."""
    item, order = services.run_item(db.session, run, position)
    given = answers[position]
    return render_template(
        "practice/feedback.html",
        run=run,
        position=position,
        item=item,
        outcome=Outcome(given.outcome),
        choices=reviewed_choices(item, order, given.choices),
        sources=citations.for_pupils(item.sources),
        is_complete=len(answers) == len(run.items),
        states=_states(run, answers, position),
    )


def _states(run: PracticeRun, answers: dict[int, PracticeAnswer], current: int) -> list[str]:
    """The progress strip: one state per item."""
    return [
        "current" if position == current else ("done" if position in answers else "todo")
        for position in range(1, len(run.items) + 1)
    ]


def _to_next(run: PracticeRun, answers: dict[int, PracticeAnswer]) -> Response:
    """On to the first item without an answer, or to the summary."""
    for entry in run.items:
        if entry["position"] not in answers:
            return redirect(url_for("practice.question", public_id=run.public_id, position=entry["position"]))
    return redirect(url_for("practice.summary", public_id=run.public_id))
