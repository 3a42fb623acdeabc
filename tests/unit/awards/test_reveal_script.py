"""The script of a reveal: the order of screens, ties together, long tiers over several screens."""

from dataclasses import replace

from quiz.awards.reveal.rules import MOST_ON_SCREEN, Honour, StepKind, nameless, samples, script

GROUPS = ["primary", "junior", "senior"]


def _tier(name: str, position: int, group: str | None, ranks: list[int | None], first_id: int) -> list[Honour]:
    return [Honour(first_id + at, name, position, group, rank, at + 1) for at, rank in enumerate(ranks)]


def test_forty_names_come_in_screens_of_about_equal_size_the_last_places_first() -> None:
    steps = script(_tier("优秀奖", 1, "junior", list(range(1, 41)), 1), 0, GROUPS)
    names = [step for step in steps if step.kind is StepKind.NAMES]
    assert [len(step.ids) for step in names] == [10, 10, 10, 10]
    assert [(step.part, step.parts) for step in names] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert names[0].ids == tuple(range(31, 41)) and names[-1].ids == tuple(range(1, 11))
    assert all(len(step.ids) <= MOST_ON_SCREEN for step in steps)


def test_groups_follow_one_another_and_the_first_place_of_the_highest_tier_ends_it() -> None:
    honours = _tier("一等奖", 1, "senior", [1, 2, 2], 1) + _tier("一等奖", 1, "junior", [1, 2], 11)
    honours += _tier("二等奖", 2, "junior", [3, 4], 21) + _tier("优秀组织单位", 3, None, [1], 31)
    steps = script(honours, 1, GROUPS)
    assert [(step.kind.value, step.tier, step.group, step.ids) for step in steps[1:-1]] == [
        ("tier", "优秀组织单位", None, ()), ("names", "优秀组织单位", None, (31,)),
        ("tier", "二等奖", None, ()), ("names", "二等奖", "junior", (21, 22)),
        ("tier", "一等奖", None, ()), ("single", "一等奖", "junior", (12,)), ("single", "一等奖", "junior", (11,)),
        ("single", "一等奖", "senior", (2, 3)), ("single", "一等奖", "senior", (1,)),
    ]  # fmt: skip
    assert [step.tone for step in steps if step.kind is StepKind.TIER] == ["lake", "silver", "gold"]


def test_who_has_no_rank_is_shown_one_by_one_too_and_before_those_who_have() -> None:
    steps = script(_tier("一等奖", 1, "junior", [1, None, None], 1), 1, GROUPS)
    assert [step.ids for step in steps if step.kind is StepKind.SINGLE] == [(3,), (2,), (1,)]


def test_everybody_is_shown_once_whatever_the_granularity() -> None:
    honours = samples(
        [("一等奖", 1, "junior", 7, "pupil"), ("二等奖", 2, "junior", 40, "pupil"), ("优秀奖", 3, None, None, "school")]
    )
    for singles in range(4):
        shown = [one for step in script(honours, singles, GROUPS) for one in step.ids]
        assert sorted(shown) == [one.id for one in honours]


def test_a_rehearsal_of_what_was_given_has_the_same_steps_and_no_award_in_them() -> None:
    given = _tier("一等奖", 1, "senior", [1, 2, 2], 901) + _tier("二等奖", 2, "junior", [3, None], 921)
    real, rehearsed = script(given, 1, GROUPS), script(nameless(given), 1, GROUPS)
    assert [replace(step, ids=()) for step in real] == [replace(step, ids=()) for step in rehearsed]
    assert [len(step.ids) for step in real] == [len(step.ids) for step in rehearsed]
    assert sorted(one for step in rehearsed for one in step.ids) == [1, 2, 3, 4, 5]


def test_a_step_is_the_same_after_it_was_stored() -> None:
    for step in script(samples([("一等奖", 1, "junior", 3, "pupil")]), 1, GROUPS):
        assert type(step).from_dict(step.to_dict()) == step
