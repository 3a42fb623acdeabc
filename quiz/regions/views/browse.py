"""Walk down the tree: provinces, prefectures, counties, schools."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz.db import db
from quiz.regions import browsing
from quiz.regions.labels import KINDS
from quiz.regions.queries import children
from quiz.web.access import requires
from quiz.web.pagination import paginate

bp = Blueprint("regions", __name__, url_prefix="/regions")
SHOWN_SCHOOLS = 200


@bp.get("")
@requires("schools.view")
def index() -> ResponseReturnValue:
    scope = current_user.scope("schools.view")
    regions = browsing.top_regions(db.session, scope)
    if not regions:
        return redirect(url_for("schools.index"))
    if len(regions) == 1:
        return redirect(url_for(".show", region_id=regions[0].id))
    counts = browsing.school_counts(db.session, regions, scope)
    regions.sort(key=lambda region: (-counts.get(region.id, 0), region.rank))
    return render_template(
        "regions/region.html", region=None, trail=[], regions=regions, counts=counts, schools=[], kinds=KINDS
    )


@bp.get("/<string(length=6):region_id>")
@requires("schools.view")
def show(region_id: str) -> ResponseReturnValue:
    scope = current_user.scope("schools.view")
    region = browsing.get_region_within(db.session, region_id, scope)
    regions = children(db.session, region.id)
    visible = {one.id for one in browsing.top_regions(db.session, scope)}
    above = browsing.ancestors(db.session, region)
    first = next((place for place, one in enumerate(above) if one.id in visible), len(above))
    filters = browsing.Filters(region_id=region.id, units=None)
    schools = [] if regions else paginate(db.session, browsing.list_schools(scope, filters), 1, SHOWN_SCHOOLS).rows
    return render_template(
        "regions/region.html",
        region=region,
        trail=[(one.name, url_for(".show", region_id=one.id)) for one in above[first:]],
        regions=regions,
        counts=browsing.school_counts(db.session, [*regions, region], scope),
        schools=schools,
        kinds=KINDS,
    )
