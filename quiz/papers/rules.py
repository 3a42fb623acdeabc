"""Paper specifications: rows of what to draw, checked, and the drawing of equivalent papers from a pool.

A row asks for ``count`` items of some topics, kinds and difficulties. Rows may overlap; the drawing finds an
assignment whenever one exists. Points are integer hundredths; a paper's score is normalised to 0–100 later.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from question_bank.kinds import KINDS
from question_bank.taxonomy import TOPICS
from quiz.errors import ConflictError, DomainError

MAX_ITEMS = 100  # of one paper
MAX_POINTS = 10000  # hundredths, of one item
DIFFICULTIES = range(1, 6)
PARTED = ("multiple", "ordering", "matching", "blank")  # kinds of item whose answer can be right in part


class Candidate(Protocol):
    """What the drawing needs to know of an item (items.rules.PoolItem has it)."""

    @property
    def item_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def difficulty(self) -> int: ...


@dataclass(frozen=True)
class SpecRow:
    """One row of a specification; no topics or no kinds means any. ``points`` are hundredths for each item.

    ``partial``: an answer that is partly right earns part of them, where the kind of item has parts (PARTED).
    """

    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    difficulty_min: int = 1
    difficulty_max: int = 5
    count: int = 1
    points: int = 100
    partial: bool = False

    def admits(self, item: Candidate) -> bool:
        """Whether an item may be drawn for this row."""
        return (
            self.difficulty_min <= item.difficulty <= self.difficulty_max
            and (not self.topics or item.topic in self.topics)
            and (not self.kinds or item.kind in self.kinds)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, as PaperSpec.rows stores them; parse_rows gives back an equal row."""
        data = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        if not self.partial:  # as most rows are, and all were once
            del data["partial"]
        return data


@dataclass(frozen=True)
class Drawn:
    """One place of a drawn paper; positions count from 1."""

    position: int
    item_id: str
    version: int
    points: int
    partial: bool = False


@dataclass(frozen=True)
class Shortage:
    """A row (counted from 1) that cannot be filled; ``is_shared`` when only because other rows need the same items."""

    row: int
    wanted: int
    available: int
    is_shared: bool = False

    def error(self) -> DomainError:
        """The shortage in words, with the remedy."""
        if self.is_shared:
            return ConflictError(
                "第 %(row)s 行要 %(wanted)s 道题，其他行用去后只剩 %(available)s 道。减少题数，或放宽题型、主题、难度。",
                row=self.row, wanted=self.wanted, available=self.available,
            )  # fmt: skip
        return ConflictError(
            "第 %(row)s 行要 %(wanted)s 道题，题库里只有 %(available)s 道。减少题数，或放宽题型、主题、难度。",
            row=self.row, wanted=self.wanted, available=self.available,
        )  # fmt: skip


def total_items(rows: Sequence[SpecRow]) -> int:
    """How many items a paper of these rows has."""
    return sum(row.count for row in rows)


def total_points(rows: Sequence[SpecRow]) -> int:
    """The points of a whole paper, in hundredths, before they are normalised."""
    return sum(row.count * row.points for row in rows)


def parse_rows(data: Sequence[Mapping[str, Any]]) -> tuple[SpecRow, ...]:
    """Check plain rows (from a form or the database); raises DomainError naming the first wrong row."""
    if not data:
        raise DomainError("至少写一行要求。", field="rows")
    rows = tuple(_parse_row(number, row) for number, row in enumerate(data, start=1))
    if total_items(rows) > MAX_ITEMS:
        raise DomainError("一份试卷最多 %(most)s 道题。", field="rows", most=MAX_ITEMS)
    return rows


def _parse_row(number: int, data: Mapping[str, Any]) -> SpecRow:
    known = {"topics", "kinds", "difficulty_min", "difficulty_max", "count", "points", "partial"}
    if not set(data) <= known:
        raise DomainError("第 %(row)s 行有不认识的内容。", field="rows", row=number)
    row = SpecRow(
        topics=_codes(number, data.get("topics"), TOPICS),
        kinds=_codes(number, data.get("kinds"), KINDS),
        difficulty_min=_whole(number, data.get("difficulty_min", DIFFICULTIES[0])),
        difficulty_max=_whole(number, data.get("difficulty_max", DIFFICULTIES[-1])),
        count=_whole(number, data.get("count")),
        points=_whole(number, data.get("points")),
        partial=data.get("partial", False) is True,
    )
    if not (row.difficulty_min in DIFFICULTIES and row.difficulty_min <= row.difficulty_max in DIFFICULTIES):
        raise DomainError("第 %(row)s 行的难度要在 1 到 5 之间，从低到高写。", field="rows", row=number)
    if not 1 <= row.count <= MAX_ITEMS:
        raise DomainError("第 %(row)s 行的题数要在 1 到 %(most)s 之间。", field="rows", row=number, most=MAX_ITEMS)
    if not 1 <= row.points <= MAX_POINTS:
        raise DomainError("第 %(row)s 行的每题分值要大于 0，最多 100 分。", field="rows", row=number)
    return row


def _codes(number: int, value: Any, known: Mapping[Any, Any]) -> tuple[str, ...]:
    """Topic or kind codes, each once, in the order of the closed list."""
    given = value or ()
    codes = tuple(str(code) for code in known)
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(code in codes for code in given):
        raise DomainError("第 %(row)s 行有不认识的主题或题型。", field="rows", row=number)
    return tuple(code for code in codes if code in given)


def _whole(number: int, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise DomainError("第 %(row)s 行的题数、分值和难度要写整数。", field="rows", row=number)
    return value


def shortages(rows: Sequence[SpecRow], pool: Sequence[Candidate]) -> list[Shortage]:
    """The rows that a pool cannot fill; an empty list means that draw() succeeds."""
    candidates = [[item for item in pool if row.admits(item)] for row in rows]
    found = [
        Shortage(number, row.count, len(fitting))
        for number, (row, fitting) in enumerate(zip(rows, candidates, strict=True), start=1)
        if len(fitting) < row.count
    ]
    if found:
        return found
    filled = _assign(rows, candidates)
    return [
        Shortage(number, row.count, len(items), is_shared=True)
        for number, (row, items) in enumerate(zip(rows, filled, strict=True), start=1)
        if len(items) < row.count
    ]


def draw(rows: Sequence[SpecRow], pool: Sequence[Candidate], rng: random.Random) -> list[Drawn]:
    """Draw a paper: no item twice, every row filled, each row's items picked evenly from what fits it.

    The same rng state and pool give the same paper. Raises ConflictError when the pool does not suffice.
    """
    samples = [rng.sample(fitting, most) for fitting, most in _choice(tuple(rows), pool)]
    filled = _assign(rows, samples)
    if any(len(items) < row.count for row, items in zip(rows, filled, strict=True)):
        raise shortages(rows, pool)[0].error()
    paper: list[Drawn] = []
    for row, items in zip(rows, filled, strict=True):
        rng.shuffle(items)  # an item handed over between rows must not betray itself by its place
        paper += [
            Drawn(len(paper) + n, item.item_id, item.version, row.points, row.partial)
            for n, item in enumerate(items, 1)
        ]
    return paper


Choice = list[tuple[list[Candidate], int]]
_POOLS_KEPT = 16
_choices: dict[int, tuple[Sequence[Candidate], dict[tuple[SpecRow, ...], Choice]]] = {}


def _choice(rows: tuple[SpecRow, ...], pool: Sequence[Candidate]) -> Choice:
    """For each row what of a pool fits it, and how many of these to sample.

    Looked up once while the pool (the catalogue's own tuple) stays the same.
    """
    if not isinstance(pool, tuple):
        return _find_choice(rows, pool)
    kept, by_rows = _choices.get(id(pool), ((), {}))
    if kept is not pool:
        if len(_choices) >= _POOLS_KEPT:
            _choices.clear()
        _choices[id(pool)] = pool, (by_rows := {})
    found = by_rows.get(rows)
    if found is None:
        found = by_rows[rows] = _find_choice(rows, pool)
    return found


def _find_choice(rows: tuple[SpecRow, ...], pool: Sequence[Candidate]) -> Choice:
    fits = [[item for item in pool if row.admits(item)] for row in rows]
    uses = Counter(item.item_id for fitting in fits for item in fitting)
    total = total_items(rows)
    found = []
    for row, fitting in zip(rows, fits, strict=True):
        # A sample as long as the whole paper always holds a free item, so nothing is lost by not shuffling all; a row
        # that shares no item with another needs no spare ones.
        is_alone = all(uses[item.item_id] == 1 for item in fitting)
        found.append((fitting, min(len(fitting), row.count if is_alone else total)))
    return found


def _assign(rows: Sequence[SpecRow], candidates: Sequence[Sequence[Candidate]]) -> list[list[Candidate]]:
    """Give every row its items: a largest matching by augmenting paths, the rows with least to spare first."""
    owners: dict[str, int] = {}
    spare = [len(fitting) - row.count for row, fitting in zip(rows, candidates, strict=True)]
    for index in sorted(range(len(rows)), key=spare.__getitem__):
        for _ in range(rows[index].count):
            if not _give(index, candidates, owners, set()):
                break
    return [[item for item in fitting if owners.get(item.item_id) == n] for n, fitting in enumerate(candidates)]


def _give(index: int, candidates: Sequence[Sequence[Candidate]], owners: dict[str, int], seen: set[int]) -> bool:
    """Find one more item for a row: a free one, else one that its owner can replace."""
    seen.add(index)
    for item in candidates[index]:
        if item.item_id not in owners:
            owners[item.item_id] = index
            return True
    for item in candidates[index]:
        owner = owners[item.item_id]
        if owner not in seen and _give(owner, candidates, owners, seen):
            owners[item.item_id] = index
            return True
    return False


@dataclass(frozen=True)
class SpecTemplate:
    """A specification with the time it was made for; ``title`` is a message id."""

    key: str
    title: str
    rows: tuple[SpecRow, ...]
    duration_seconds: int


_TEMPLATES = (
    SpecTemplate(
        "class_quiz",
        "课堂小测（10 题，10 分钟）",
        (
            SpecRow(kinds=("single",), count=5, points=1000),
            SpecRow(kinds=("true_false",), count=3, points=1000),
            SpecRow(kinds=("scenario",), count=2, points=1000),
        ),
        10 * 60,
    ),
    SpecTemplate(
        "school_contest",
        "学校竞赛（50 题，60 分钟）",
        (
            SpecRow(kinds=("single",), count=25, points=200),
            SpecRow(kinds=("true_false",), count=12, points=200),
            SpecRow(kinds=("multiple",), count=3, points=200),
            SpecRow(kinds=("scenario",), count=10, points=200),
        ),
        60 * 60,
    ),
    SpecTemplate(
        "national_pattern",
        "全国竞赛样式（20 道单选题，30 分钟）",
        (SpecRow(kinds=("single",), count=20, points=500),),
        30 * 60,
    ),
)

TEMPLATES: dict[str, SpecTemplate] = {template.key: template for template in _TEMPLATES}
