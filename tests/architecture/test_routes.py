"""Every route has a declared access rule and is on the list; none vanishes or appears unnoticed."""

from pathlib import Path

from flask import Flask

from quiz.accounts.permissions import PERMISSIONS
from quiz.web.access import rule_of

LIST = Path(__file__).with_name("routes.txt")


def routes(app: Flask) -> list[str]:
    """“METHOD /path  rule”, sorted."""
    lines = []
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"{methods} {rule.rule}  {rule_of(app, rule.endpoint)}")
    return sorted(lines)


def test_every_route_declares_an_access_rule(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        declared = rule_of(app, rule.endpoint)
        assert declared is not None, f"{rule.endpoint} declares no access rule"
        kind, _, permission = declared.partition(":")
        assert declared in {"public", "signed_in", "pupil", "staff"} or (kind == "can" and permission in PERMISSIONS)


def test_the_list_of_routes_is_true(app: Flask) -> None:
    """After adding, moving or removing a route on purpose: python -m tests.architecture.write_routes."""
    assert LIST.read_text().splitlines() == routes(app)


def test_every_permission_is_used_and_known(app: Flask) -> None:
    used = {rule_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    unused = {name for name in PERMISSIONS if f"can:{name}" not in used}
    assert not unused, f"permissions that guard nothing: {unused}"
