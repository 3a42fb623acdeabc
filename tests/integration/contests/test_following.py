"""Later drafts follow the stage before them in all that nobody has changed there; what was changed stays."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from quiz import clock
from quiz.contests import extending, services, stages
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.contests.queries import window_of, windows_of
from quiz.contests.rules import Basics, ContestGroupKind, Place
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.contests.windows import proposed_after
from quiz.db import db
from quiz.desk.presets import PRESETS, add_stages
from quiz.errors import DomainError
from quiz.promotion.queries import plan_of
from quiz.regions.models import RegionLevel
from tests.cast import Cast
from tests.factories.contests import ROWS, actor_of, make_contest
from tests.integration.desk.test_wizard import form_data
from tests.pages import page, post, text_of

DAY = timedelta(days=1)
HOME = Place("region", "630000")


class Scene:
    """A draft of four stages as the preset of a province makes it, and the acts of its organiser."""

    def __init__(self, cast: Cast) -> None:
        self.now = clock.now()
        self.actor = actor_of(db.session, cast.province)
        self.first = make_contest(
            db.session, host=str(HOME), by=cast.province, now=self.now, opens_at=self.now + DAY, hours=48, is_published=False
        )  # fmt: skip
        preset = PRESETS[RegionLevel.PROVINCE]
        add_stages(db.session, actor=self.actor, contest=self.first, preset=preset, now=self.now)

    @property
    def stages(self) -> list[Contest]:
        return stages.stages_of(db.session, self.first)

    def time(self, stage: Contest, **changes: object) -> list[Contest]:
        timing = replace(services.timing_of(stage), **changes)  # type: ignore[arg-type]
        return services.change_timing(db.session, actor=self.actor, contest=stage, timing=timing, now=self.now)

    def move(self, stage: Contest, opens_at: datetime, length: timedelta) -> list[Contest]:
        return self.time(stage, opens_at=opens_at, closes_at=opens_at + length)

    def paper(self, stage: Contest, **changes: object) -> None:
        values = {
            "rows": ROWS, "ranking_profile": "average", "has_public_board": False, "compares_time": True, **changes,
        }  # fmt: skip
        services.change_paper(db.session, actor=self.actor, contest=stage, now=self.now, **values)  # type: ignore[arg-type]


@pytest.fixture
def scene(app, cast):
    with app.test_request_context():  # the names of a preset's stages are in the language of the request
        yield Scene(cast)


def test_untouched_drafts_move_along_and_keep_the_week_between(scene):
    first, second, third, fourth = scene.stages
    opens = scene.now + 60 * DAY  # far past where the last one stood
    assert scene.move(first, opens, 3 * DAY) == [second, third, fourth]
    for before, after in ((first, second), (second, third), (third, fourth)):
        assert window_of(after)[0] == proposed_after(windows_of(before))
        assert window_of(after)[1] - window_of(after)[0] == 3 * DAY


def test_a_draft_that_was_moved_by_hand_stays_and_is_not_run_into(scene):
    first, second, third, fourth = scene.stages
    begins = window_of(third)[0] + 30 * DAY
    scene.move(third, begins, DAY)
    assert window_of(fourth)[0] == proposed_after(windows_of(third))
    assert scene.move(first, scene.now + 2 * DAY, 2 * DAY) == [second]
    assert window_of(third) == (begins, begins + DAY)
    with pytest.raises(DomainError) as caught:
        scene.move(first, begins - 5 * DAY, 2 * DAY)
    assert caught.value.field == "closes_at" and caught.value.params["stage"] == "市州级复赛"
    assert caught.value.params["moved"] == "县级复赛"
    assert window_of(first)[0] == scene.now + 2 * DAY and window_of(second)[0] == proposed_after(windows_of(first))


def test_a_stage_that_others_follow_still_waits_for_the_one_before(scene):
    first, second, third, _fourth = scene.stages
    stood = window_of(third)
    with pytest.raises(DomainError) as caught:
        scene.move(second, window_of(first)[1] - timedelta(hours=1), DAY)
    assert caught.value.field == "opens_at" and window_of(third) == stood


def test_an_announced_stage_never_moves(scene):
    first, second, *_others = scene.stages
    services.publish(db.session, actor=scene.actor, contest=first, now=scene.now)
    services.publish(db.session, actor=scene.actor, contest=second, now=scene.now)
    stood = window_of(second)
    with pytest.raises(DomainError):
        extending.change_window(
            db.session, actor=scene.actor, contest=first, closes_at=stood[0] + DAY, now=scene.now
        )  # fmt: skip
    assert window_of(second) == stood


def test_a_contest_that_ends_later_takes_the_drafts_with_it(scene):
    first, second, third, fourth = scene.stages
    services.publish(db.session, actor=scene.actor, contest=first, now=scene.now)
    closes = window_of(second)[0] + DAY
    moved = extending.change_window(db.session, actor=scene.actor, contest=first, closes_at=closes, now=scene.now)
    assert moved == [second, third, fourth] and window_of(second)[0] == proposed_after(windows_of(first)) > closes


def test_duration_release_and_unit_are_handed_on_but_not_the_attempts(scene):
    first, second, third, fourth = scene.stages
    scene.time(third, duration_seconds=1200)
    scene.time(first, duration_seconds=900, release_results="manual", attempts_allowed=3)
    assert [services.timing_of(one).duration_seconds for one in scene.stages] == [900, 900, 1200, 1200]
    assert {services.timing_of(one).release_results for one in scene.stages} == {"manual"}
    assert [services.timing_of(one).attempts_allowed for one in scene.stages] == [3, 1, 1, 1]
    pairs = Unit(StageUnit.TEAM, 2, 1, 2)
    services.change_timing(
        db.session, actor=scene.actor, contest=first, timing=services.timing_of(first), unit=pairs, now=scene.now
    )
    assert {one.unit_rule for one in (first, second, third, fourth)} == {pairs}


def test_what_does_not_suit_a_short_later_window_is_left_as_it_is(scene):
    first, second, *_others = scene.stages
    scene.move(second, window_of(second)[0], timedelta(minutes=20))
    scene.time(first, duration_seconds=3600)
    assert services.timing_of(second).duration_seconds == 600


def test_paper_ranking_and_words_are_handed_on_until_a_stage_has_its_own(scene):
    first, second, third, fourth = scene.stages
    harder = [{**row, "count": row["count"] + 1} for row in ROWS]
    scene.paper(third, rows=harder)
    longer = [{**row, "count": row["count"] + 2} for row in ROWS]
    scene.paper(first, rows=longer, ranking_profile="national", compares_time=False)
    rows = [one.groups[0].sitting.paper_spec.rows for one in scene.stages]
    assert [row[0]["count"] for row in rows] == [ROWS[0]["count"] + extra for extra in (2, 2, 1, 1)]
    assert {one.ranking_profile for one in scene.stages} == {"national"}
    assert not any(one.compares_time for one in scene.stages)
    services.change_text(
        db.session, actor=scene.actor, contest=first, title="2027年“6·26”竞赛", theme="健康人生", organisers=Organisers(),
        notice="带好准考证。", now=scene.now,
    )  # fmt: skip
    assert [one.title for one in scene.stages[1:]] == [
        "2027年“6·26”竞赛 · 县级复赛", "2027年“6·26”竞赛 · 市州级复赛", "2027年“6·26”竞赛 · 省级决赛",
    ]  # fmt: skip
    assert {one.theme for one in scene.stages} == {"健康人生"}


def test_groups_and_places_of_later_drafts_are_those_of_the_first(scene):
    first, *later = scene.stages
    scene.paper(first, compares_time=False)
    county = Place("region", "630103")
    groups = (ContestGroupKind.PRIMARY, ContestGroupKind.SENIOR)
    basics = Basics("custom", "改名的竞赛", HOME, (county,), groups)
    services.change_basics(db.session, actor=scene.actor, contest=first, basics=basics, now=scene.now)
    for stage in later:
        assert {group.kind for group in stage.groups} == set(groups)
        assert [place.region_id for place in stage.places] == ["630103"]
        assert {group.sitting.band for group in stage.groups} == {"primary", "senior"}
        assert {group.sitting.compares_time for group in stage.groups} == {False}
        assert stage.title.startswith("改名的竞赛 · ")
    plan = plan_of(db.session, later[0])  # the seats the preset gave to the group that is gone
    assert {group: quota.number for group, quota in plan.quotas.items()} == {"primary": 5, "senior": 5}


def test_the_wizard_says_what_moved_along(app, cast, sign_in):
    with app.test_request_context():
        scene = Scene(cast)
        address = f"/desk/contests/{scene.first.public_id}/time"
        db.session.commit()
    client = sign_in(cast.province)
    soup = page(client.get(address))
    data = form_data(soup)
    opens = clock.now() + 40 * DAY
    data["opens_at"], data["closes_at"] = f"{opens:%Y-%m-%dT%H:%M}", f"{opens + 2 * DAY:%Y-%m-%dT%H:%M}"
    response = post(client, address, data)
    assert response.status_code == 303
    told = text_of(page(client.get(response.location)))
    assert "后面的草稿“县级复赛”、“市州级复赛”、“省级决赛”跟着移到了新的时间" in told
