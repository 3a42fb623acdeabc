"""Who holds a contest, pure: organisations by role, in order, as plain data in one column."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quiz.errors import DomainError

MOST_IN_ROLE = 12
MOST_NAME = 120  # characters of one organisation


class OrganiserRole(StrEnum):
    """The roles in the order in which official texts name them."""

    HOST = "host"  # 主办
    UNDERTAKING = "undertaking"  # 承办
    SUPPORTING = "supporting"  # 协办


@dataclass(frozen=True)
class Organisers:
    """The organisations of a contest; their order is the one that was entered."""

    host: tuple[str, ...] = ()
    undertaking: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()

    def of(self, role: OrganiserRole) -> tuple[str, ...]:
        """The organisations in one role."""
        names: tuple[str, ...] = getattr(self, role.value)
        return names

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; roles without anybody are left out."""
        return {role.value: list(self.of(role)) for role in OrganiserRole if self.of(role)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Organisers":
        """The inverse of to_dict()."""
        return cls(**{role.value: tuple(data.get(role.value, ())) for role in OrganiserRole})

    @classmethod
    def from_lines(cls, **texts: str) -> "Organisers":
        """What people typed for each role, one organisation a line; white space around and empty lines are not meant."""
        return cls(**{role: tuple(filter(None, map(str.strip, text.splitlines()))) for role, text in texts.items()})


def check_organisers(organisers: Organisers) -> None:
    """Raise DomainError naming the role that cannot be right."""
    for role in OrganiserRole:
        names, field = organisers.of(role), f"organisers_{role.value}"
        if len(names) > MOST_IN_ROLE:
            raise DomainError("最多写 %(most)s 个单位，一行一个。", field=field, most=MOST_IN_ROLE)
        for name in names:
            if len(name) > MOST_NAME:
                raise DomainError("每个单位最多 %(most)s 个字，请缩短。", field=field, most=MOST_NAME)
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise DomainError("“%(name)s”写了两遍，请删去一行。", field=field, name=doubled)
