"""Pages of teachers and organisers: the contest wizard, running contests, class reports."""

from flask_babel import lazy_gettext as _l

from quiz.desk.views import classes, editing, running, wizard
from quiz.web.navigation import NavItem

blueprints = [wizard.bp, editing.bp, running.bp, classes.bp]
NAVIGATION = [NavItem(_l("比赛"), "desk.index", "contest", "staff", "can:contests.view", 20)]
