"""Pools: within which a pupil has a rank. The whole group, a kind of school, a prefecture, county, school or class."""

from quiz.rankings.standings import SchoolFacts

WHOLE = -1  # the part of a pool's histogram that counts everybody
#: Levels whose pools can be large: their histograms are split by what is lost of the full score.
SPLIT = ("pupil", "kind", "prefecture", "county")
#: Levels whose pools are small: one histogram, by order key.
FLAT = ("school", "class")


def pool(group: str, level: str, unit: object = "") -> str:
    """The name of a pool as standing_cell stores it."""
    return f"{group}/{level}/{unit}"


def level_of(name: str) -> str:
    """The level of a stored pool."""
    return name.split("/")[1]


def pools_of(group: str, school: SchoolFacts, class_id: int) -> list[str]:
    """Every pool in which a result counts."""
    found = [
        pool(group, "pupil"),
        pool(group, "kind", school.kind),
        pool(group, "county", school.county_id),
        pool(group, "school", school.id),
        pool(group, "class", class_id),
    ]
    return found if school.prefecture_id is None else [*found, pool(group, "prefecture", school.prefecture_id)]
