"""The result of an attempt and the review of its items, each only when the sitting's policy shows it."""

from datetime import datetime

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.utils import redirect

from quiz import clock
from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, Sitting
from quiz.attempts.views.answering import is_open
from quiz.attempts.views.blueprint import bp
from quiz.attempts.views.paper import topic_label
from quiz.attempts.views.review import reviewed
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.web.access import pupil_only

STRONG_PERCENT = 80  # from here on a topic needs no practice first


@bp.get("/<public_id>/result")
@pupil_only
def result(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    attempt = queries.get_attempt(db.session, public_id, current_user.user_id)
    if is_open(attempt, now):
        return redirect(url_for("attempts.show", public_id=public_id), 303)
    if attempt.closed_at is None:  # the sweep will close and mark it within seconds
        return render_template("attempts/waiting.html", attempt=attempt, sitting=attempt.sitting)
    if attempt.status == "voided":
        return render_template("attempts/voided.html", attempt=attempt, sitting=attempt.sitting)
    if not rules.results_visible(attempt.sitting, attempt, now):
        since = _results_expected(attempt, now)
        return render_template("attempts/handed_in.html", attempt=attempt, sitting=attempt.sitting, results_at=since)
    return _score_page(attempt, now)


def _score_page(attempt: Attempt, now: datetime) -> str:
    items = queries.paper_items(db.session, attempt.paper)
    marks = attempt.marks or []
    topics = rules.topic_results(marks, items)
    keys_since = queries.keys_visible_from(db.session, attempt, now)
    return render_template(
        "attempts/result.html",
        attempt=attempt,
        sitting=attempt.sitting,
        has_passed=(attempt.score or 0) >= attempt.sitting.pass_hundredths,
        correct=sum(bool(mark["is_correct"]) for mark in marks),
        bars=[{"label": topic_label(topic.topic), "value": topic.percent} for topic in topics],
        weak=[topic_label(topic.topic) for topic in sorted(topics, key=_percent) if topic.percent < STRONG_PERCENT][:2],
        keys_visible=keys_since is not None and keys_since <= now,
        keys_at=keys_since,
        links=_links(attempt.sitting),
    )


def _percent(topic: rules.TopicResult) -> int:
    return topic.percent


def _results_expected(attempt: Attempt, now: datetime) -> datetime | None:
    """When a score still hidden will be shown, if that is certain; staff release the rest by hand."""
    since = rules.results_visible_from(attempt.sitting, attempt)
    return since if since and since > now else None


def _links(sitting: Sitting) -> list[tuple[str, str]]:
    """Labels and addresses that features above add for a sitting (its contest, its standings)."""
    found = [link(sitting) for link in current_app.extensions.get("sitting_links", ())]
    return [one for one in found if one]


@bp.get("/<public_id>/review")
@pupil_only
def review(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    attempt = queries.get_attempt(db.session, public_id, current_user.user_id)
    if not queries.keys_visible(db.session, attempt, now):
        raise NotFoundError("题目回顾还没有开放。可以先看成绩页上写的开放时间。")
    if attempt.reduced_at is not None:
        raise NotFoundError("这份答卷过了保存期限，只留下得分，没有题目回顾了。")
    items = queries.paper_items(db.session, attempt.paper)
    answers = queries.current_answers(db.session, attempt.id)
    everything = reviewed(attempt.paper, items, answers, attempt.marks or [])
    missed = [question for question in everything if not question.is_correct]
    only_missed = request.args.get("show") == "missed"
    return render_template(
        "attempts/review.html", attempt=attempt, sitting=attempt.sitting, only_missed=only_missed,
        questions=missed if only_missed else everything, total=len(everything), missed=len(missed),
    )  # fmt: skip
