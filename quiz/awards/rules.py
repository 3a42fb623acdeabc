"""Rules of awards, pure: what a tier asks for, who receives what, serials and check codes."""

import re
import secrets
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby

from question_bank.controls import with_breaks
from quiz.errors import DomainError

MOST_TIERS = 20
MOST_NAME = 20  # characters of a tier's name: it is the largest line of the certificate
MOST_QUOTA = 20_000
MOST_AWARDS = 20_000  # of one list
FULL = 10_000  # a score or index of 100, in hundredths


class TierKind(StrEnum):
    """Whom a tier honours."""

    PUPIL = "pupil"
    SCHOOL = "school"
    INSTRUCTOR = "instructor"
    TEAM = "team"


class TierWay(StrEnum):
    """How its recipients are found."""

    QUOTA = "quota"
    CUTOFF = "cutoff"
    DECISION = "decision"


@dataclass(frozen=True)
class Tier:
    """One award tier; of two, the one that stands first is the higher one.

    ``group`` is a contest group or None: then every group has its own quota. ``amount`` is a number of recipients
    (quota) or a score or index in hundredths (cut-off).
    """

    id: int
    name: str
    kind: TierKind
    group: str | None
    way: TierWay
    amount: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values, as a list keeps them."""
        return {**self.__dict__, "kind": self.kind.value, "way": self.way.value}


def check_tier(tier: Tier) -> None:
    """Raise DomainError naming the field that cannot be right."""
    name = tier.name.strip()
    if not name:
        raise DomainError("请填写奖项名称，例如“一等奖”。", field="name")
    if len(name) > MOST_NAME:
        raise DomainError("奖项名称最多 %(most)s 个字，请缩短。", field="name", most=MOST_NAME)
    if tier.way is TierWay.QUOTA and not (tier.amount and 1 <= tier.amount <= MOST_QUOTA):
        raise DomainError("名额填 1 到 %(most)s 之间的整数。", field="amount", most=MOST_QUOTA)
    if tier.way is TierWay.CUTOFF and (tier.amount is None or not 0 <= tier.amount <= FULL):
        raise DomainError("分数线填 0 到 100 之间的数。", field="amount")
    if tier.way is TierWay.CUTOFF and tier.kind is TierKind.INSTRUCTOR:
        raise DomainError("指导教师奖按名额或指定评定，没有分数线。", field="way")
    if tier.kind is TierKind.INSTRUCTOR and tier.group is not None:
        raise DomainError("指导教师奖不分组别，请选“每个组别”。", field="group")


def preset(*, is_by_teams: bool) -> list[Tier]:
    """The usual tiers; in a stage by teams it is teams that are honoured, and schools."""
    if not is_by_teams:
        return [Tier(0, name, kind, None, TierWay.QUOTA, amount) for name, kind, amount in PRESET]
    return [
        Tier(0, name, TierKind.TEAM if kind is TierKind.PUPIL else kind, None, TierWay.QUOTA, amount)
        for name, kind, amount in PRESET
        if kind is not TierKind.INSTRUCTOR
    ]


#: One click on the page of tiers: name, kind, quota. The pupils' tiers hold in every group of its own.
PRESET = (
    ("一等奖", TierKind.PUPIL, 10),
    ("二等奖", TierKind.PUPIL, 20),
    ("三等奖", TierKind.PUPIL, 30),
    ("优秀奖", TierKind.PUPIL, 40),
    ("优秀指导教师", TierKind.INSTRUCTOR, 10),
    ("优秀组织单位", TierKind.SCHOOL, 10),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on a board: ``key`` is a user's or school's id, ``value`` a score or index in hundredths, or points."""

    key: int
    rank: int
    is_tied: bool
    value: int


def without(board: Iterable[Candidate], out: Collection[int]) -> Iterator[Candidate]:
    """The board without some: those behind move up, and only those who are left share a rank.

    Read rank by rank: who follows a rank moves up by those of better ranks who are out, who shares it does not.
    """
    if not out:  # read no further than whoever asks for it
        yield from board
        return
    gone = 0
    for _rank, sharing in groupby(board, key=lambda one: one.rank):
        rows = list(sharing)
        left = [one for one in rows if one.key not in out]
        for one in left:
            yield replace(one, rank=one.rank - gone, is_tied=len(left) > 1)
        gone += len(rows) - len(left)


@dataclass(frozen=True, slots=True)
class Given:
    """A tier (its place in the list of tiers) and who receives it; ``candidate`` is None off the board."""

    tier: int
    key: int
    candidate: Candidate | None
    is_named: bool = False


@dataclass
class Outcome:
    """What became of one tier in one group: how many it took, and the rank on its line if somebody tied there."""

    given: int = 0
    line: int | None = None
    last: int = 0
    extra: int = field(default=0)  # beyond the quota, because they tie on the line


def assign(
    tiers: Sequence[Tier], named: Mapping[int, int], board: Iterable[Candidate]
) -> tuple[list[Given], dict[int, Outcome]]:
    """Who receives what. ``tiers`` are those of one kind and group, the highest first; ``board`` is in order of rank.

    ``named`` maps a key to the place of the tier it was named for. Everybody receives the highest tier reached. A quota
    counts those whom no higher tier has taken; who ties on its line is in. The board is read no further than anybody
    can still be reached. Off the board only those who were named receive anything.
    """
    outcomes = {place: Outcome() for place, _ in enumerate(tiers)}
    given: list[Given] = []
    left = dict(named)
    for one in board:
        ranked = _reached(tiers, outcomes, one)
        if ranked is None and _is_over(tiers, outcomes, one):
            break
        chosen = left.get(one.key)
        if chosen is not None and (ranked is None or chosen <= ranked):
            given.append(Given(chosen, one.key, one, is_named=True))
            outcomes[chosen].given += 1
            del left[one.key]
        elif ranked is not None:
            left.pop(one.key, None)
            given.append(Given(ranked, one.key, one))
            _count(tiers[ranked], outcomes[ranked], one)
    for key, place in left.items():
        given.append(Given(place, key, None, is_named=True))
        outcomes[place].given += 1
    return given, outcomes


def _reached(tiers: Sequence[Tier], outcomes: Mapping[int, Outcome], one: Candidate) -> int | None:
    """The place of the highest tier that a rank or value reaches now."""
    for place, tier in enumerate(tiers):
        if tier.way is TierWay.QUOTA and tier.amount and _has_room(tier.amount, outcomes[place], one):
            return place
        if tier.way is TierWay.CUTOFF and tier.amount is not None and one.value >= tier.amount:
            return place
    return None


def _has_room(quota: int, outcome: Outcome, one: Candidate) -> bool:
    return outcome.last < quota or one.rank == outcome.line


def _is_over(tiers: Sequence[Tier], outcomes: Mapping[int, Outcome], one: Candidate) -> bool:
    """Whether nobody behind this one can reach a tier by rank or value: all quotas are full, all lines are passed."""
    return all(
        tier.way is TierWay.DECISION
        or (tier.way is TierWay.QUOTA and outcomes[place].last >= (tier.amount or 0))
        or (tier.way is TierWay.CUTOFF and one.value < (tier.amount or 0))
        for place, tier in enumerate(tiers)
    )


def _count(tier: Tier, outcome: Outcome, one: Candidate) -> None:
    outcome.given += 1
    if tier.way is not TierWay.QUOTA:
        return
    if outcome.last >= (tier.amount or 0):
        outcome.extra += 1
    else:
        outcome.last += 1
        outcome.line = one.rank


@dataclass(frozen=True)
class Guidance:
    """What a teacher's classes have won: points, pupils, and how many of each tier. A higher tier has more points."""

    points: int
    pupils: int
    by_tier: dict[str, int]
    user_ids: list[int]


def guidance(
    winners: Iterable[tuple[int, int, int, str]], teachers: Mapping[int, Sequence[int]], tiers: Sequence[Tier]
) -> dict[int, Guidance]:
    """Teacher → what their pupils have won. ``winners`` are (user, class, place of the tier, group), ``teachers`` class → ids.

    Of the tiers that a pupil's own group has, the lowest has one point, each higher one a point more.
    """
    found: dict[int, Guidance] = {}
    for user_id, class_id, place, group in winners:
        own = sum(tier.group in (None, group) for tier in tiers[place:])
        for teacher in teachers.get(class_id, ()):
            held = found.get(teacher, Guidance(0, 0, {}, []))
            by_tier = {**held.by_tier, tiers[place].name: held.by_tier.get(tiers[place].name, 0) + 1}
            found[teacher] = Guidance(held.points + own, held.pupils + 1, by_tier, [*held.user_ids, user_id])
    return found


def guidance_board(found: Mapping[int, Guidance]) -> list[Candidate]:
    """Teachers by points, then by the number of their pupils with an award; equal ones share a rank (1-2-2-4)."""
    keys = {teacher: (-one.points, -one.pupils) for teacher, one in found.items()}
    board = []
    for teacher in sorted(keys, key=lambda one: (keys[one], one)):
        rank = 1 + sum(other < keys[teacher] for other in keys.values())
        is_tied = sum(other == keys[teacher] for other in keys.values()) > 1
        board.append(Candidate(teacher, rank, is_tied, found[teacher].points))
    return board


# Serials and check codes

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # 32 of them, none that reads like another: five bits each
CODE_LENGTH = 28  # 140 random bits
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}(-[A-Z0-9]{1,8}){0,2}")
_SERIAL = re.compile(rf"({_PREFIX.pattern})-([0-9]{{6,9}})")
#: The letters of ISO 3166-2:CN for the first two digits of a region's code.
PROVINCES = {
    "11": "BJ", "12": "TJ", "13": "HE", "14": "SX", "15": "NM", "21": "LN", "22": "JL", "23": "HL", "31": "SH",
    "32": "JS", "33": "ZJ", "34": "AH", "35": "FJ", "36": "JX", "37": "SD", "41": "HA", "42": "HB", "43": "HN",
    "44": "GD", "45": "GX", "46": "HI", "50": "CQ", "51": "SC", "52": "GZ", "53": "YN", "54": "XZ", "61": "SN",
    "62": "GS", "63": "QH", "64": "NX", "65": "XJ", "71": "TW", "81": "HK", "82": "MO",
}  # fmt: skip


def default_prefix(region_id: str, year: int) -> str:
    """“QH-2026” for a place in Qinghai."""
    return f"{PROVINCES.get(region_id[:2], 'QY')}-{year}"


def check_prefix(prefix: str) -> None:
    """Raise DomainError for a prefix that a serial cannot have."""
    if not _PREFIX.fullmatch(prefix):
        raise DomainError("编号前缀用大写字母和数字，例如 QH-2026。", field="serial_prefix")


def serial(prefix: str, number: int) -> str:
    """“QH-2026-000123”."""
    return f"{prefix}-{number:06d}"


def parse_serial(text: str) -> tuple[str, int] | None:
    """Prefix and number of a serial written exactly as it is printed; None for anything else."""
    found = _SERIAL.fullmatch(text)
    if found is None:
        return None
    prefix, number = found[1], int(found[found.lastindex or 0])
    return (prefix, number) if serial(prefix, number) == text else None


def new_code() -> str:
    """A new check code from the system's random source."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """A check code as people read it: seven groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def typed_code(text: str) -> str:
    """What somebody typed, without hyphens and spaces and in capitals. Every other letter must be right."""
    return re.sub(r"[\s-]", "", text).upper()


def missing_letters(text: str, known: Container[int]) -> list[str]:
    """The letters of a text for which the fonts have no form, each once, in order."""
    return list(
        dict.fromkeys(letter for letter in with_breaks(text) if not letter.isspace() and ord(letter) not in known)
    )
