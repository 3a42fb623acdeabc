"""Which pupils a member of staff knows by name: names in full for one's own pupils, masked ones of all others."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor, mask_name
from quiz.regions.models import SchoolClass
from quiz.regions.queries import classes_within


def knows_class(session: Session, actor: Actor) -> Callable[[int | None], bool]:
    """Whether the pupils of a class (by id) may be seen by the actor anyway. The classes are read once."""
    scope = actor.scope("pupils.view")
    if scope.everywhere:
        return lambda _class_id: True
    if scope.is_empty:
        return lambda _class_id: False
    query = sa.select(SchoolClass.id).join(SchoolClass.school).where(classes_within(scope))
    known = frozenset(session.scalars(query))
    return lambda class_id: class_id in known


def staff_names(session: Session, actor: Actor) -> Callable[[str, int | None], str]:
    """A pupil's name and class id → the name as the actor may see it."""
    knows = knows_class(session, actor)
    return lambda name, class_id: name if knows(class_id) else mask_name(name)


def line_names(session: Session, actor: Actor) -> Callable[[Any], str]:
    """:func:`staff_names` for lines that hold a pupil's ``name`` and ``class_id``."""
    name_of = staff_names(session, actor)
    return lambda line: name_of(line.name, line.class_id)
