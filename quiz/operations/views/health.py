"""The health page: the checks in plain words with what to do, and whether each contest can begin."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from quiz import clock
from quiz.contests import labels as contest_labels
from quiz.db import db
from quiz.operations import labels, queries, rules
from quiz.operations.probe import probe
from quiz.operations.views.blueprint import bp
from quiz.web.access import requires


@bp.get("/operations")
@requires("operations.view")
def health() -> ResponseReturnValue:
    now = clock.now()
    site = probe().checks(current_app._get_current_object())  # type: ignore[attr-defined]
    last = queries.mark(db.session, "backup")
    checks = [*site, rules.backup(last.at if last else None, now)]
    return render_template(
        "operations/health.html",
        checks=sorted(checks, key=lambda check: list(rules.Level).index(check.level), reverse=True),
        verdict=rules.verdict(checks),
        hindrances=rules.hindrances(site),
        contests=queries.contest_health(db.session, site, now),
        labels=labels,
        contest_labels=contest_labels,
        now=now,
    )
