"""The one place that decides how a name is shown to the public."""

from sqlalchemy.orm import Session

from quiz.accounts.publication.queries import may_publish
from quiz.accounts.publication.rules import public_name
from quiz.awards.models import Award
from quiz.awards.rules import TierKind


def shown_name(session: Session, award: Award) -> str:
    """What the verification page calls the recipient: a school by its name, a person masked unless they consented."""
    if award.kind is TierKind.SCHOOL:
        return award.name
    return public_name(award.name, award.user_id is not None and may_publish(session, award.user_id))
