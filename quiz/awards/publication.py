"""The one place that decides how a name is shown to the public."""

import re

from sqlalchemy.orm import Session

from quiz.accounts.publication.queries import may_publish, publishable
from quiz.accounts.publication.rules import public_name
from quiz.awards.models import Award
from quiz.awards.rules import TierKind

BETWEEN_NAMES = re.compile(r"\s*[、，,；;/]\s*")  # of teachers in the one field that a team has for them


def shown_name(session: Session, award: Award) -> str:
    """What the verification page calls the recipient: a school or team by its name, a person masked unless they consented."""
    if award.kind in (TierKind.SCHOOL, TierKind.TEAM):
        return award.name
    return public_name(award.name, award.user_id is not None and may_publish(session, award.user_id))


def listed_name(award: Award) -> str:
    """What a public list calls the recipient: a school or team by its name, every person masked.

    The consents recorded so far speak of boards, certificates and draws (publication.rules.TEXTS), not of a list of
    winners that anybody may open; full names there need a text that says so.
    """
    return award.name if award.kind in (TierKind.SCHOOL, TierKind.TEAM) else public_name(award.name, False)


def shown_members(session: Session, award: Award) -> list[str]:
    """The members of a team in public: each masked unless they consented."""
    may = publishable(session, [user_id for user_id, _ in award.members])
    return [public_name(name, user_id in may) for user_id, name in award.members]


def shown_instructors(award: Award) -> list[str]:
    """The teachers whom a team named, each masked: they are words of the school, no account says that one consented."""
    return [public_name(name, False) for name in BETWEEN_NAMES.split(award.instructor) if name]
