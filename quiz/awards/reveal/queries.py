"""Reads of reveals: which one is on, and what a screen shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.accounts.publication.queries import publishable
from quiz.accounts.publication.rules import public_name
from quiz.awards.models import Award
from quiz.awards.queries import tiers_of, valid
from quiz.awards.reveal import rules
from quiz.awards.reveal.models import AwardReveal, RevealStep
from quiz.awards.reveal.rules import Honour, RevealState, Step
from quiz.awards.rules import TierKind, TierWay
from quiz.contests.models import Contest
from quiz.errors import NotFoundError
from quiz.regions.models import Region, School


@dataclass(frozen=True)
class Line:
    """Somebody on the screen, as the hall may see the name; ``is_long`` asks for smaller letters."""

    name: str
    school: str
    county: str
    is_tied: bool = False

    @property
    def is_long(self) -> bool:
        """Whether the name needs more room than usual."""
        return len(self.name) > 6


def running(session: Session, contest: Contest) -> AwardReveal | None:
    """The reveal that is on."""
    query = sa.select(AwardReveal).where(
        AwardReveal.contest_id == contest.id, AwardReveal.state == RevealState.RUNNING
    )  # fmt: skip
    return session.scalar(query)


def newest(session: Session, contest: Contest) -> AwardReveal | None:
    """What the screen shows: the reveal that is on, else the last one (its closing words stay until the lights go out)."""
    query = sa.select(AwardReveal).where(AwardReveal.contest_id == contest.id)
    return session.scalar(query.order_by(AwardReveal.id.desc()).limit(1))


def reveals_of(session: Session, contest: Contest) -> list[AwardReveal]:
    """The last reveals and rehearsals, the latest first."""
    query = sa.select(AwardReveal).where(AwardReveal.contest_id == contest.id)
    return list(session.scalars(query.order_by(AwardReveal.id.desc()).limit(10)))


def get_reveal(session: Session, contest: Contest, public_id: str) -> AwardReveal:
    """One reveal of the contest; else NotFoundError."""
    query = sa.select(AwardReveal).where(AwardReveal.contest_id == contest.id, AwardReveal.public_id == public_id)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这次揭晓。")
    return found


def step_of(session: Session, reveal: AwardReveal, number: int) -> Step | None:
    """One screen; None behind the last and before the first."""
    found = session.get(RevealStep, (reveal.id, number))
    return Step.from_dict(found.data) if found is not None else None


def honours_of(session: Session, contest: Contest) -> list[Honour]:
    """The valid awards of a contest as the script takes them."""
    query = sa.select(
        Award.id, Award.tier, Award.tier_position, Award.group_kind, Award.rank, Award.place, Award.kind
    ).where(Award.contest_id == contest.id, *valid())  # fmt: skip
    return [Honour(*row) for row in session.execute(query.order_by(Award.id))]


def samples_of(session: Session, contest: Contest) -> list[Honour]:
    """What a rehearsal shows: a sample for every award that is issued; before that as many as the tiers may have."""
    if given := honours_of(session, contest):
        return rules.nameless(given)
    groups = [group.kind.value for group in contest.groups]
    tiers: list[tuple[str, int, str | None, int | None, str]] = []
    for tier in tiers_of(session, contest.id):
        of: Sequence[str | None] = [None]
        if tier.kind is TierKind.PUPIL:
            of = [tier.group_kind] if tier.group_kind else groups
        amount = tier.amount if tier.way is TierWay.QUOTA else None
        tiers += [(tier.name, tier.position, group, amount, tier.kind.value) for group in of]
    return rules.samples(tiers)


def lines_of(session: Session, step: Step) -> list[Line]:
    """Who stands on a screen, in its order. Who was revoked since is left out; who was issued again is there."""
    newer = aliased(Award)
    current = sa.func.coalesce(newer.id, Award.id)
    rows = session.execute(
        sa.select(Award.id, current).outerjoin(newer, newer.replaces_id == Award.id).where(Award.id.in_(step.ids))
    )
    of_id = {one: now for one, now in rows}
    query = (
        sa.select(Award, Region.name)
        .join(School, School.id == Award.school_id)
        .join(Region, Region.id == School.county_id)
        .where(Award.id.in_(list(of_id.values())), *valid())
    )
    found = {award.id: (award, county) for award, county in session.execute(query)}
    pupils = [award.user_id for award, _county in found.values() if award.kind is TierKind.PUPIL and award.user_id]
    agreed = publishable(session, pupils)
    shown = [found[of_id[one]] for one in step.ids if of_id.get(one) in found]
    return [_line(award, county, award.user_id in agreed) for award, county in shown]


def _line(award: Award, county: str, is_open: bool) -> Line:
    if award.kind is TierKind.SCHOOL:
        return Line(award.school, "", county)
    name = public_name(award.name, is_open) if award.kind is TierKind.PUPIL else award.name
    return Line(name, award.school, county, award.is_tied)
