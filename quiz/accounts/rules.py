"""Who is acting: an immutable picture of the signed-in user, loaded once per request."""

import unicodedata
from dataclasses import dataclass

from quiz.accounts.permissions import PERMISSIONS
from quiz.regions.rules import EVERYWHERE, NOWHERE, Scope


@dataclass(frozen=True)
class Grant:
    """A role at a place (see RoleGrant)."""

    role: str
    region_id: str | None = None
    school_id: int | None = None
    class_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """The signed-in user. Pupils have a school and a class; staff have grants."""

    user_id: int
    public_id: str
    name: str
    kind: str
    session_id: str
    version: int
    grants: tuple[Grant, ...] = ()
    school_id: int | None = None
    class_id: int | None = None
    must_change_secret: bool = False

    # What Flask-Login asks of a user object.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the signed cookie carries: session id, user id and session version."""
        return f"{self.session_id}.{self.user_id}.{self.version}"

    @property
    def is_pupil(self) -> bool:
        return self.kind == "pupil"

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"

    def can(self, permission: str) -> bool:
        """Whether the actor holds a permission anywhere (the place is checked by the query, with scope())."""
        roles = PERMISSIONS[permission]
        return any(grant.role in roles for grant in self.grants)

    def scope(self, permission: str) -> Scope:
        """The places in which the actor holds a permission."""
        held = [grant for grant in self.grants if grant.role in PERMISSIONS[permission]]
        if not held:
            return NOWHERE
        if any(grant.region_id is None and grant.school_id is None and grant.class_id is None for grant in held):
            return EVERYWHERE
        return Scope(
            regions=frozenset(grant.region_id for grant in held if grant.region_id),
            schools=frozenset(grant.school_id for grant in held if grant.school_id),
            classes=frozenset(grant.class_id for grant in held if grant.class_id),
        )


def plain(text: str) -> str:
    """What was typed, in one form: NFKC (full-width digits of a Chinese keyboard become plain ones), trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def username_key(username: str) -> str:
    """The form in which user names are unique: NFKC, trimmed, case-folded (no look-alike takes an account)."""
    return plain(username).casefold()


def mask_name(name: str) -> str:
    """A name as the public may see it.

    Two characters “张*”; three or more: first and last with one “*” between; with “·”: the first character of
    the first part and “**”. One character is shown as “*”.
    """
    name = name.strip()
    if "·" in name or "•" in name:
        return f"{name[0]}**"
    if len(name) <= 1:
        return "*"
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}*{name[-1]}"
