"""Pages of the rankings: the list, boards for pupils, staff and the public, and the explanation of an index."""

from flask_babel import lazy_gettext as _l

from quiz.rankings.expected.views import bp as expected
from quiz.rankings.views import explain, index, manage, public, student, teams
from quiz.rankings.views.blueprint import bp
from quiz.web.navigation import NavItem

__all__ = ["explain", "index", "manage", "public", "student", "teams"]
blueprints = [bp, expected]
NAVIGATION = [
    NavItem(_l("排行"), "rankings.index", "rank", "pupil", "pupil", 40),
    NavItem(_l("排名"), "rankings.index", "rank", "staff", "can:contests.view", 40),
]
