"""Who may give which role, and where: only roles below one's own, only within the place one's own role is held at."""

from collections.abc import Iterable

from quiz.accounts.permissions import ADMIN, COUNTY, EDITOR, PERMISSIONS, PREFECTURE, PROVINCE, SCHOOL, TEACHER
from quiz.accounts.rules import Grant
from quiz.regions.rules import EVERYWHERE, NOWHERE, Scope

#: From the highest role to the lowest. Editors stand outside: only administrators appoint them.
ORDER = (ADMIN, PROVINCE, PREFECTURE, COUNTY, SCHOOL, TEACHER)
#: The kind of place that each role is held at.
PLACE_KIND = {
    ADMIN: "everywhere", EDITOR: "everywhere", PROVINCE: "province", PREFECTURE: "prefecture", COUNTY: "county",
    SCHOOL: "school", TEACHER: "class",
}  # fmt: skip


def may_give(own_role: str, role: str) -> bool:
    """Whether holders of ``own_role`` may give ``role`` somewhere."""
    if own_role not in PERMISSIONS["staff.manage"]:
        return False
    if role == EDITOR:
        return own_role == ADMIN
    return own_role in ORDER and ORDER.index(own_role) < ORDER.index(role)


def roles_to_give(grants: Iterable[Grant]) -> tuple[str, ...]:
    """The roles that somebody with these grants may give, highest first."""
    held = {grant.role for grant in grants}
    return tuple(role for role in (*ORDER[1:], EDITOR) if any(may_give(own, role) for own in held))


def scope_to_give(grants: Iterable[Grant], role: str) -> Scope:
    """The places at which somebody with these grants may give ``role``.

    Each grant counts for itself: a county organiser who is also administrator of a school elsewhere appoints
    school administrators in the county only.
    """
    able = [grant for grant in grants if may_give(grant.role, role)]
    if not able:
        return NOWHERE
    if any(grant.role == ADMIN for grant in able):
        return EVERYWHERE
    return Scope(
        regions=frozenset(grant.region_id for grant in able if grant.region_id),
        schools=frozenset(grant.school_id for grant in able if grant.school_id),
    )
