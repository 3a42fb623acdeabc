"""Pages of the expected numbers: the whole of a contest, and the pupils of a class who are excused."""

from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.contests.models import Contest
from quiz.contests.queries import get_visible, is_managed, window_of
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.rankings.expected import labels, lists, queries, services
from quiz.rankings.expected.forms import ExcuseForm, RecountForm
from quiz.rankings.expected.numbers import numbers_of
from quiz.rankings.expected.rules import KINDS, ExcuseKind
from quiz.regions.queries import get_class, get_school
from quiz.regions.rules import EVERYWHERE, Scope
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.guard import as_id

VIEW = "contests.view"
EXCUSE = services.EXCUSE
bp = FlaskBlueprint("expected", __name__, url_prefix="/desk/expected")


def _contest(public_id: str, permission: str = VIEW) -> Contest:
    """A published contest that concerns the actor (404 otherwise)."""
    contest = get_visible(db.session, public_id, current_user.scope(permission))
    if contest.published_at is None:
        raise NotFoundError("比赛发布以后才有应参赛人数。")
    return contest


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(VIEW)
def index(public_id: str) -> ResponseReturnValue:
    """The numbers of a contest as far as the actor may see them; POST counts anew, for hosts."""
    contest, now, form = _contest(public_id), clock.now(), RecountForm()
    is_host = is_managed(db.session, contest, current_user.scope(services.MANAGE))
    if request.method == "POST" and not is_host:
        raise NotFoundError("没有找到这场比赛。")
    if form.validate_on_submit() and (done := tried(form, lambda: _recount(contest, form))):
        before, after = done
        flash(_("应参赛人数已重新核定：原来 %(old)s 人，现在 %(new)s 人。", old=before.pupils, new=after.pupils), "ok")
        return redirect(url_for("expected.index", public_id=public_id), 303)
    counts = queries.counts_of(db.session, contest)
    valid = queries.valid_count(db.session, contest.id)
    scope, school_id = _scope(contest, is_host), request.args.get("school", type=as_id)
    within: list[Scope] = [] if scope.everywhere else [scope]
    if school_id is not None:
        within.append(Scope(schools=frozenset({get_school(db.session, school_id, scope).id})))
    level = "school" if school_id is None and (scope.everywhere or scope.regions) else "class"
    html = render_template(
        "expected/index.html", contest=contest, form=form, counts=counts, valid=valid, labels=labels, kinds=KINDS, now=now,
        names=_makers(counts), basis=labels.basis(contest, valid), most=lists.MOST_ROWS,
        board=lists.overview(db.session, contest, valid, within, level, window_of(contest)[0]),
        recounts=is_host and valid is not None and now < window_of(contest)[1] and contest.cancelled_at is None,
        preview=queries.totals_now(db.session, contest, now) if is_host and valid is not None else None,
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


def _recount(contest: Contest, form: RecountForm) -> Any:
    return services.count_again(
        db.session, actor=current_user, contest=contest, day=form.day.data, reason=form.reason.data, now=clock.now()
    )


def _makers(counts: Any) -> dict[int, str]:
    return queries.names_of(db.session, [one.made_by for one in counts if one.made_by is not None])


def _scope(contest: Contest, is_host: bool) -> Scope:
    """Hosts see every school of their contest, others their places."""
    scope: Scope = current_user.scope(VIEW)
    return EVERYWHERE if is_host else scope


@bp.get("/<public_id>/class/<int:class_id>")
@requires(EXCUSE)
def pupils(public_id: str, class_id: int) -> ResponseReturnValue:
    """The pupils who are counted in a class, and who of them is excused."""
    contest, now = _contest(public_id, EXCUSE), clock.now()
    one = get_class(db.session, class_id, current_user.scope(EXCUSE))
    count = queries.valid_count(db.session, contest.id)
    rows = queries.pupils_of_class(db.session, contest, count, one.id)
    return render_template(
        "expected/class.html", contest=contest, one=one, rows=rows, labels=labels, now=now,
        basis=labels.basis(contest, count), numbers=numbers_of(db.session, contest, one.id),
        name_of=line_names(db.session, current_user),
        may_change=services.may_change(db.session, current_user, contest, now),
    )  # fmt: skip


@bp.route("/<public_id>/class/<int:class_id>/<user_public_id>", methods=["GET", "POST"])
@requires(EXCUSE)
def excuse(public_id: str, class_id: int, user_public_id: str) -> ResponseReturnValue:
    """Why one pupil is not expected."""
    contest, form = _contest(public_id, EXCUSE), ExcuseForm()
    one = get_class(db.session, class_id, current_user.scope(EXCUSE))
    count = queries.valid_count(db.session, contest.id)
    rows = queries.pupils_of_class(db.session, contest, count, one.id, user_public_id)
    if not rows:
        raise NotFoundError("没有找到这名学生，或者统计那天不在这个班，本来就没有计入。")
    name = line_names(db.session, current_user)(rows[0])
    if form.validate_on_submit() and tried(
        form,
        lambda: services.excuse(
            db.session, actor=current_user, contest=contest, class_id=class_id, user_public_id=user_public_id,
            kind=ExcuseKind(form.kind.data), reason=form.reason.data, now=clock.now(),
        ),
    ):  # fmt: skip
        flash(_("%(name)s已标为不计入应参赛。本人仍然可以参加，交卷后自动恢复计入。", name=name), "ok")
        return redirect(url_for("expected.pupils", public_id=public_id, class_id=class_id), 303)
    html = render_template("expected/excuse.html", contest=contest, one=one, name=name, form=form, now=clock.now())
    return html, 422 if request.method == "POST" else 200


@bp.post("/<public_id>/class/<int:class_id>/<user_public_id>/again")
@requires(EXCUSE)
def again(public_id: str, class_id: int, user_public_id: str) -> ResponseReturnValue:
    """Expect a pupil again."""
    services.expect_again(
        db.session, actor=current_user, contest=_contest(public_id, EXCUSE), class_id=class_id,
        user_public_id=user_public_id, now=clock.now(),
    )  # fmt: skip
    flash(_("已恢复计入应参赛。"), "ok")
    return redirect(url_for("expected.pupils", public_id=public_id, class_id=class_id), 303)
