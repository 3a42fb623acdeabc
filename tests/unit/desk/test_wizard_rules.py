"""Reading what people type into the wizard."""

from quiz.contests.rules import Place
from quiz.desk.rules import CLASSES, host_of, school_lines


def test_lines_keep_their_numbers_and_lose_their_blanks():
    assert school_lines(" 6301030001 \n\n第一中学，第二中学") == [(1, "6301030001"), (3, "第一中学"), (4, "第二中学")]
    assert school_lines("") == []


def test_a_teacher_s_contest_is_held_at_the_first_class():
    places = (Place("class", "3"), Place("class", "5"))
    assert host_of(CLASSES, places) == "class:3"
    assert host_of("school:1", places) == "school:1"
