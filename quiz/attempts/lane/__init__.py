"""What the lane (quiz/web/lane.py) answers for attempts: a save, the answering page, the question before handing in, handing in."""

import gc
import logging
import threading

from flask import Flask

from quiz.attempts.lane.confirming import Confirmation, confirm
from quiz.attempts.lane.page import show
from quiz.attempts.lane.saving import save
from quiz.attempts.lane.sheet import Sheet
from quiz.attempts.lane.submitting import submit
from quiz.db import db, write_intent
from quiz.items import catalogue
from quiz.web import lane

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Register the ways; the busiest first."""
    app.extensions["answering_sheet"] = Sheet(app)
    app.extensions["confirmation"] = Confirmation(app)
    lane.add(app, "POST", "/attempts/<public_id>/answers", save)
    lane.add(app, "GET", "/attempts/<public_id>", show)
    lane.add(app, "GET", "/attempts/<public_id>/confirm", confirm)
    lane.add(app, "POST", "/attempts/<public_id>/submit", submit)


def warm(app: Flask) -> None:
    """Read the bank and render its pieces in the background, as a web process begins: at the bell nobody waits for it."""
    threading.Thread(target=_warm, args=(app,), name="warm", daemon=True).start()


def _warm(app: Flask) -> None:
    write_intent.set(False)
    try:
        with app.app_context(), db.sessionmaker() as session:
            bank = catalogue.load(session)
        app.extensions["answering_sheet"].warm((one.item_id, one.version) for one in bank.published.values())
    except Exception:  # no schema yet, or the database away: the first pages will do it
        log.info("the bank was not read ahead", exc_info=True)
    # The program and the bank stay as long as the process. Looking through all of it for cycles now and then
    # would cost a fifth of each page, and stop all threads for it.
    gc.collect()
    gc.freeze()
