"""The whole contest “6·26” with sixty pupils, through the pages only: four stages, and everything that people decide on the way.

Who goes through, who wins and what the bulletin says is reckoned in the test, from what was answered. One thing comes
beside the pages: the corrected key, as an update of the bank's content brings it (its other way, three people at an editor's
desk, is test_editor_browser.py's).
"""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from quiz.db import db
from tests.cast import Cast
from tests.journeys.browser import aside, chromium, server
from tests.journeys.sixty import correcting, hall, people, pupils, staff
from tests.journeys.sixty.people import CHEAT, EVERYBODY, HERO, IN_BROWSERS, ON_PHONE, QUITTER, STAND_IN, TIED, Someone
from tests.journeys.sixty.telling import Telling, go_through
from tests.journeys.stage import Stage, stage

__all__ = ["chromium", "server", "stage"]  # fixtures

pytestmark = pytest.mark.browser


@pytest.fixture
def story(app: Flask, cast: Cast, stage: Stage) -> Telling:
    """The sixty in their classes."""

    def build():
        with app.app_context():
            return people.build(db.session, cast, stage.clock.now())

    return Telling(stage, cast, aside(build))


def test_sixty_pupils_from_the_schools_to_the_hall(app: Flask, story: Telling) -> None:
    opens_at = story.stage.clock.now().replace(second=0, microsecond=0) + timedelta(hours=1)
    staff.organiser_sets_the_contest_up(story, opens_at)
    clerk, _other = staff.staff(story)
    staff.organiser_publishes_the_later_stages(story, clerk, opens_at)

    staff.stage_begins(story, opens_at, 1)
    pupils.everybody_signs_in(story)
    pupils.sit(story, 1, EVERYBODY)
    staff.stage_ends(story, opens_at, 1)
    something_is_wrong(app, story)
    counted = story.results(EVERYBODY)
    second = people_decide(story)

    third = a_plain_stage(story, opens_at, 2, second, "county", 3)
    final = a_plain_stage(story, opens_at, 3, third, "prefecture", 2)

    staff.stage_begins(story, opens_at, 4)
    clerk, _other = staff.staff(story)
    pupils.sit(story, 4, final, frozen_after=lambda: staff.organiser_freezes(story, clerk))
    staff.stage_ends(story, opens_at, 4)
    clerk, other = staff.staff(story)
    staff.awards_are_given(story, clerk, other)
    won = hall.winners(story, final)
    tier = hall.TIERS[won[HERO.name][0]]
    hall.check_list(staff.award_rows(other, story), won)
    hall.no_certificate_yet(story.pages[HERO.name])
    hall.reveal(story, won)

    serial, code = hall.certificate(story.pages[HERO.name], HERO, tier)
    hall.anybody_verifies(story, HERO, tier, serial, code)
    hall.public_sees(story, clerk, won, [len(some) for some in (EVERYBODY, second, third, final)])
    hall.bulletin(story, clerk, story.pupils, counted)


def something_is_wrong(app: Flask, story: Telling) -> None:
    """A pupil appeals, and a key turns out to be wrong: two people settle each."""
    clerk, other = staff.staff(story)
    pupils.appeals(story, ON_PHONE)
    staff.settle_appeal(story, clerk, other)
    pupils.reads_the_answer(story, ON_PHONE)
    stem = correcting.most_used(story)

    def correct() -> str:
        with app.app_context():
            return correcting.correct(db.session, stem, story.stage.clock.now())

    right = aside(correct)
    staff.marks_again(story, clerk, other, stem)
    story.corrected[stem] = right
    for one in IN_BROWSERS:
        pupils.sees_score(story, 1, one)


def people_decide(story: Telling) -> list[Someone]:
    """A first trial, with a tie on a line; then one is disqualified, one withdraws, one is revived; gives who goes on."""
    clerk, other = staff.staff(story)
    run = staff.tries(story, clerk, 1)
    tried = staff.names_of(clerk, run)
    assert tried.keys() == {one.masked for one in go_through(story, EVERYBODY, "school", 4)}, "a trial names nobody"
    for at in correcting.LEVEL:
        assert "并列的都晋级" in tried[EVERYBODY[at].masked]
    staff.decides(clerk, run, CHEAT, "disqualified", "由他人代答")
    staff.decides(clerk, run, QUITTER, "withdrawn", "家长来函，因病退出")
    staff.decides(clerk, run, ON_PHONE, "revived", "申诉成立")
    staff.takes_the_trial_back(clerk, run)

    run = staff.tries(story, clerk, 1)
    wanted = go_through(story, EVERYBODY, "school", 4, out=(CHEAT, QUITTER), revived=(ON_PHONE,))
    through, out = staff.names_of(clerk, run), staff.names_of(clerk, run, "out")
    assert through.keys() == {one.masked for one in wanted}
    assert "复活" in through[ON_PHONE.masked] and STAND_IN.masked not in tried
    assert "前面有人退出，本校第 5 名递补" in through[STAND_IN.masked]
    assert "本人退出" in out[QUITTER.masked] and "取消资格" in out[CHEAT.masked]
    staff.second_person_confirms_and_organiser_publishes(clerk, other, run, len(wanted))
    assert staff.names_of(clerk, run).keys() == {one.name for one in wanted}
    for one in IN_BROWSERS:
        pupils.sees_promotion(story.pages[one.name], story, 1, is_through=one in wanted)
    assert TIED in wanted
    return wanted


def a_plain_stage(
    story: Telling, opens_at: datetime, number: int, some: list[Someone], level: str, seats: int
) -> list[Someone]:
    """Sat, tried, confirmed and published; gives who goes on."""
    staff.stage_begins(story, opens_at, number)
    pupils.sit(story, number, some)
    staff.stage_ends(story, opens_at, number)
    clerk, other = staff.staff(story)
    wanted = go_through(story, some, level, seats)
    staff.promotes(story, clerk, other, number, wanted)
    return wanted
