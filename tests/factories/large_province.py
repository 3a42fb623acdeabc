"""A province of 30,000 schools in 3,000 counties with contests in it: for tests and measurements of pages that list places."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz import clock
from quiz.accounts.models import Enrolment, Role, RoleGrant, User, UserKind
from quiz.awards.models import Award, AwardDraft, AwardSetting, DraftState
from quiz.awards.rules import Tier, TierKind, TierWay
from quiz.awards.services import tiers as tiering
from quiz.contests import stages
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.desk.models import ContestSurvey
from quiz.promotion.models import PromotionRemark, PromotionRun, RunState
from quiz.promotion.rules import Outcome, Plan, Quota, Reason, Ties, UnitLevel
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.profiles import NATIONAL, Figures
from quiz.regions.models import Region, RegionLevel, School, SchoolKind
from tests.cast import Cast
from tests.factories.contests import actor_of
from tests.integration.rankings.arena import make_arena

PREFECTURES, COUNTIES, SCHOOLS = 14, 3000, 30_000


PROVINCE = "990000"
WINNERS = 3000


@dataclass(frozen=True)
class Large:
    """Public ids: a running contest, one that is over with a stage to follow, one of a single prefecture."""

    running: str
    over: str
    of_prefecture: str
    run_by_county: str
    run_by_school: str
    draft: str


def build(session: Session, cast: Cast) -> Large:
    """Another province with so many places, and contests in it; standings are written as the product would write them."""
    prefectures = [f"99{number:02d}00" for number in range(1, PREFECTURES + 1)]
    regions = [_region(PROVINCE, "大省", RegionLevel.PROVINCE, None, None)]
    regions += [_region(one, f"第{one}市", RegionLevel.PREFECTURE, PROVINCE, one) for one in prefectures]
    counties = [(f"{800_000 + number:06d}", prefectures[number % PREFECTURES]) for number in range(COUNTIES)]
    regions += [_region(one, f"第{one}县", RegionLevel.COUNTY, above, above) for one, above in counties]
    _insert(session, Region, regions)
    schools = [(number, *counties[number % COUNTIES]) for number in range(10_000, 10_000 + SCHOOLS)]
    _insert(session, School, [
        {"id": one, "code": f"99{one:08d}", "name": f"第{one}中学", "kind": SchoolKind.JUNIOR, "county_id": county,
         "prefecture_id": prefecture, "province_id": PROVINCE, "slip_valid_days": 180, "is_active": True, "is_demo": False}
        for one, county, prefecture in schools
    ])  # fmt: skip
    running = _running(session, cast, schools, prefectures, dict(counties))
    over = _over(session, cast, {"region_id": PROVINCE}, schools, prefectures, dict(counties))
    first = prefectures[0]
    some = {one: above for one, above in counties if above == first}
    inside = [one for one in schools if one[2] == first]
    of_prefecture = _over(session, cast, {"region_id": first}, inside, [first], some)
    users = _winners(session, cast)
    runs = [_promoted(session, cast, over, users, level, units) for level, units in (
        ("county", [one for one, _above in counties]), ("school", [str(one) for one, *_places in schools]),
    )]  # fmt: skip
    draft = _awarded(session, cast, over, users)
    grant = RoleGrant(user_id=cast.county, role=Role.PREFECTURE_ORGANISER, region_id=first, created_at=clock.now())
    session.add(grant)  # somebody of a prefecture of the province
    session.commit()
    return Large(running.public_id, over.public_id, of_prefecture.public_id, *runs, draft)


def _running(session, cast, schools, prefectures, counties) -> Contest:
    """Two weeks of counted days."""
    now = clock.now()
    where = {"host": {"host_region_id": PROVINCE}, "place": {"region_id": PROVINCE}}
    arena = make_arena(session, cast, now, is_over=False, **where)
    arena.sittings["junior"].opens_at = now - timedelta(days=10)
    _standings(session, arena.contest, schools, prefectures, counties)
    days = {(now - timedelta(days=back)).date().isoformat(): dict.fromkeys(counties, 3) for back in range(-1, 12)}
    quick = [{"school_id": 10_000 + number, "pupils": 40} for number in range(200)]
    session.add(ContestSurvey(contest_id=arena.contest.id, surveyed_at=now, days=days, quick=quick, looked_at=[]))
    return arena.contest


def _over(session, cast, place, schools, prefectures, counties) -> Contest:
    where = {"host": {"host_region_id": place["region_id"]}, "place": place}
    contest = make_arena(session, cast, clock.now(), has_public_board=True, **where).contest
    contest.organisers = Organisers(("大省示例主办单位",)).to_dict()
    _standings(session, contest, schools, prefectures, counties)
    return contest


def _winners(session, cast) -> list[int]:
    now = clock.now()
    users = [{"id": 500_000 + at, "kind": UserKind.PUPIL, "name": f"学生{at}", "created_at": now, "public_id": f"large{at}",
              "session_version": 1} for at in range(WINNERS)]  # fmt: skip
    _insert(session, User, users)
    _insert(session, Enrolment, [
        {"user_id": one["id"], "school_id": cast.school_a, "class_id": cast.class_a1, "student_number": f"L{one['id']}",
         "started_at": now} for one in users
    ])  # fmt: skip
    return [one["id"] for one in users]


def _promoted(session, cast, contest, users, level, units) -> str:
    """A trial that was computed: a line for every unit, and some of those who go through."""
    now = clock.now()
    if contest.stage_name == "":
        actor = actor_of(session, cast.admin)
        stages.add_stage(session, actor=actor, contest=contest, own_name="初赛", name="决赛", now=now)
    after = stages.next_stage(session, contest)
    seats = [{"group": "junior", "unit": one, "participants": 10, "seats": 2, "through": 2, "line": 1 << 20, "undecided": 0}
             for one in units]  # fmt: skip
    plan = Plan(UnitLevel(level), Ties.ALL_IN, {"junior": Quota(number=2)})
    run = PromotionRun(
        contest_id=contest.id, next_stage_id=after.id, state=RunState.WITHDRAWN, plan=plan.to_dict(), basis="",
        asked_by=cast.admin, asked_at=now, counted_at=now,
        summary={"groups": {"junior": {"through": 2 * len(units), "out": 8 * len(units)}}, "units": seats},
    )  # fmt: skip
    session.add(run)
    session.flush()
    _insert(session, PromotionRemark, [
        {"run_id": run.id, "user_id": user, "group_kind": "junior", "unit_id": units[at], "school_id": cast.school_a,
         "class_id": cast.class_a1, "order_key": at << 17, "place": 1, "seats": 2, "outcome": Outcome.THROUGH,
         "reason": Reason.QUOTA, "number": None} for at, user in enumerate(users)
    ])  # fmt: skip
    return run.public_id


def _awarded(session, cast, contest, users) -> str:
    """A list of awards that was issued."""
    now = clock.now()
    actor = actor_of(session, cast.admin)
    tiers = [Tier(0, "一等奖", TierKind.PUPIL, None, TierWay.QUOTA, WINNERS)]
    settings = tiering.Settings("QY-2026", "大省示例主办单位", "https://qingyuan.example/verify")
    tiering.save(session, actor=actor, contest=contest, tiers=tiers, settings=settings, now=now)
    numbers = {"given": WINNERS, "extra": 0, "line": None, "position": 0, "name": "一等奖", "kind": "pupil", "group": "junior",
               "way": "quota", "amount": WINNERS, "id": 1}  # fmt: skip
    summary = {"tiers": [numbers], "count": WINNERS, "held": 0, "differ": 0, "missing": [], "common": []}
    draft = AwardDraft(
        contest_id=contest.id, state=DraftState.ISSUED, requested_by=cast.admin, requested_at=now, computed_at=now,
        confirmed_by=cast.province, confirmed_at=now, tally_number=1, summary=summary,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    _insert(session, Award, [
        {"contest_id": contest.id, "draft_id": draft.id, "place": at, "kind": TierKind.PUPIL, "tier": "一等奖",
         "tier_position": 0, "group_kind": "junior", "user_id": user, "school_id": cast.school_a, "class_id": cast.class_a1,
         "name": f"学生{at}", "school": "城中区清源实验学校", "title": contest.title, "issuers": "大省示例主办单位", "rank": at,
         "value": 9000, "reason": {"way": "quota", "amount": WINNERS, "on_line": False}, "number": at, "issued_at": now,
         "signed_on": now.date(), "public_id": f"award{at}", "is_tied": False, "check_code": f"{at:028d}"}
        for at, user in enumerate(users, start=1)
    ])  # fmt: skip
    session.execute(
        sa.update(AwardSetting).where(AwardSetting.contest_id == contest.id).values(next_number=WINNERS + 1)
    )
    return draft.public_id


def _region(code, name, level, parent, prefecture):
    return {"id": code, "name": name, "level": level, "parent_id": parent, "prefecture_id": prefecture,
            "province_id": PROVINCE, "rank": 0}  # fmt: skip


def _insert(session, model, rows):
    for at in range(0, len(rows), 5000):
        session.execute(sa.insert(model.__table__), rows[at : at + 5000])


def _standings(session, contest: Contest, schools, prefectures, counties) -> None:
    now = clock.now()
    session.add(ContestTally(contest_id=contest.id, generation=1, number=1, tallied_at=now, counted=SCHOOLS))

    def unit(level, one, pupils, expected, county=None, prefecture=None, school=None, category="all"):
        figures = {"parts": min(1, pupils), "parts_expected": 1, "pupils": pupils, "pupils_expected": expected,
                   "passed": pupils // 2, "full_marks": pupils // 9, "score_sum": pupils * 7123, "source": "enrolled"}  # fmt: skip
        index = NATIONAL.index(Figures.from_dict(figures))
        return {"contest_id": contest.id, "generation": 1, "category": category, "level": level, "unit_id": str(one),
                "school_id": school, "school_kind": None, "county_id": county, "prefecture_id": prefecture,
                "pupils": pupils, "figures": figures, "index": index}  # fmt: skip

    rows = [unit("prefecture", one, 700, 2000, prefecture=one) for one in prefectures]
    for category in ("all", "junior"):
        rows += [unit("county", one, 300, 1000, one, above, category=category) for one, above in counties.items()]
        rows += [
            unit("school", one, one % 7 * 4, 30 + one % 90, county, prefecture, one, category)
            for one, county, prefecture in schools
        ]
    renamed = [{("index_hundredths" if key == "index" else key): value for key, value in row.items()} for row in rows]
    _insert(session, UnitStanding, renamed)
