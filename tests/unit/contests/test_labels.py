"""Everything that a page may have to name has a name."""

from quiz.attempts.models import Counting, Release
from quiz.contests import labels
from quiz.contests.rules import RANKING_PROFILES, ContestGroupKind, ContestState


def test_nothing_is_without_words():
    assert set(labels.GROUPS) == set(ContestGroupKind)
    assert set(labels.STATES) == set(ContestState)
    assert set(labels.COUNTING) == {one.value for one in Counting}
    assert set(labels.RELEASE) == {one.value for one in Release}
    assert set(labels.PROFILES) == set(RANKING_PROFILES)
