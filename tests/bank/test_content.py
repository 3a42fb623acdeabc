"""The questions that ship: they load, lint clean and cover what the platform promises."""

import pytest

from question_bank.checks import check_bank
from question_bank.loader import load_bank
from question_bank.stats import count
from question_bank.targets import shortfalls
from question_bank.taxonomy import TOPICS


@pytest.fixture(scope="module")
def items():
    return load_bank()


def test_the_lint_finds_nothing(items):
    assert [str(problem) for problem in check_bank(items)] == []


def test_every_target_is_met(items):
    assert len(items) >= 700
    assert [str(shortfall) for shortfall in shortfalls(count(items))] == []


def test_ids_leave_room_for_those_written_in_an_installation(items):
    assert [item.id for item in items if int(item.id.rpartition("-")[2]) >= 5000] == []


def test_every_topic_and_sub_topic_has_items(items):
    covered = {(item.topic, item.subtopic) for item in items}
    assert covered == {(topic.code, slug) for topic in TOPICS.values() for slug in topic.subtopics}


def test_the_regulation_of_qinghai_is_well_covered(items):
    assert count(items).qinghai >= 60


def test_all_ten_questions_on_the_regulation_are_asked(items):
    assert set(count(items).questions) == set(range(1, 11))


@pytest.mark.parametrize("band", ["primary", "junior", "senior", "adult"])
def test_every_band_has_enough_for_a_paper_of_its_own(items, band):
    assert count(items).bands[band] >= 50


def test_every_item_was_read_against_its_source_and_for_safety(items):
    unread = [item.id for item in items if not {"source", "safety"} <= set(item.checks)]
    assert unread == []
