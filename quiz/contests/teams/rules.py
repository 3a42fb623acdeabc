"""Rules of teams, pure: the unit of a stage, what is wrong with one, and what a team may be called."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from quiz.errors import DomainError

SMALLEST_SIZE, LARGEST_SIZE = 2, 10
MOST_RESERVES = 3
MOST_PER_SCHOOL = 50
SHORTEST_NAME, LONGEST_NAME = 2, 20
LONGEST_INSTRUCTOR = 40
LONGEST_REASON = 200


class StageUnit(StrEnum):
    """Who competes in a stage."""

    PUPIL = "pupil"
    TEAM = "team"
    DELEGATION = "delegation"  # one team of each school in each group


@dataclass(frozen=True)
class Unit:
    """The unit of a stage: ``size`` pupils count in each team, ``reserves`` more may be named."""

    kind: StageUnit = StageUnit.PUPIL
    size: int = 3
    reserves: int = 1
    per_school: int = 1

    @property
    def is_by_teams(self) -> bool:
        """Whether pupils compete in teams."""
        return self.kind is not StageUnit.PUPIL

    @property
    def limit(self) -> int:
        """How many teams a school may have in a group."""
        return 1 if self.kind is StageUnit.DELEGATION else self.per_school


def check_unit(unit: Unit) -> None:
    """Raise DomainError naming the field that cannot be right."""
    if not unit.is_by_teams:
        return
    if not SMALLEST_SIZE <= unit.size <= LARGEST_SIZE:
        raise DomainError("每队 2 到 10 人，请修改。", field="team_size")
    if not 0 <= unit.reserves <= MOST_RESERVES:
        raise DomainError("每队候补 0 到 3 人，请修改。", field="team_reserves")
    if not 1 <= unit.per_school <= MOST_PER_SCHOOL:
        raise DomainError("每校每组 1 到 50 队，请修改。", field="teams_per_school")


_MARKS = set("·・•-—–()（）《》“”‘’' 、，,．.་།")
_DIGITS = re.compile(r"\d{5,}")
_CONTACT = re.compile(r"@|https?:|www\.|\.(com|cn|net)\b|微信|vx|qq|电话|手机|加群|扣扣", re.IGNORECASE)


def checked_name(text: str) -> str:
    """The name of a team as it will be printed; DomainError for none, a long one, odd characters or contact data."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise DomainError("队名填 2 到 20 个字，例如“昆仑一队”。", field="name")
    if any(unicodedata.category(char)[0] not in "LMN" and char not in _MARKS for char in name):
        raise DomainError("队名只用文字、数字和常用标点，请去掉特殊符号。", field="name")
    plain = unicodedata.normalize("NFKC", name).replace(" ", "")
    if _DIGITS.search(plain) or _CONTACT.search(plain):
        raise DomainError("队名里不能有电话、网址、微信、QQ 等联系方式，请换一个。", field="name")
    return name


def name_key(name: str) -> str:
    """What two names that look the same have in common."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def lines_of(text: str) -> list[tuple[int, str]]:
    """The lines of a list with their numbers from 1, without empty ones."""
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def wrong_numbers(unit: Unit, members: int, reserves: int) -> list[DomainError]:
    """What is wrong with a team that is not whole, or has too many reserves."""
    errors: list[DomainError] = []
    if members != unit.size:
        errors.append(
            DomainError(
                "每队正好 %(size)s 名队员，现在写了 %(count)s 名。", field="members", size=unit.size, count=members
            )
        )
    if reserves > unit.reserves:
        errors.append(
            DomainError(
                "每队最多 %(most)s 名候补，现在写了 %(count)s 名。",
                field="reserves",
                most=unit.reserves,
                count=reserves,
            )
        )
    return errors
