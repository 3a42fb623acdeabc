"""What supervisors, proxies and Prometheus ask. No page, no name, no version; details only for those who may see them."""

import hmac
from typing import Any

from flask import Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from quiz.operations.collecting import DatabaseCollector, database_numbers
from quiz.operations.probe import probe, surroundings
from quiz.operations.rules import Check, Level, verdict
from quiz.operations.views.blueprint import bp
from quiz.web import metrics
from quiz.web.access import public

VERDICTS = {Level.OK: "ready", Level.WARN: "ready", Level.FAIL: "not_ready"}


def has_token() -> bool:
    """Whether the request carries the token of METRICS_TOKEN, compared in constant time."""
    wanted: str | None = current_app.config["METRICS_TOKEN"]
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return wanted is not None and kind == "Bearer" and hmac.compare_digest(given.encode(), wanted.encode())


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Whether this process answers at all (for supervisors and proxies); asks nobody else."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Whether this process should get requests: 200, or 503 when it could not serve truthfully."""
    checks = probe().checks(current_app._get_current_object())  # type: ignore[attr-defined]
    worst = verdict(checks)
    body: dict[str, Any] = {"status": VERDICTS[worst]}
    if has_token() or (_database_answers(checks) and current_user.can("operations.view")):
        body["checks"] = {check.name: _shown(check) for check in checks}
    return jsonify(body), 503 if worst is Level.FAIL else 200


def _database_answers(checks: list[Check]) -> bool:
    """Without it nobody knows who is asking."""
    return checks[0].level is Level.OK


def _shown(check: Check) -> dict[str, Any]:
    return {"level": check.level.value, "state": check.state, **check.facts}


@bp.get("/metrics")
@public
def scrape() -> ResponseReturnValue:
    """Prometheus' text format; 404 where no token is set, 401 for a wrong one."""
    if current_app.config["METRICS_TOKEN"] is None:
        abort(404)
    if not has_token():
        return Response("", 401, {"WWW-Authenticate": "Bearer"})
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    numbers = probe().ask(app, database_numbers)
    body = metrics.exposition(DatabaseCollector(numbers, surroundings(app).cache_health()))
    return Response(body, content_type=CONTENT_TYPE_LATEST)
