"""The one place that decides how a name is shown to the public."""

from sqlalchemy.orm import Session

from quiz.accounts.rules import mask_name
from quiz.awards.models import Award
from quiz.awards.rules import TierKind


def shown_name(_session: Session, award: Award) -> str:
    """What the verification page calls the recipient: a school by its name, a person masked.

    Consent to publication, once it is recorded, is asked for here and nowhere else.
    """
    return award.name if award.kind is TierKind.SCHOOL else mask_name(award.name)
