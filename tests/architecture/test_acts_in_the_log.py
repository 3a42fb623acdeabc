"""Whatever is written to the audit log has words for people who read it."""

from quiz.audit import labels
from tests.architecture.acts import acts


def test_every_act_that_the_source_writes_can_be_read_off_the_source():
    unread = {code: place for code, place in acts().items() if code.startswith("?")}
    assert not unread, "write the code as a text, or add what it can be to MADE in acts.py"


def test_every_act_has_words():
    silent = {code: place for code, place in acts().items() if code not in labels.ACTIONS}
    assert not silent, "add it to ACTIONS in quiz/audit/labels.py"


def test_words_are_of_acts_that_exist_and_lie_in_a_group():
    written = acts()
    assert [code for code in labels.ACTIONS if code not in written] == []
    assert [code for code in written if not code.startswith(tuple(labels.GROUPS))] == []


def test_the_search_finds_acts_of_every_way_to_write_them():
    written = acts()
    assert len(written) > 90
    plain, by_constant, by_choice = "contest:promotion:try", "admin:staff:activate", "school:class:retire"
    by_literal, by_enum, handed_on = "staff:sitting:release_keys", "contest:appeal:accepted", "pupil:move"
    for code in (plain, by_constant, by_choice, by_literal, by_enum, handed_on):
        assert code in written
