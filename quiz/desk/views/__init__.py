"""Pages of teachers and organisers: the contest wizard, running contests, class reports."""

from flask_babel import lazy_gettext as _l

from quiz.desk.views import bulletin, classes, command, editing, outage, remark, reminders, running, wizard  # noqa: F401  (they put their routes on the blueprint)
from quiz.desk.views.blueprint import bp
from quiz.web.navigation import NavItem

blueprints = [bp]
NAVIGATION = [NavItem(_l("比赛"), "desk.index", "contest", "staff", "can:contests.view", 20)]
