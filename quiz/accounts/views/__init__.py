"""Pages of accounts."""

from flask_babel import lazy_gettext as _l

from quiz.accounts.publication import views as publication
from quiz.accounts.roster import views as roster
from quiz.accounts.views import password, pupil, pupils, setup, sign_in, slips, staff
from quiz.accounts.views.blueprint import bp
from quiz.web.navigation import NavItem

__all__ = ["NAVIGATION", "blueprints", "password", "setup", "sign_in", "slips"]

blueprints = [bp, pupils.bp, pupil.bp, staff.bp, roster.bp, publication.bp]

NAVIGATION = [
    *roster.NAVIGATION,
    NavItem(
        _l("学生"),
        "accounts_pupils.index",
        "users",
        "staff",
        "can:pupils.view",
        rank=60,
        covers=("accounts_pupil", "accounts_publication"),
    ),
    NavItem(_l("账号"), "accounts_staff.index", "user", "staff", "can:staff.manage", rank=70),
    NavItem(_l("修改密码"), "accounts.change_password", "lock", "staff", "staff", rank=95),
]
