"""What papers and practice draw from, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PoolItem:
    """A published item at its current version, with what it may be drawn by."""

    item_id: str
    version: int
    kind: str
    topic: str
    subtopic: str
    difficulty: int
