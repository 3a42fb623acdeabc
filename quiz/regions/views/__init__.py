"""Pages of the tree: regions, schools, classes."""

from flask_babel import lazy_gettext as _l

from quiz.regions.views import browse, classes, exchange, schools, slips
from quiz.web.navigation import NavItem

__all__ = ["NAVIGATION", "blueprints", "classes", "exchange", "slips"]

blueprints = [browse.bp, schools.bp]

NAVIGATION = [
    NavItem(
        _l("学校与地区"),
        "schools.index",
        "school",
        "staff",
        "can:schools.view",
        rank=58,
        covers=("regions", "registration"),
    )
]
