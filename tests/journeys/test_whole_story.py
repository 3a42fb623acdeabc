"""The whole story at 360×780, through the pages only: from the contest wizard to the public board.

Every figure that comes out is compared with a reckoning of the test's own, from what was answered and the bank.
"""

import pytest

from tests.journeys import acts, checks, class_report
from tests.journeys.acts import Story
from tests.journeys.browser import aside, chromium, server
from tests.journeys.stage import Stage, stage

__all__ = ["chromium", "server", "stage"]  # fixtures

pytestmark = pytest.mark.browser


def test_from_the_wizard_to_the_public_board(stage: Stage) -> None:
    story = Story(stage)

    organiser = acts.organiser_opens_the_contest(story)
    teacher = acts.teacher_imports_the_roster(story)
    acts.teacher_prints_the_slips(story, teacher)
    acts.office_moves_a_pupil(story)

    phone = acts.pupil_begins_and_loses_the_network(story)
    phone.close(run_before_unload=False)
    computer = acts.pupil_goes_on_elsewhere_and_hands_in(story)
    acts.pupil_comes_back_to_the_phone(story, phone.context)
    acts.the_others_sit(story)
    stage.work()
    checks.progress(organiser, story)
    checks.own_result(computer, story)

    acts.the_window_ends(story)
    checks.own_places(computer, story)
    checks.review(computer, story)
    checks.boards_of_the_organiser(organiser, story)
    class_report.check(teacher, story)
    checks.public_board(story)
    rebuilt = aside(lambda: stage.app.test_cli_runner().invoke(args=["rankings", "rebuild", "--verify"]))
    assert rebuilt.exit_code == 0, rebuilt.output
