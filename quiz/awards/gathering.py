"""From stored standings to a list of awards: whom every tier reaches, and the rows of the list.

Reads only. Call it within one snapshot of the standings (quiz.rankings.snapshot).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import RoleGrant, User, new_public_id
from quiz.awards import named, queries, team_places
from quiz.awards.models import Award, AwardNominee, AwardSetting
from quiz.awards.rules import (
    MOST_AWARDS,
    Candidate,
    Given,
    Outcome,
    Tier,
    TierKind,
    TierWay,
    assign,
    guidance,
    guidance_board,
    missing_letters,
    new_code,
    without,
)
from quiz.contests.models import Contest, ContestGroup, Entry
from quiz.db import in_batches
from quiz.errors import DomainError
from quiz.promotion.queries import disqualified
from quiz.rankings.boards import Board, Cursor, PupilLine
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.queries import ranked, units_query
from quiz.rankings.rules import ALL, BoardLevel
from quiz.regions.models import School, SchoolClass

PAGE = 400
SOME = 500  # ids of one question


@dataclass
class Listing:
    """The list that is being made: rows of awards without their place, and numbers by tier."""

    session: Session
    contest: Contest
    tally: ContestTally
    tiers: Sequence[Tier]
    nominees: Sequence[AwardNominee]
    at: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)

    def position(self, tier: Tier) -> int:
        """The place of a tier among all tiers of the contest."""
        return next(place for place, one in enumerate(self.tiers) if one.id == tier.id)

    def of_kind(self, kind: TierKind) -> list[Tier]:
        """The tiers of a kind, the highest first."""
        return [tier for tier in self.tiers if tier.kind is kind]

    def named(self, tiers: Sequence[Tier]) -> dict[int, AwardNominee]:
        """Key → whoever was named for one of these tiers; the highest where somebody was named for several."""
        found: dict[int, AwardNominee] = {}
        for tier in reversed(tiers):
            for one in self.nominees:
                if one.tier_id == tier.id:
                    found[one.user_id or one.team_id or one.school_id or 0] = one
        return found

    def note(self, tiers: Sequence[Tier], outcomes: Mapping[int, Outcome], group: str | None) -> None:
        """Keep what became of each tier."""
        for place, tier in enumerate(tiers):
            numbers = {"given": outcomes[place].given, "extra": outcomes[place].extra, "line": outcomes[place].line}
            self.numbers.append(
                {"position": self.position(tier), **tier.to_dict(), "group": group or tier.group, **numbers}
            )


def listing(
    session: Session, contest: Contest, tally: ContestTally, *, setting: AwardSetting, letters: frozenset[int],
    at: datetime,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:  # fmt: skip
    """The rows of the list in order, and its summary. Raises DomainError when nobody or too many would receive one."""
    tiers = [tier.rule() for tier in queries.tiers_of(session, contest.id)]
    nominees, left_out = named.fit(session, contest, [one.id for one in tiers])
    made = Listing(session, contest, tally, tiers, nominees, at)
    _pupils(made)
    _instructors(made)
    _schools(made)
    _teams(made)
    rows, held, differ = _without_held(session, contest, made.rows)
    if len(rows) > MOST_AWARDS:
        raise DomainError(
            "按现在的奖项有 %(count)s 个奖，最多 %(most)s 个。请减少名额或提高分数线。",
            count=len(rows),
            most=MOST_AWARDS,
        )
    if not rows and not held:
        raise DomainError("按现在的奖项没有人获奖。请检查名额、分数线和指定的人。")
    groups = {group.kind.value: number for number, group in enumerate(contest.groups)}
    rows.sort(
        key=lambda row: (row["tier_position"], groups.get(row["group_kind"], -1), row["rank"] or 10**9, row["name"])
    )
    for place, row in enumerate(rows, start=1):
        row |= {
            "place": place, "title": printed_title(contest), "issuers": setting.issuers, "public_id": new_public_id(),
            "check_code": new_code(),
        }  # fmt: skip
    common = missing_letters(printed_title(contest) + setting.issuers + "".join(tier.name for tier in tiers), letters)
    missing = [[row["place"], found] for row in rows if (found := missing_letters(_people(row), letters))]
    summary = {
        "tiers": made.numbers, "count": len(rows), "held": held, "differ": differ, "missing": missing, "common": common,
        "disqualified": sorted(disqualified(session, contest)),
    }  # fmt: skip
    return rows, summary | {"left_out": [one.id for one in left_out]}


def _people(row: dict[str, Any]) -> str:
    """The names that a row's certificate prints."""
    reason = row["reason"]
    members = [name for _, name in reason.get("members", ())]
    return "".join((row["name"], row["school"], *members, reason.get("instructor", "")))


def printed_title(contest: Contest) -> str:
    """What certificates call the contest."""
    return contest.title


def _without_held(
    session: Session, contest: Contest, rows: Iterable[dict[str, Any]]
) -> tuple[list[dict[str, Any]], int, int]:
    """The rows of those who hold no valid award of the kind yet; how many do, and how many of them of another tier."""
    query = sa.select(Award.kind, Award.user_id, Award.team_id, Award.school_id, Award.tier)
    holders = {
        (kind, user_id or team_id or school_id): tier
        for kind, user_id, team_id, school_id, tier in session.execute(
            query.where(Award.contest_id == contest.id, *queries.valid())
        )
    }
    left, held, differ = [], 0, 0
    for row in rows:
        tier = holders.get((row["kind"], row["user_id"] or row["team_id"] or row["school_id"]))
        if tier is None:
            left.append(row)
            continue
        held += 1
        differ += tier != row["tier"]
    return left, held, differ


def _reason(tier: Tier, one: Given, nominee: AwardNominee | None, outcome: Outcome) -> dict[str, Any]:
    """Why, as labels.reason puts it into words."""
    if one.is_named and nominee is not None:
        return {"way": TierWay.DECISION.value, "text": nominee.reason}
    on_line = bool(outcome.extra and one.candidate and one.candidate.rank == outcome.line)
    return {"way": tier.way.value, "amount": tier.amount, "on_line": on_line, "line": outcome.line}


# Pupils


def _pupils(made: Listing) -> None:
    """Every group of its own: the board, and those of the group who were named."""
    tiers = made.of_kind(TierKind.PUPIL)
    entered = _entries(made, [one.user_id for one in made.named(tiers).values() if one.user_id])
    for group in made.contest.groups:
        of_group = [tier for tier in tiers if tier.group in (None, group.kind.value)]
        if not of_group:
            continue
        nominees = {key: one for key, one in made.named(of_group).items() if entered.get(key) == group.id}
        places = {tier.id: place for place, tier in enumerate(of_group)}
        seen: dict[int, PupilLine] = {}
        given, outcomes = assign(
            of_group, {key: places[one.tier_id] for key, one in nominees.items()}, _board(made, group, seen)
        )
        made.note(of_group, outcomes, group.kind.value)
        schools = _schools_of(made.session, {line.class_id for line in seen.values()})
        for one in given:
            line = seen.get(one.key)
            person = _ranked_person(line, schools) if line else named.person(made.session, made.contest, one.key)
            tier = of_group[one.tier]
            reason = _reason(tier, one, nominees.get(one.key), outcomes[one.tier])
            made.rows.append(_row(made, tier, group.kind.value, reason) | {"user_id": one.key} | person)


def _board(made: Listing, group: ContestGroup, seen: dict[int, PupilLine]) -> Iterator[Candidate]:
    """The group's board page by page, as far as somebody reads it; ``seen`` keeps the lines.

    Whoever was disqualified is left out, and those behind move up.
    """
    lines: dict[int, PupilLine] = {}

    def everybody() -> Iterator[Candidate]:
        board, cursor = Board(made.session, made.tally, group.kind.value), None
        while page := board.page(made.at, cursor, PAGE):
            for line in page:
                lines[line.user_id] = line
                yield Candidate(line.user_id, line.rank, line.is_tied, line.score)
            cursor = Cursor(page[-1].key, page[-1].user_id)

    for one in without(everybody(), disqualified(made.session, made.contest)):
        seen[one.key] = replace(lines[one.key], rank=one.rank, is_tied=one.is_tied)
        yield one


def _entries(made: Listing, user_ids: Sequence[int]) -> dict[int, int]:
    """User → the group that was entered."""
    query = sa.select(Entry.user_id, Entry.group_id).where(
        Entry.contest_id == made.contest.id, Entry.user_id.in_(user_ids)
    )
    return {user_id: group_id for user_id, group_id in made.session.execute(query)}


def _schools_of(session: Session, class_ids: Iterable[int]) -> dict[int, int]:
    """Class → school."""
    found: dict[int, int] = {}
    for ids in in_batches(sorted(class_ids), SOME):
        query = sa.select(SchoolClass.id, SchoolClass.school_id).where(SchoolClass.id.in_(ids))
        found |= {class_id: school_id for class_id, school_id in session.execute(query)}
    return found


def _row(made: Listing, tier: Tier, group: str | None, reason: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": tier.kind, "tier": tier.name, "tier_position": made.position(tier), "group_kind": group,
        "reason": reason, "team_id": None,
    }  # fmt: skip


def _ranked_person(line: PupilLine, schools: Mapping[int, int]) -> dict[str, Any]:
    return {
        "name": line.name, "school": line.school, "class_id": line.class_id, "school_id": schools[line.class_id],
        "rank": line.rank, "is_tied": line.is_tied, "value": line.score,
    }  # fmt: skip


# Teachers


def _instructors(made: Listing) -> None:
    """Teachers by what the pupils of their classes receive in this list."""
    tiers, pupil_tiers = made.of_kind(TierKind.INSTRUCTOR), made.of_kind(TierKind.PUPIL)
    if not tiers:
        return
    places = {made.position(tier): place for place, tier in enumerate(pupil_tiers)}
    winners = [
        (row["user_id"], row["class_id"], places[row["tier_position"]], row["group_kind"])
        for row in made.rows if row["kind"] is TierKind.PUPIL and row["class_id"] is not None
    ]  # fmt: skip
    found = guidance(winners, queries.teachers_of(made.session, {one[1] for one in winners}), pupil_tiers)
    nominees = made.named(tiers)
    own = {tier.id: place for place, tier in enumerate(tiers)}
    places_of = {key: own[one.tier_id] for key, one in nominees.items()}
    given, outcomes = assign(tiers, places_of, guidance_board(found))
    made.note(tiers, outcomes, None)
    people = _teachers(made.session, [one.key for one in given])
    for one in given:
        if one.key not in people:
            continue  # has no class any more
        reason = _reason(tiers[one.tier], one, nominees.get(one.key), outcomes[one.tier])
        if one.key in found:
            reason |= found[one.key].__dict__
        made.rows.append(
            _row(made, tiers[one.tier], None, reason) | {"user_id": one.key, "class_id": None} | people[one.key]
            | _standing(one.candidate)
        )  # fmt: skip


def _teachers(session: Session, user_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Teacher → name and the school of their first class."""
    query = (
        sa.select(User.id, User.name, School.id, School.name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(SchoolClass, SchoolClass.id == RoleGrant.class_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(User.id.in_(user_ids), RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id.desc())
    )
    rows = session.execute(query)
    return {user: {"name": name, "school_id": school, "school": label} for user, name, school, label in rows}


def _standing(one: Candidate | None) -> dict[str, Any]:
    if one is None:
        return {"rank": None, "is_tied": False, "value": None}
    return {"rank": one.rank, "is_tied": one.is_tied, "value": one.value}


# Teams


def _teams(made: Listing) -> None:
    """Teams by their sums, every group of its own, as pupils are."""
    tiers = made.of_kind(TierKind.TEAM)
    groups = team_places.groups_of(made.session, list(made.named(tiers)))
    for group in made.contest.groups if tiers else ():
        of_group = [tier for tier in tiers if tier.group in (None, group.kind.value)]
        nominees = {key: one for key, one in made.named(of_group).items() if groups.get(key) == group.id}
        places = {tier.id: place for place, tier in enumerate(of_group)}
        board = team_places.board(made.session, made.contest, made.tally, group)
        given, outcomes = assign(of_group, {key: places[one.tier_id] for key, one in nominees.items()}, board)
        made.note(of_group, outcomes, group.kind.value)
        ranks = {one.key: one for one in board}
        facts = team_places.facts(made.session, [one.key for one in given])
        for one in given:
            columns, kept = facts[one.key]
            reason = _reason(of_group[one.tier], one, nominees.get(one.key), outcomes[one.tier]) | kept
            row = _row(made, of_group[one.tier], group.kind.value, reason)
            made.rows.append(row | columns | _standing(ranks.get(one.key)))


# Schools


def _schools(made: Listing) -> None:
    """Schools by index: tiers for all groups on the whole board, those of one group on the board of that group."""
    tiers = made.of_kind(TierKind.SCHOOL)
    taken: set[int] = set()
    for group in dict.fromkeys(tier.group for tier in tiers):
        of_group = [tier for tier in tiers if tier.group == group]
        nominees = {key: one for key, one in made.named(of_group).items() if key not in taken}
        places = {tier.id: place for place, tier in enumerate(of_group)}
        places_of = {key: places[one.tier_id] for key, one in nominees.items()}
        board = [one for one in _school_board(made, group or ALL) if one.key not in taken]
        given, outcomes = assign(of_group, places_of, board)
        made.note(of_group, outcomes, group)
        ranks = {one.key: one for one in board}
        names = _school_names(made.session, [one.key for one in given])
        for one in given:
            taken.add(one.key)
            reason = _reason(of_group[one.tier], one, nominees.get(one.key), outcomes[one.tier])
            made.rows.append(
                _row(made, of_group[one.tier], group, reason)
                | {"user_id": None, "class_id": None, "school_id": one.key}
                | {"name": names[one.key], "school": names[one.key]} | _standing(ranks.get(one.key))
            )  # fmt: skip


def _school_board(made: Listing, category: str) -> list[Candidate]:
    query = units_query(made.tally, level=BoardLevel.SCHOOL, category=category)
    units = made.session.scalars(query.where(UnitStanding.index.is_not(None))).all()
    rows = ranked(made.session, made.tally, level=BoardLevel.SCHOOL, category=category, units=units)
    return [
        Candidate(row.unit.school_id or 0, row.rank or 0, row.is_tied, row.unit.index or 0)
        for row in rows
        if row.unit.school_id
    ]


def _school_names(session: Session, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in in_batches(ids, SOME):
        query = sa.select(School.id, School.name).where(School.id.in_(some))
        found |= {school_id: name for school_id, name in session.execute(query)}
    return found
