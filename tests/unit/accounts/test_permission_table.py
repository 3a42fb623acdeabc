"""The table of permissions, row by row: a change here is a decision, not an accident."""

import pytest

from quiz.accounts.models import Role
from quiz.accounts.permissions import PERMISSIONS
from quiz.accounts.rules import Actor, Grant

ADMIN, EDITOR, PROVINCE, PREFECTURE, COUNTY, SCHOOL, TEACHER = [role.value for role in Role]
ORGANISERS = {PROVINCE, PREFECTURE, COUNTY}
PLACES = {
    PROVINCE: {"region_id": "630000"}, PREFECTURE: {"region_id": "630100"}, COUNTY: {"region_id": "630103"},
    SCHOOL: {"school_id": 1}, TEACHER: {"class_id": 1},
}  # fmt: skip

TABLE = [
    ("schools.view", {ADMIN, *ORGANISERS, SCHOOL}),
    ("schools.manage", {ADMIN, *ORGANISERS}),
    ("classes.manage", {ADMIN, *ORGANISERS, SCHOOL}),
    ("staff.manage", {ADMIN, *ORGANISERS, SCHOOL}),
    ("pupils.view", {ADMIN, SCHOOL, TEACHER}),
    ("roster.import", {ADMIN, SCHOOL, TEACHER}),
    ("pins.reset", {ADMIN, SCHOOL, TEACHER}),
    ("consents.record", {ADMIN, SCHOOL, TEACHER}),
    ("registrations.manage", {ADMIN, *ORGANISERS, SCHOOL}),
    ("items.view", {ADMIN, EDITOR, *ORGANISERS, SCHOOL, TEACHER}),
    ("items.edit", {ADMIN, EDITOR}),
    ("items.review", {ADMIN, EDITOR}),
    ("contests.manage", {ADMIN, *ORGANISERS, SCHOOL, TEACHER}),
    ("contests.view", {ADMIN, *ORGANISERS, SCHOOL, TEACHER}),
    ("teams.register", {ADMIN, SCHOOL, TEACHER}),
    ("contests.excuse", {ADMIN, *ORGANISERS, SCHOOL, TEACHER}),
    ("contests.remark", {ADMIN, *ORGANISERS, SCHOOL}),
    ("contests.appeals", {ADMIN, *ORGANISERS, SCHOOL}),
    ("contests.signals", {ADMIN, *ORGANISERS, SCHOOL}),
    ("contests.rooms", {SCHOOL, TEACHER}),
    ("contests.promote", {ADMIN, *ORGANISERS, SCHOOL}),
    ("awards.manage", {ADMIN, *ORGANISERS, SCHOOL}),
    ("prizes.hand_out", {ADMIN, *ORGANISERS, SCHOOL}),
    ("contests.command", {ADMIN, *ORGANISERS}),
    ("operations.view", {ADMIN}),
    ("retention.manage", {ADMIN}),
    ("audit.view", {ADMIN}),
]


def actor(*grants: Grant) -> Actor:
    return Actor(1, "p", "周老师", "staff", "s", 1, grants)


@pytest.mark.parametrize(("permission", "roles"), TABLE)
@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_exactly_what_the_row_says(permission: str, roles: set[str], role: Role) -> None:
    assert actor(Grant(role.value, **PLACES.get(role.value, {}))).can(permission) is (role.value in roles)


def test_every_permission_has_a_row_here() -> None:
    assert {permission for permission, _ in TABLE} == set(PERMISSIONS)


def test_a_pupil_may_do_nothing() -> None:
    pupil = Actor(1, "p", "卓玛", "pupil", "s", 1, (), 1, 1)
    assert not any(pupil.can(permission) for permission in PERMISSIONS)
    assert all(pupil.scope(permission).is_empty for permission in PERMISSIONS)


def test_the_scope_holds_only_places_of_roles_with_the_permission() -> None:
    both = actor(Grant(TEACHER, class_id=7), Grant(COUNTY, region_id="630103"))
    assert both.scope("pupils.view").classes == {7}
    assert both.scope("pupils.view").regions == set()
    assert both.scope("schools.view").regions == {"630103"}
    assert both.scope("schools.view").classes == set()


def test_a_system_role_reaches_everywhere() -> None:
    assert actor(Grant(ADMIN)).scope("pupils.view").everywhere
    assert actor(Grant(EDITOR)).scope("pupils.view").is_empty
