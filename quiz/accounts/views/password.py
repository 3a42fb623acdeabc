"""One's own password."""

from flask import flash, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts import browser, services
from quiz.accounts.forms import ChangePasswordForm
from quiz.accounts.services.sign_in import open_session
from quiz.accounts.views.blueprint import bp
from quiz.db import db
from quiz.errors import DomainError
from quiz.web.access import staff_only


@bp.get("/account/password")
@staff_only
def change_password() -> ResponseReturnValue:
    return _page(ChangePasswordForm())


@bp.post("/account/password")
@staff_only
def change_password_post() -> ResponseReturnValue:
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return make_response(_page(form), 422)
    now, user_id = clock.now(), current_user.user_id
    try:
        version = services.change_password(
            db.session,
            user_id=user_id,
            current=form.current.data or "",
            password=form.password.data or "",
            source=browser.source(),
            now=now,
        )
    except DomainError as error:
        form.add_error(error)
        return browser.refused(error, _page(form))
    browser.begin(open_session(db.session, user_id=user_id, version=version, method="password", now=now), now)
    flash(_("密码已经更改，其他设备上的登录都已退出。"), "ok")
    return browser.go_on()


def _page(form: ChangePasswordForm) -> str:
    return render_template("accounts/change_password.html", form=form)
