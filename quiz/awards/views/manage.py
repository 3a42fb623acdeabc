"""The page of a contest's awards, and the page on which its tiers are set."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.awards import labels, queries
from quiz.awards.forms import TiersForm, row_data
from quiz.awards.models import AwardDraft, DraftState
from quiz.awards.rules import TierKind, serial
from quiz.awards.services import tiers as services
from quiz.awards.services.scope import PERMISSION
from quiz.awards.views import common
from quiz.awards.views.blueprint import bp
from quiz.contests.models import Contest
from quiz.contests.queries import state_of
from quiz.db import db
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.pagination import paginate


@bp.get("/awards/<public_id>")
@requires(common.VIEW)
def index(public_id: str) -> ResponseReturnValue:
    """Where the awarding stands and what was issued, as far as the viewer's places go."""
    contest = common.visible(public_id)
    kind = request.args.get("kind", "")
    chosen = TierKind(kind) if kind in set(TierKind) else None
    query = queries.issued(contest.id, common.scope_of(contest), chosen)
    page = paginate(db.session, query, request.args.get("page", 1, type=int), scalars=False)
    return render_template(
        "awards/index.html", contest=contest, page=page, kind=chosen, labels=labels,
        viewer=common.viewer(award for award, _class in page.rows), class_of=common.class_of, setting=queries.setting_of(db.session, contest.id), serial=serial,
        is_given=bool(queries.counts(db.session, contest.id)) and not common.is_held_back(contest),
        **(_process(contest) if common.is_manager(contest) else {"is_manager": False}),
    )  # fmt: skip


def _process(contest: Contest) -> dict[str, Any]:
    """What those who award do next."""
    now = clock.now()
    drafts = queries.drafts_of(db.session, contest.id)
    tiers = queries.tiers_of(db.session, contest.id)
    return {
        "is_manager": True,
        "tiers": [tier.rule() for tier in tiers],
        "by_hand": [tier for tier in tiers if tier.way == "decision"],
        "drafts": drafts,
        "open": next((one for one in drafts if one.state in (DraftState.COMPUTING, DraftState.READY)), None),
        "state": state_of(contest, now),
        "is_settled": queries.is_settled(db.session, contest, now),
        "is_withheld": queries.is_withheld(contest, now),
        "slices": {kind: queries.slices(db.session, contest.id, kind) for kind in labels.KINDS},
        "batches": queries.batches_of(db.session, contest.id),
        "has_fonts": common.fonts().is_there,
        "who": _people(drafts),
    }


def _people(drafts: list[AwardDraft]) -> dict[int, str]:
    """The names of those who computed and issued lists."""
    return common.staff_names({one for draft in drafts for one in (draft.requested_by, draft.confirmed_by) if one})


@bp.route("/awards/<public_id>/tiers", methods=["GET", "POST"])
@requires(PERMISSION)
def tiers(public_id: str) -> ResponseReturnValue:
    contest = common.managed(public_id)
    form = _form(contest)
    do, _sep, number = request.form.get("do", "").partition(":")
    if do in {"add", "remove", "up"}:
        _change_rows(form, do, number)
        form.show_groups(contest)
        return _tiers_page(form, contest, 200)
    form.show_groups(contest)
    if form.validate_on_submit() and tried(form, lambda: _save(form, contest)):
        flash(_("奖项已保存。"), "ok")
        return redirect(url_for("awards.index", public_id=public_id), 303)
    return _tiers_page(form, contest, 422 if request.method == "POST" else 200)


def _form(contest: Contest) -> TiersForm:
    """The form with what is stored, or with good defaults."""
    stored = queries.tiers_of(db.session, contest.id)
    setting: Any = queries.setting_of(db.session, contest.id) or services.defaults(
        db.session, contest, verify_address=common.verify_address(), now=clock.now()
    )
    return TiersForm(
        rows=[row_data(tier) for tier in stored] or [{}], issuers=setting.issuers, signed_on=setting.signed_on,
        serial_prefix=setting.prefix, verify_address=setting.verify_address,
    )  # fmt: skip


def _change_rows(form: TiersForm, do: str, number: str) -> None:
    """Add an empty row, drop one, or move one up; nothing is stored yet."""
    entries = form.rows.entries
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
    if do == "add" and len(entries) < (form.rows.max_entries or 0):
        form.rows.append_entry()
    elif do == "remove" and 0 <= at < len(entries):
        entries.pop(at)
    elif do == "up" and 0 < at < len(entries):
        _swap(entries[at - 1], entries[at])


def _swap(upper: Any, lower: Any) -> None:
    """Let two rows change places; their names on the page stay in order."""
    for one, other in zip(upper.form, lower.form, strict=True):
        one.data, other.data = other.data, one.data
        one.raw_data, other.raw_data = other.raw_data, one.raw_data


def _save(form: TiersForm, contest: Contest) -> None:
    settings = services.Settings(
        prefix=form.serial_prefix.data or "", issuers=form.issuers.data or "", signed_on=form.day(),
        verify_address=(form.verify_address.data or "").rstrip("/"),
    )  # fmt: skip
    services.save(
        db.session, actor=current_user, contest=contest, tiers=form.tiers(), settings=settings, now=clock.now()
    )  # fmt: skip


def _tiers_page(form: TiersForm, contest: Contest, status: int) -> ResponseReturnValue:
    setting = queries.setting_of(db.session, contest.id)
    return render_template(
        "awards/tiers.html", contest=contest, form=form, waiting=queries.open_draft(db.session, contest.id),
        is_fixed=bool(setting and setting.next_number > 1),
    ), status  # fmt: skip


@bp.post("/awards/<public_id>/tiers/preset")
@requires(PERMISSION)
def preset(public_id: str) -> ResponseReturnValue:
    contest = common.managed(public_id)
    services.use_preset(
        db.session, actor=current_user, contest=contest, verify_address=common.verify_address(), now=clock.now()
    )  # fmt: skip
    flash(_("常用奖项已经填好，可以再改。"), "ok")
    return redirect(url_for("awards.index", public_id=public_id), 303)
