"""What kind of database this is."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import SetupToken, User
from quiz.accounts.queries import has_demo_accounts as has_demo
from quiz.accounts.staff_queries import has_admin
from quiz.regions.models import School

__all__ = ["has_admin", "has_demo", "is_untouched"]


def is_untouched(session: Session) -> bool:
    """No accounts, no schools, and never started empty on purpose (DEMO=0 leaves a setup token)."""
    return not any(session.scalar(sa.select(model.id).limit(1)) for model in (User, School, SetupToken))
