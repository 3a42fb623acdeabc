"""The catalogue of sources for editors: every law, document and fact with the way to cite it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quiz.items.sourcing import queries
from quiz.web.access import requires

bp = Blueprint("item_sources", __name__, url_prefix="/items/sources")


@bp.get("/")
@requires("items.view")
def index() -> ResponseReturnValue:
    return render_template("items/sourcing/index.html", catalogue=queries.catalogue())
