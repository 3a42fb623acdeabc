"""What monitors ask, and the health page."""

from flask_babel import lazy_gettext as _l

from quiz.operations.retention.views import bp as retention
from quiz.operations.views import health, probes  # noqa: F401  (they put their routes on the blueprint)
from quiz.operations.views.blueprint import bp
from quiz.web.navigation import NavItem

blueprints = [bp, retention]
NAVIGATION = [
    NavItem(_l("运行状况"), "operations.health", "settings", "staff", "can:operations.view", 80),
    NavItem(_l("保存期限"), "retention.index", "clock", "staff", "can:retention.manage", 82),
]
