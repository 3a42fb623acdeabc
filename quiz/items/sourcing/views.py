"""The catalogue of sources for editors, and what to look at again when a law is amended."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from question_bank.sources import article_name
from quiz import clock
from quiz.audit.services import record
from quiz.db import db
from quiz.items import catalogue, labels
from quiz.items.concerns.services import raise_amended
from quiz.items.queries import citing_items
from quiz.items.sourcing import queries
from quiz.items.sourcing.forms import AmendedForm
from quiz.web.access import requires

bp = Blueprint("item_sources", __name__, url_prefix="/items/sources")


@bp.get("/")
@requires("items.view")
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()
    known = queries.sources()
    facts = {code: fact for code, fact in known.facts.items() if text in code or text in fact["text"]}
    return render_template(
        "items/sourcing/index.html",
        laws=queries.law_lines(db.session),
        documents=known.documents,
        fact_groups=queries.by_topic(facts),
        topic_labels=labels.TOPIC_LABELS,
        counts=queries.fact_counts(db.session),
        text=text,
    )


@bp.get("/laws/<slug>")
@requires("items.view")
def law(slug: str) -> ResponseReturnValue:
    return _law_page(slug, AmendedForm(formdata=None, article=request.args.get("article", "")))


@bp.post("/laws/<slug>/amended")
@requires("items.edit")
def amended(slug: str) -> ResponseReturnValue:
    """Put every item that rests on the law, or on one article of it, into the editors' queue."""
    form = AmendedForm()
    if not form.validate_on_submit():
        return _law_page(slug, form), 422
    found, place = _citing(slug, form.article.data or "")
    bank = catalogue.load(db.session)
    count = raise_amended(
        db.session, actor=current_user, items=[(one.id, bank.published[one.id].version) for one in found],
        text=f"《{queries.get_law(slug)['name']}》{place}：{form.note.data}", now=clock.now(),
    )  # fmt: skip
    record(
        db.session, "item:law:amended", now=clock.now(), actor_id=current_user.user_id, object_type="law",
        object_id=slug, article=form.article.data or "", items=count,
    )  # fmt: skip
    flash(ngettext("%(num)d 道题目进了待看的队列。", "%(num)d 道题目进了待看的队列。", count), "ok")
    return redirect(url_for("item_concerns.index"), 303)


def _law_page(slug: str, form: AmendedForm) -> str:
    article = form.article.data or ""
    found, place = _citing(slug, article)
    return render_template(
        "items/sourcing/law.html",
        slug=slug,
        law=queries.get_law(slug),
        articles=queries.article_lines(db.session, slug),
        article=article,
        place=place,
        items=found,
        form=form,
        kind_labels=labels.KIND_LABELS,
    )


def _citing(slug: str, article: str) -> tuple[list[Any], str]:
    """Published items resting on a law or on one article, and the article's name."""
    queries.get_law(slug)
    known = {line.article for line in queries.article_lines(db.session, slug)}
    if article in known:
        return citing_items(db.session, f"law:{slug}:art-{article}"), article_name(article)
    return citing_items(db.session, f"law:{slug}"), ""
