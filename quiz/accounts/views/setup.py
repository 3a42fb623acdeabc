"""The first administrator, once, by the token that the console printed."""

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from quiz import clock
from quiz.accounts import services
from quiz.accounts.forms import SetupForm
from quiz.accounts.queries import setup_token_works
from quiz.accounts.services.setup import setup_over
from quiz.accounts.views.blueprint import bp
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from quiz.web.access import public


@bp.get("/setup/<token>")
@public
def setup(token: str) -> ResponseReturnValue:
    if not setup_token_works(db.session, token):
        raise setup_over()
    return render_template("accounts/setup.html", form=SetupForm(), token=token)


@bp.post("/setup/<token>")
@public
def use_setup(token: str) -> ResponseReturnValue:
    if not setup_token_works(db.session, token):
        raise setup_over()
    form = SetupForm()
    if form.validate_on_submit():
        try:
            services.use_setup_token(
                db.session,
                token=token,
                name=form.name.data or "",
                username=form.username.data or "",
                password=form.password.data or "",
                now=clock.now(),
            )
        except NotFoundError:
            raise
        except DomainError as error:
            form.add_error(error)
        else:
            flash(_("管理员账号已经建好，请登录。"), "ok")
            return redirect(url_for("accounts.sign_in_staff"), 303)
    return make_response(render_template("accounts/setup.html", form=form, token=token), 422)
