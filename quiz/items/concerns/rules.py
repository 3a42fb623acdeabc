"""What can be wrong with an item, and how a concern ends. Pure."""

from enum import StrEnum


class ConcernKind(StrEnum):
    """Why an item should be looked at; the first six are for people, the others are raised by the program."""

    WRONG_KEY = "wrong_key"
    OUTDATED = "outdated"
    UNCLEAR = "unclear"
    UNSAFE = "unsafe"
    TYPO = "typo"
    OTHER = "other"
    LAW_AMENDED = "law_amended"
    REVIEW_DUE = "review_due"


BY_PEOPLE = (
    ConcernKind.WRONG_KEY, ConcernKind.OUTDATED, ConcernKind.UNCLEAR, ConcernKind.UNSAFE, ConcernKind.TYPO,
    ConcernKind.OTHER,
)  # fmt: skip


class ConcernOutcome(StrEnum):
    """How a concern was settled."""

    UNFOUNDED = "unfounded"  # looked at, the item stays as it is
    CHANGED = "changed"  # a draft was opened or a new version published
    RETIRED = "retired"


MOST_TEXT = 300
MOST_OPEN = 20  # open concerns of one person: a bored pupil must not fill the queue
