"""What the product says of a contest beside what counting.py says: places, units, awards, certificates, the bulletin."""

import io
import random
from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from quiz.accounts.models import Role, RoleGrant, User, UserKind
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.awards import queries as award_queries
from quiz.awards.models import Award, BatchState, CertificateBatch, CertificatePart
from quiz.awards.rules import Tier, TierKind, TierWay, serial, shown_code
from quiz.awards.services import batches, drafts
from quiz.awards.services import tiers as tiering
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.rankings.models import UnitStanding
from quiz.rankings.places import own_ranks
from quiz.rankings.queries import ranked, tally_of, units_query
from quiz.rankings.rules import BoardLevel
from quiz.rankings.verification import contest_differences
from quiz.regions.models import Region, School
from tests.cast import Cast
from tests.factories.contests import actor_of
from tests.factories.province import Pupil
from tests.integration.promotion import counting
from tests.integration.promotion.counting import GROUPS, KIND_OF, UNIT_OF, Results, Tally, Unit, better
from tests.integration.reports.bulletin_forms import of_page, pdf_of, workbook_of
from tests.pages import page, text_of

Pupils = Mapping[int, Pupil]
GROUP_WORDS = {"primary": "小学组", "junior": "初中组", "senior": "高中组"}


def results_of(stage: Contest) -> dict[int, tuple[int, int]]:
    """Everybody's score and seconds, straight from the attempts."""
    query = sa.select(Attempt.user_id, Attempt.score, Attempt.elapsed_seconds).where(
        Attempt.sitting_id.in_([group.sitting_id for group in stage.groups]),
        Attempt.status.in_((AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED)),
    )
    return {user: (score, seconds) for user, score, seconds in db.session.execute(query)}


# --- boards ---------------------------------------------------------------------------------------------------------


def check_places(stage: Contest, pupils: Pupils, sample: Collection[int]) -> None:
    """Every place of some pupils: in the group, and within prefecture, county, school and class."""
    results = results_of(stage)
    for user in sample:
        own, one = own_ranks(db.session, [stage.id], user)[stage.id], pupils[user]
        for level in ("pupil", *UNIT_OF):
            unit = UNIT_OF.get(level, lambda _one: "")
            mine = [user for user in results if pupils[user].group == one.group and unit(pupils[user]) == unit(one)]
            ahead = sum(better(results[other]) < better(results[user]) for other in mine)
            same = sum(results[other] == results[user] for other in mine)
            place = own.places[BoardLevel(level)]
            assert (place.rank, place.size, place.is_tied) == (ahead + 1, len(mine), same > 1), (user, level)


def check_units(stage: Contest, found: Mapping[Unit, Tally]) -> None:
    """Every class, school, county and prefecture in every category: what is counted, the index, the rank."""
    tally = tally_of(db.session, stage.id)
    assert tally is not None
    seen: set[Unit] = set()
    for category in ("all", *GROUPS, *KIND_OF.values()):
        for level in UNIT_OF:
            ranks = counting.ranks(found, category, level)
            units = db.session.scalars(units_query(tally, level=BoardLevel(level), category=category)).all()
            rows = ranked(db.session, tally, level=BoardLevel(level), category=category, units=units)
            for row in rows:
                unit = (category, level, row.unit.unit_id)
                seen.add(unit)
                figures = {name: value for name, value in row.unit.figures.items() if name != "source"}
                assert figures == found[unit].figures(), unit
                assert (row.unit.index, row.rank, row.is_tied) == (found[unit].index(), *ranks[row.unit.unit_id]), unit
    assert seen == set(found)
    query = sa.select(sa.func.count()).where(
        UnitStanding.contest_id == stage.id, UnitStanding.generation == tally.generation
    )
    assert db.session.scalar(query) == len(found)
    assert list(contest_differences(db.session, stage)) == []


# --- awards -----------------------------------------------------------------------------------------------------------


def name_teachers(pupils: Pupils, now: datetime) -> dict[int, set[int]]:
    """A teacher for every second class, who holds the class before it too every third time. Teacher → classes."""
    classes = sorted({one.class_id for one in pupils.values()})
    found: dict[int, set[int]] = {}
    for number in range(1, len(classes), 2):
        teacher = User(
            kind=UserKind.STAFF, name=f"老师{number}", username=f"t{number}", username_key=f"t{number}", created_at=now
        )
        db.session.add(teacher)
        db.session.flush()
        found[teacher.id] = {classes[number]} | ({classes[number - 1]} if number % 3 == 0 else set())
        for class_id in found[teacher.id]:
            db.session.add(RoleGrant(user_id=teacher.id, role=Role.TEACHER, class_id=class_id, created_at=now))
    return found


def give_awards(
    app: Flask,
    cast: Cast,
    stage: Contest,
    now: datetime,
    *,
    prefix: str,
    quotas: list[int],
    teachers: int,
    schools: int,
) -> None:
    """Tiers by quota; one person asks for the list, a second one issues it."""
    by = actor_of(db.session, cast.province)
    tiers = [
        *(
            Tier(0, f"{number}等奖", TierKind.PUPIL, None, TierWay.QUOTA, quota)
            for number, quota in enumerate(quotas, 1)
        ),
        Tier(0, "优秀指导教师", TierKind.INSTRUCTOR, None, TierWay.QUOTA, teachers),
        Tier(0, "优秀组织单位", TierKind.SCHOOL, None, TierWay.QUOTA, schools),
    ]
    settings = tiering.Settings(prefix, "青海省示例主办单位", "https://qingyuan.example/verify")
    tiering.save(db.session, actor=by, contest=stage, tiers=tiers, settings=settings, now=now)
    draft = drafts.request(db.session, actor=by, contest=stage, now=now)
    db.session.commit()
    run_due_jobs(app)
    db.session.expire_all()
    drafts.confirm(
        db.session, actor=actor_of(db.session, cast.admin), contest=stage, draft=draft, now=now
    )  # fmt: skip
    db.session.commit()


def check_awards(
    stage: Contest, pupils: Pupils, out: Collection[int], classes: Mapping[int, Collection[int]],
    found: Mapping[Unit, Tally], *, quotas: list[int], teachers: int, schools: int,
) -> None:  # fmt: skip
    """Who has which award, with rank and value; and their numbers run from 1 in the order of the list."""
    results = results_of(stage)
    given = db.session.scalars(sa.select(Award).where(Award.contest_id == stage.id).order_by(Award.number)).all()
    assert [one.number for one in given] == list(range(1, len(given) + 1))
    wanted = counting.pupil_awards(pupils, results, out, quotas)
    assert {
        one.user_id: (one.tier, one.rank, one.value, one.group_kind, one.class_id)
        for one in given if one.kind is TierKind.PUPIL
    } == {
        user: (f"{place + 1}等奖", rank, results[user][0], pupils[user].group, pupils[user].class_id)
        for user, (place, rank) in wanted.items()
    }  # fmt: skip
    order = [
        (one.tier_position, GROUPS.index(one.group_kind or ""), one.rank) for one in given if one.kind is TierKind.PUPIL
    ]
    assert order == sorted(order)

    winners = {user: place for user, (place, _rank) in wanted.items()}
    points = counting.guidance(pupils, winners, len(quotas), classes)
    assert {one.user_id: one.value for one in given if one.kind is TierKind.INSTRUCTOR} == {
        teacher: points[teacher][0] for teacher in counting.first_by(points, teachers)
    }
    indexes = {
        int(unit): (tally.index() or 0,) for (category, level, unit), tally in found.items()
        if (category, level) == ("all", "school") and tally.scores
    }  # fmt: skip
    assert {one.school_id: one.value for one in given if one.kind is TierKind.SCHOOL} == {
        school: indexes[school][0] for school in counting.first_by(indexes, schools)
    }
    assert len(given) == len(wanted) + sum(one.kind is not TierKind.PUPIL for one in given)


def check_certificates(app: Flask, cast: Cast, stage: Contest, now: datetime, prefix: str) -> None:
    """A page for every award in the order of numbers, which says what the award is; and anybody can verify some of them."""
    by = actor_of(db.session, cast.province)
    for kind in TierKind:
        for first, _last, _count in award_queries.slices(db.session, stage.id, kind):
            batches.request(db.session, actor=by, contest=stage, kind=kind, first=first, now=now)
    db.session.commit()
    run_due_jobs(app)
    db.session.expire_all()
    made = db.session.scalars(sa.select(CertificateBatch).where(CertificateBatch.contest_id == stage.id)).all()
    assert {one.kind for one in made} == set(TierKind) - {TierKind.TEAM} and {one.state for one in made} == {
        BatchState.READY
    }
    for batch in made:
        query = (
            sa.select(CertificatePart.data).where(CertificatePart.batch_id == batch.id).order_by(CertificatePart.part)
        )
        readers = [PdfReader(io.BytesIO(data)) for data in db.session.scalars(query)]
        texts = ["".join(one.extract_text().split()) for reader in readers for one in reader.pages]
        awards = db.session.scalars(
            sa.select(Award).where(Award.contest_id == stage.id, Award.kind == batch.kind).order_by(Award.number)
        ).all()
        for award, text in zip(awards, texts, strict=True):
            says = [
                award.name,
                award.tier,
                award.school,
                serial(prefix, award.number or 0),
                shown_code(award.check_code),
            ]
            assert not [one for one in says if "".join(one.split()) not in text], (award.number, text)
            assert GROUP_WORDS.get(award.group_kind or "", "") in text
    links = [
        (f"/verify/{serial(prefix, one.number or 0)}/{one.check_code}", one.tier) for one in (awards[0], awards[-1])
    ]
    db.session.rollback()
    for link, tier in links:
        text = text_of(page(app.test_client().get(link)))
        assert "证书有效" in text and tier in text


# --- the bulletin -----------------------------------------------------------------------------------------------------


def check_bulletin(client: FlaskClient, stage: Contest, found: Mapping[Unit, Tally]) -> None:
    """Every number of the organiser's copy and of the one for others, by prefecture and by county, in three forms."""
    names = {one.id: one.name for one in db.session.scalars(sa.select(Region))}
    query = sa.select(School.county_id, School.prefecture_id).distinct()
    within = {county: prefecture for county, prefecture in db.session.execute(query)}
    address = f"/desk/contests/{stage.public_id}/bulletin"
    db.session.rollback()  # the requests below want the database for themselves
    for level in ("prefecture", "county"):
        ranks = counting.ranks(found, "all", level)
        some = {unit: tally for (category, at, unit), tally in found.items() if (category, at) == ("all", level)}
        order = sorted(some, key=lambda one: (ranks[one][0] is None, ranks[one][0], one))
        labels = {one: names[one] if level == "prefecture" else f"{names[one]}（{names[within[one]]}）" for one in some}
        total = counting.bulletin_row("合计", counting.together(some.values()), (None, False))
        rows = {one: counting.bulletin_row(labels[one], some[one], ranks[one]) for one in order}
        path = f"{address}?level={level}"
        assert of_page(client, path) == [*rows.values(), total]
        assert pdf_of(client, path)[0] == [*rows.values(), total]
        numbers = [[str(row[0]), *map(as_number, row[1:])] for row in workbook_of(client, path)[0]]
        assert numbers == [[row[0], *map(as_number, row[1:])] for row in [*rows.values(), total]]

        half = -(-sum(rank is not None for rank, _ in ranks.values()) // 2)
        listed = [one for one in order if (ranks[one][0] or 10**9) <= half and len(some[one].scores) >= 5]
        rest = sum(len(one.scores) for one in some.values()) - sum(len(some[one].scores) for one in listed)
        assert rest == 0 or rest >= 5, "the total may be said"
        public = of_page(client, f"{path}&copy=public")
        assert public == [*(rows[one] for one in listed), total]


def as_number(cell: object) -> float | None:
    """A cell as a spreadsheet holds it: “87%” as 87, “3（并列）” as 3, nothing for a dash."""
    text = str(cell).partition("（")[0].rstrip("%")
    return None if text in ("—", "") else float(text)


def sample_of(rng: random.Random, results: Results, size: int) -> list[int]:
    """Some of those who took part."""
    return rng.sample(sorted(results), min(size, len(results)))
