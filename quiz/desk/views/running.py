"""The list of contests, and the page of one with its progress."""

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz import clock
from quiz.contests import labels, queries
from quiz.contests.models import Contest
from quiz.contests.notices.queries import notices_of
from quiz.contests.rules import ContestState, Place, parse_place
from quiz.contests.stages import stage_lines
from quiz.contests.teams.registering import registration_of
from quiz.db import db
from quiz.desk import progress as counting
from quiz.desk import queries as desk
from quiz.desk.arriving import Entrance, entrance_of
from quiz.desk.views.blueprint import bp
from quiz.errors import DomainError, NotFoundError
from quiz.papers.rules import parse_rows, total_items
from quiz.rankings.expected import labels as expected
from quiz.rankings.frozen import freeze_in_force
from quiz.regions.labels import class_words
from quiz.web.access import requires

VIEW = "contests.view"


def visible(public_id: str) -> Contest:
    """The contest, if it concerns the actor (404 otherwise)."""
    return queries.get_visible(db.session, public_id, current_user.scope(VIEW))


def chosen_place() -> Place | None:
    """The area asked for in the address, else the one the actor looks at first; 404 outside the scope."""
    scope, text = current_user.scope(VIEW), request.args.get("place")
    if text is None:
        return counting.default_place(scope)
    try:
        place = parse_place(text)
    except DomainError as error:
        raise NotFoundError("没有找到这个地方。") from error
    counting.check_place(db.session, place, scope)
    return place


@bp.get("/")
@requires(VIEW)
def index() -> ResponseReturnValue:
    rows = queries.contests_managed(db.session, current_user.scope(VIEW), clock.now())
    return render_template("desk/index.html", rows=rows, labels=labels)


@bp.get("/<public_id>")
@requires(VIEW)
def show(public_id: str) -> ResponseReturnValue:
    now, contest, place = clock.now(), visible(public_id), chosen_place()
    numbers = _numbers(contest, place)
    return render_template(
        "desk/show.html",
        **numbers,
        registration=registration_of(db.session, contest, current_user, now),
        entrance=_entrance(contest, place, numbers),
        state=queries.state_of(contest, now),
        is_host=queries.is_managed(db.session, contest, current_user.scope("contests.manage")),
        sitting=contest.groups[0].sitting,
        window=queries.window_of(contest),
        trail=_trail(contest, place),
        stages=stage_lines(db.session, contest, now),
        notices=notices_of(db.session, contest),
        is_frozen=freeze_in_force(db.session, contest.id, now) is not None,
    )


@bp.get("/<public_id>/progress")
@requires(VIEW)
def progress(public_id: str) -> ResponseReturnValue:
    """The fragment that the page fetches again every few seconds."""
    return render_template("desk/_progress.html", **_numbers(visible(public_id), chosen_place()))


@bp.get("/<public_id>/idle")
@requires(VIEW)
def idle(public_id: str) -> ResponseReturnValue:
    contest, now = visible(public_id), clock.now()
    begins_at = queries.opening_of(contest, now)
    rows = [] if begins_at else counting.idle_schools(db.session, contest, current_user.scope(VIEW), now)
    areas = counting.areas_of(db.session, rows)
    return render_template("desk/idle.html", contest=contest, rows=rows, areas=areas, begins_at=begins_at)


@bp.get("/<public_id>/rules")
@requires(VIEW)
def rules(public_id: str) -> ResponseReturnValue:
    """The rules on one sheet of A4."""
    contest = visible(public_id)
    items = total_items(parse_rows(contest.groups[0].sitting.paper_spec.rows))
    return render_template(
        "desk/rules.html", contest=contest, sitting=contest.groups[0].sitting, items=items, labels=labels,
        stages=stage_lines(db.session, contest, clock.now()),
        promotion=current_app.extensions["promotion_rules"](contest) if contest.stage_name else [],
    )  # fmt: skip


def _numbers(contest: Contest, place: Place | None) -> dict[str, Any]:
    now, scope = clock.now(), current_user.scope(VIEW)
    of_class = place if place is not None and place.kind == "class" else None
    level = "class" if of_class else None
    found = counting.progress(db.session, contest, scope, place, now, level=level)
    return {
        "contest": contest,
        "place": place,
        "now": now,
        "begins_at": queries.opening_of(contest, now),
        "is_open": queries.state_of(contest, now) in {ContestState.ANNOUNCED, ContestState.RUNNING},
        "labels": labels,
        "basis": expected.basis(contest, found.count),
        "excuses": expected.EXCUSES,
        "sees_areas": bool(scope.everywhere or scope.regions),
        "progress": found,
        "equation": expected.equation(found.numbers),
        "pupils": _pupils(contest, of_class),
    }


def _entrance(contest: Contest, place: Place | None, numbers: dict[str, Any]) -> Entrance | None:
    """How to get in, while somebody has not yet."""
    found = numbers["progress"]
    if not numbers["is_open"] or found.started >= found.expected:
        return None
    return entrance_of(db.session, contest, current_user.scope(VIEW), place)


def _pupils(contest: Contest, place: Place | None) -> list[counting.PupilRow] | None:
    """Names only for those who may see the pupils of this class anyway."""
    if place is None or not current_user.can("pupils.view"):
        return None
    scope = current_user.scope("pupils.view")
    return counting.pupils_of_class(db.session, contest, scope, place.number)


def _trail(contest: Contest, place: Place | None) -> list[tuple[Any, str]]:
    """From the list of contests down to the area shown."""
    trail: list[tuple[Any, str]] = [(labels.CONTESTS, url_for("desk.index"))]
    if place is None or place == counting.default_place(current_user.scope(VIEW)):
        return [*trail, (contest.title, "")]
    trail.append((contest.title, url_for("desk.show", public_id=contest.public_id)))
    for above in counting.ancestors(db.session, place, current_user.scope(VIEW)):
        link = url_for("desk.show", public_id=contest.public_id, place=str(above))
        trail.append((class_words(desk.place_label(db.session, above, clock.now())), link))
    return [*trail, (class_words(desk.place_label(db.session, place, clock.now())), "")]
