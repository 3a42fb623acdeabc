"""The expected numbers of areas, from the same facts as the standings: for pages that do not wait for a tally."""

from typing import Any

from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.rankings.expected.rules import Numbers
from quiz.rankings.gathering import Expected, gather
from quiz.rankings.standings import SchoolFacts, school_numbers
from quiz.regions.rules import Scope

NONE = Numbers()


def numbers_of(session: Session, contest: Contest, class_id: int) -> Numbers:
    """Who is expected of one class."""
    facts = gather(session, contest, [Scope(classes=frozenset({class_id}))])
    return numbers_by(facts, "class").get(class_id, NONE)


def numbers_by(facts: Expected, level: str) -> dict[Any, Numbers]:
    """Who is expected of the prefectures, counties, schools or classes.

    A county directly under a province stands among the prefectures.
    """
    found: dict[Any, Numbers] = {}
    if level == "class":
        for one in facts.classes:
            found[one.id] = found.get(one.id, NONE) + Numbers(one.enrolled, one.excused)
        return found
    for (school_id, _group), numbers in school_numbers(facts.classes, facts.headcounts).items():
        key = _area(facts.schools[school_id], level)
        found[key] = found.get(key, NONE) + numbers
    return found


def _area(school: SchoolFacts, level: str) -> Any:
    if level == "school":
        return school.id
    return school.county_id if level == "county" else school.prefecture_id or school.county_id
