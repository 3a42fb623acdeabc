"""What several pages of awards need: the contest of an address, names, fonts, answers to refusals."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import current_app, url_for
from flask_login import current_user

from quiz import clock
from quiz.accounts.models import User
from quiz.accounts.names import knows_class
from quiz.accounts.rules import mask_name
from quiz.awards.fonts import FontSet, font_set
from quiz.awards.models import Award
from quiz.awards.rules import TierKind
from quiz.awards.services.scope import PERMISSION
from quiz.contests import queries as contests
from quiz.contests.models import Contest, TeamMember
from quiz.db import db
from quiz.rankings.frozen import freeze_in_force
from quiz.rankings.gathering import opens_at
from quiz.regions.models import SchoolClass
from quiz.regions.rules import EVERYWHERE, NOWHERE, Scope

VIEW = "contests.view"


def managed(public_id: str) -> Contest:
    """The contest, if the actor may award in it (404 otherwise)."""
    return contests.get_managed(db.session, public_id, current_user.scope(PERMISSION))


def visible(public_id: str) -> Contest:
    """The contest, if it concerns the actor (404 otherwise)."""
    return contests.get_visible(db.session, public_id, current_user.scope(VIEW))


def is_manager(contest: Contest) -> bool:
    """Whether the actor may award in this contest."""
    return contests.is_managed(db.session, contest, current_user.scope(PERMISSION))


def scope_of(contest: Contest) -> Scope:
    """Whose awards the actor sees: all for those who award, else those of the own places, none before they are revealed."""
    if is_manager(contest):
        return EVERYWHERE
    return NOWHERE if is_held_back(contest) else current_user.scope(VIEW)


def is_held_back(contest: Contest) -> bool:
    """Whether what was issued waits until the boards are shown again: an award would tell the rank."""
    return freeze_in_force(db.session, contest.id, clock.now()) is not None


def fonts() -> FontSet:
    """The fonts of this installation."""
    return font_set(Path(current_app.config["INSTANCE_FOLDER"]))


@dataclass(frozen=True)
class Viewer:
    """Which pupils the viewer may see by name: ``knows`` says so of a class; ``classes`` are those of teams' members, by team."""

    knows: Callable[[int | None], bool]
    classes: Mapping[int, Collection[int]]

    def name(self, name: str, class_id: int | None, kind: TierKind) -> str:
        """A pupil's name in full or masked; teams, teachers and schools in full."""
        return name if kind is not TierKind.PUPIL or self.knows(class_id) else mask_name(name)

    def sees(self, award: Award) -> bool:
        """Whether somebody's certificate may be opened without awarding in the contest: it prints the names of pupils."""
        if award.team_id is not None:
            return all(self.knows(one) for one in self.classes[award.team_id])
        return award.kind is not TierKind.PUPIL or self.knows(award.class_id)


def viewer(awards: Iterable[Award] = ()) -> Viewer:
    """The viewer of this page, on which these awards are."""
    classes: dict[int, set[int]] = {award.team_id: set() for award in awards if award.team_id is not None}
    query = sa.select(TeamMember.team_id, TeamMember.class_id).where(TeamMember.team_id.in_(classes))
    for team_id, class_id in db.session.execute(query) if classes else ():
        classes[team_id].add(class_id)
    return Viewer(knows_class(db.session, current_user), classes)


def class_of(found: SchoolClass | None, contest: Contest) -> str:
    """A class as it was called when the contest began."""
    return found.label(opens_at(contest)) if found else ""


def verify_address() -> str:
    """The address of the verification page as this browser knows the site."""
    return url_for("awards.verify", _external=True)


def staff_names(ids: set[int]) -> dict[int, str]:
    """Names of members of staff by id."""
    query = sa.select(User.id, User.name).where(User.id.in_(ids))
    return {user_id: name for user_id, name in db.session.execute(query)}


def guided(contest: Contest, awards: Sequence[Award]) -> dict[int, list[tuple[str, str]]]:
    """For teachers' awards: award → (name, tier) of the pupils whose awards it rests on."""
    wanted = {award.id: award.reason.get("user_ids", []) for award in awards if award.kind is TierKind.INSTRUCTOR}
    ids = [user_id for some in wanted.values() for user_id in some]
    query = sa.select(Award).where(
        Award.contest_id == contest.id, Award.kind == TierKind.PUPIL, Award.user_id.in_(ids), Award.revoked_at.is_(None)
    )
    name_of = viewer().name
    own = {one.user_id: (name_of(one.name, one.class_id, one.kind), one.tier) for one in db.session.scalars(query)}
    return {award_id: [own[one] for one in some if one in own] for award_id, some in wanted.items() if some}
