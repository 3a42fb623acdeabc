"""What the numbers of a contest's units rest on, in sentences that boards, explanations and the bulletin share."""

from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.rankings import labels
from quiz.rankings.expected.labels import basis
from quiz.rankings.expected.queries import valid_count
from quiz.rankings.profiles import PROGRESS


def notes_of(session: Session, contest: Contest) -> tuple[str, ...]:
    """As of when the expected pupils were counted, and what progress is measured against."""
    # of teams, where the number comes from (labels.source) says it all: their members are not counted as of a moment
    lines = [] if contest.is_by_teams else [basis(contest, valid_count(session, contest.id))]
    if contest.ranking_profile == PROGRESS.key:
        earlier = session.get(Contest, contest.earlier_contest_id) if contest.earlier_contest_id else None
        lines.append(labels.compared_with(earlier))
    return tuple(lines)
