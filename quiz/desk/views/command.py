"""The command board of a contest: one region at a glance, as a page that follows by itself and as a stage screen."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_login import current_user

from quiz import clock
from quiz.contests import labels
from quiz.contests.models import Contest
from quiz.contests.queries import state_of
from quiz.db import db
from quiz.desk.command import queries, rules
from quiz.desk.views.blueprint import bp
from quiz.i18n import current_locale
from quiz.rankings.expected import labels as expected
from quiz.rankings.expected.queries import valid_count
from quiz.rankings.labels import LEVELS
from quiz.rankings.rules import BoardLevel
from quiz.rankings.snapshot import snapshot
from quiz.regions.models import Region
from quiz.web.access import requires

COMMAND = "contests.command"
SHOWN_DAYS = 7
STAGE_TILES = 60


@dataclass(frozen=True)
class TileView:
    """A tile as it is drawn; ``spot`` is its column and row, None where tiles follow one another."""

    name: str
    url: str
    count: rules.Count
    spot: tuple[int, int] | None


@bp.get("/<public_id>/command")
@requires(COMMAND)
def command(public_id: str) -> ResponseReturnValue:
    return render_template("desk/command.html", **_facts(public_id))


@bp.get("/<public_id>/command/live")
@requires(COMMAND)
def command_live(public_id: str) -> ResponseReturnValue:
    """The fragment that the page fetches again."""
    return render_template("desk/_command.html", **_facts(public_id))


@bp.get("/<public_id>/command/stage")
@requires(COMMAND)
def command_stage(public_id: str) -> ResponseReturnValue:
    return render_template("desk/command_stage.html", **_for_guests(_facts(public_id)))


@bp.get("/<public_id>/command/stage/live")
@requires(COMMAND)
def command_stage_live(public_id: str) -> ResponseReturnValue:
    """The fragment that the screen fetches again."""
    return render_template("desk/_command_stage.html", **_for_guests(_facts(public_id)))


def _for_guests(facts: dict[str, Any]) -> dict[str, Any]:
    """On a wall guests may be looking: regions are all there, of a county's schools the upper half."""
    board, tiles = facts["board"], facts["tiles"]
    is_of_schools = board is not None and any(tile.level == BoardLevel.SCHOOL for tile in board.tiles)
    if is_of_schools:
        tiles = [tiles[at] for at in rules.fit_for_guests([tile.count for tile in tiles])]
    return {**facts, "tiles": tiles[:STAGE_TILES], "all_tiles": len(tiles), "is_of_schools": is_of_schools}


def _facts(public_id: str) -> dict[str, Any]:
    now, scope, asked = clock.now(), current_user.scope(COMMAND), request.args.get("place")
    contest = queries.get_contest(db.session, public_id, scope)
    root = queries.get_root(db.session, contest, scope, asked)
    with snapshot(db.session) as session:
        board = queries.look(session, contest, root, now)
    sittings = [group.sitting for group in contest.groups]
    opens_at, closes_at = min(one.opens_at for one in sittings), max(one.closes_at for one in sittings)
    address = {"public_id": public_id, "place": asked}
    return {
        "contest": contest,
        "root": root,
        "host": db.session.get(Region, contest.host_region_id),
        "board": board,
        "tiles": _tiles(contest, root, board) if board else [],
        "forecast": rules.forecast(
            board.totals.pupils, board.totals.remaining, board.days, opens_at=opens_at, closes_at=closes_at, now=now
        ) if board else None,
        "days": [(f"{day.month}/{day.day}", number) for day, number in (board.days or [])[-SHOWN_DAYS:]] if board else [],
        "closes_at": closes_at,
        "state": state_of(contest, now),
        "now": now,
        "labels": labels,
        "levels": LEVELS,
        "day_words": day_words,
        "address": address,
        "rules": rules,
        "equation": expected.equation(board.totals.numbers) if board else "",
        "basis": expected.basis(contest, valid_count(db.session, contest.id)),
    }  # fmt: skip


def day_words(day: Any) -> str:
    """“6月26日”."""
    at = rules.day_starts(day)
    return str(format_datetime(at, "M月d日" if current_locale() == "zh" else "d MMM"))


def _tiles(contest: Contest, root: Region, board: queries.Board) -> list[TileView]:
    spots = rules.place_tiles(root.id, [tile.id for tile in board.tiles])
    return [TileView(tile.name, _link(contest, tile), tile.count, spots.get(tile.id)) for tile in board.tiles]


def _link(contest: Contest, tile: queries.Tile) -> str:
    """A prefecture has a board of its own; a county's schools and a school's classes are in the progress."""
    if tile.level == BoardLevel.PREFECTURE:
        return url_for("desk.command", public_id=contest.public_id, place=tile.id)
    kind = "school" if tile.level == BoardLevel.SCHOOL else "region"
    return url_for("desk.show", public_id=contest.public_id, place=f"{kind}:{tile.id}")
