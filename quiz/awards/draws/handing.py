"""The list for handing prizes out: winners in full, school by school. Opened by who hosts the contest; each opening is in the log."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from flask import Blueprint as FlaskBlueprint
from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.awards.draws import queries
from quiz.awards.draws.models import PrizeDraw
from quiz.awards.draws.queries import Winner
from quiz.awards.draws.rules import DrawState
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.db import db
from quiz.errors import ConflictError
from quiz.regions.labels import class_words
from quiz.web.access import requires
from quiz.web.spreadsheets import XLSX_TYPE, Sheet, attachment, xlsx

HAND_OUT = "prizes.hand_out"
bp = FlaskBlueprint("handing", __name__, url_prefix="/desk/draws")


def _load(public_id: str, draw_id: str) -> tuple[Contest, PrizeDraw, list[Winner]]:
    contest = contests.get_managed(db.session, public_id, current_user.scope(HAND_OUT))
    found = queries.get_draw(db.session, contest, draw_id)
    if found.state is not DrawState.DRAWN:
        raise ConflictError("开奖以后才有发奖名单。")
    winners = queries.winners_of(db.session, found)
    return contest, found, sorted(winners, key=lambda one: (one.school, one.school_class.order, one.place))


def _note(contest: Contest, found: PrizeDraw, winners: Sequence[Winner], how: str) -> None:
    note(
        db.session, contest, "contest:draw:list", current_user.user_id, clock.now(), draw=found.public_id, format=how,
        rows=len(winners),
    )  # fmt: skip


@bp.post("/<public_id>/<draw_id>/list")
@requires(HAND_OUT)
def show(public_id: str, draw_id: str) -> ResponseReturnValue:
    """A sheet for each school, to print. Asked for by POST, because opening it is written down."""
    contest, found, winners = _load(public_id, draw_id)
    _note(contest, found, winners, "print")
    schools = [(name, list(some)) for name, some in groupby(winners, key=lambda one: one.school)]
    return render_template("draws/handing.html", contest=contest, draw=found, schools=schools, now=clock.now())


@bp.post("/<public_id>/<draw_id>/list.xlsx")
@requires(HAND_OUT)
def workbook(public_id: str, draw_id: str) -> ResponseReturnValue:
    contest, found, winners = _load(public_id, draw_id)
    _note(contest, found, winners, "xlsx")
    name = _("%(draw)s 发奖名单", draw=found.title)
    return attachment(xlsx([_sheet(winners, clock.now())]), f"{name}.xlsx", XLSX_TYPE)


def _sheet(winners: Sequence[Winner], now: datetime) -> Sheet:
    headings = [_("学校"), _("班级"), _("姓名"), _("奖品"), _("抽奖号"), _("领取人签字")]
    rows = [
        [one.school, class_words(one.school_class.label(now)), one.name, one.prize, one.ticket, ""] for one in winners
    ]  # fmt: skip
    return Sheet(_("发奖名单"), headings, rows, [36, 18, 14, 20, 20, 16])
