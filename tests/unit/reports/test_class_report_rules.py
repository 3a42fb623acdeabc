"""What a class's marked papers tell."""

from question_bank.model import Choice, ChoiceGrade, GradeBand, Item, ItemKind
from quiz.reports.rules import MarkedPaper, average, item_reports, topic_reports


def make_item(item_id, topic, key=("a",), grades=()):
    choices = tuple(
        Choice(id=letter, text=f"选项{letter}", grade=grade)
        for letter, grade in zip("abc", grades or (None, None, None), strict=True)
    )
    return Item(
        id=item_id, kind=ItemKind.SCENARIO if grades else ItemKind.SINGLE, topic=topic, subtopic="", stem="怎么办？",
        choices=choices, answer_key=() if grades else key, explanation="", bands=(GradeBand.JUNIOR,), difficulty=1,
        sources=(),
    )  # fmt: skip


EASY = make_item("law-0001", "law")
HARD = make_item("harm-0001", "harm")


def marked(answers, items=(EASY, HARD)):
    """A paper of the items at positions 1, 2…; “a” is right, each item is worth 10 points."""
    by_position = dict(enumerate(items, start=1))
    marks = [
        {
            "position": n, "points": 1000, "awarded": 1000 if answers.get(n) == ["a"] else 0,
            "is_correct": answers.get(n) == ["a"],
        }
        for n in by_position
    ]  # fmt: skip
    return MarkedPaper(by_position, answers, marks)


def test_the_hardest_item_comes_first_with_what_was_picked():
    papers = [
        marked({1: ["a"], 2: ["b"]}),
        marked({1: ["a"], 2: ["b"]}),
        marked({1: ["c"]}),
        marked({1: ["a"], 2: ["a"]}),
    ]
    hard, easy = item_reports(papers)
    assert (hard.item.id, hard.shown, hard.correct, hard.facility, hard.unanswered) == ("harm-0001", 4, 1, 25, 1)
    assert [(c.id, c.count, c.percent, c.is_key) for c in hard.choices] == [
        ("a", 1, 25, True), ("b", 2, 50, False), ("c", 0, 0, False),
    ]  # fmt: skip
    assert hard.lure.id == "b"
    assert easy.facility == 75


def test_a_single_slip_in_a_large_class_is_no_misconception():
    papers = [marked({1: ["a"], 2: ["a"]}) for _ in range(9)] + [marked({1: ["b"], 2: ["a"]})]
    found = {report.item.id: report.lure for report in item_reports(papers)}
    assert found == {"law-0001": None, "harm-0001": None}


def test_one_pupil_alone_is_no_misconception():
    first, second = item_reports([marked({1: ["b"], 2: ["a"]})])
    assert (first.item.id, first.facility, first.lure, second.lure) == ("law-0001", 0, None, None)


def test_what_few_pupils_had_comes_after_what_many_had():
    rare = make_item("law-0002", "law")
    papers = [marked({1: ["a"], 2: ["b"]}) for _ in range(3)]
    papers += [marked({1: ["a"], 2: ["b"], 3: ["b"]}, (EASY, HARD, rare)) for _ in range(2)]
    found = [(report.item.id, report.facility, report.is_rare) for report in item_reports(papers)]
    assert found == [("harm-0001", 0, False), ("law-0001", 100, False), ("law-0002", 0, True)]


def test_papers_in_another_order_are_put_together_by_item():
    swapped = MarkedPaper(
        {1: HARD, 2: EASY}, {1: ["a"], 2: ["b"]},
        [
            {"position": 1, "points": 1000, "awarded": 1000, "is_correct": True},
            {"position": 2, "points": 1000, "awarded": 0, "is_correct": False},
        ],
    )  # fmt: skip
    found = {report.item.id: (report.shown, report.correct) for report in item_reports([swapped, marked({1: ["a"]})])}
    assert found == {"law-0001": (2, 1), "harm-0001": (2, 1)}


def test_the_best_choice_of_a_scenario_counts_as_key():
    item = make_item(
        "refusal-0001", "refusal", grades=(ChoiceGrade.ACCEPTABLE, ChoiceGrade.BEST, ChoiceGrade.DANGEROUS)
    )
    (report,) = item_reports([marked({1: ["b"]}, [item])])
    assert [choice.is_key for choice in report.choices] == [False, True, False]


def test_only_a_dangerous_choice_of_a_scenario_is_held_up_as_a_mistake():
    item = make_item(
        "refusal-0001", "refusal", grades=(ChoiceGrade.ACCEPTABLE, ChoiceGrade.BEST, ChoiceGrade.DANGEROUS)
    )
    half = [marked({1: ["a"]}, [item]) for _ in range(5)]
    danger = [marked({1: ["c"]}, [item]) for _ in range(3)]
    assert item_reports(half)[0].lure is None
    assert item_reports(half + danger)[0].lure.id == "c"


def test_topics_come_in_the_bank_s_order_with_their_share_of_points():
    papers = [marked({1: ["a"], 2: ["b"]}), marked({1: ["a"], 2: ["a"]}), marked({1: ["b"]})]
    assert [(t.code, t.count, t.correct, t.percent) for t in topic_reports(papers)] == [
        ("law", 3, 2, 67), ("harm", 3, 1, 33),
    ]  # fmt: skip


def test_an_average_rounds_half_up_and_is_nothing_of_nothing():
    assert average([10000, 9999]) == 10000
    assert average([]) is None
    assert item_reports([]) == topic_reports([]) == []
