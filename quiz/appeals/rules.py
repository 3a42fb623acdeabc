"""Rules of appeals, pure: what may be appealed against, until when, and the steps."""

from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(days=7)  # after the window of the stage has closed
MOST_CHARACTERS = 500


class AppealKind(StrEnum):
    SCORE = "score"  # an item, a key, the marking
    TIME = "time"  # power, network, device
    RANK = "rank"  # place or promotion
    CONDUCT = "conduct"  # disqualification, somebody else's conduct
    OTHER = "other"


class AppealState(StrEnum):
    FILED = "filed"
    PROPOSED = "proposed"  # an answer waits for the second person
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class StepKind(StrEnum):
    FILED = "filed"
    PROPOSED_ACCEPT = "proposed_accept"
    PROPOSED_REFUSE = "proposed_refuse"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


UNSETTLED = (AppealState.FILED, AppealState.PROPOSED)


def may_file(opens_at: datetime, closes_at: datetime, now: datetime) -> bool:
    """Whether an appeal may be filed: from the opening of the stage until a week after its end."""
    return opens_at <= now < closes_at + OPEN_FOR
