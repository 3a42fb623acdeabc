"""Pages of teachers and organisers: the contest wizard, running contests, class reports."""

from flask_babel import lazy_gettext as _l

from quiz.desk.views import (  # noqa: F401  (they put their routes on the blueprint)
    bulletin,
    classes,
    command,
    editing,
    freeze,
    outage,
    remark,
    reminders,
    running,
    stages,
    teams,
    wizard,
)
from quiz.desk.views.blueprint import bp
from quiz.web.navigation import NavItem

blueprints = [bp]
COVERS = (
    "promotion",
    "playoffs",
    "appeal_desk",
    "signals",
    "awards",
    "draws",
    "handing",
    "reveal",
    "expected",
    "notices",
    "publicity",
)  # pages that are reached from a contest's
NAVIGATION = [NavItem(_l("比赛"), "desk.index", "contest", "staff", "can:contests.view", 20, COVERS)]
