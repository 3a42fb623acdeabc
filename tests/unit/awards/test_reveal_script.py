"""The script of a reveal: the order of screens, ties together, long tiers over several screens."""

from dataclasses import replace

from quiz.awards.reveal.rules import (
    MOST_ON_SCREEN,
    Honour,
    Showing,
    StepKind,
    choices,
    nameless,
    samples,
    script,
    steps_of,
)

GROUPS = ["primary", "junior", "senior"]
FIRST_SINGLE = {(1, "一等奖"): Showing.SINGLE}


def _tier(name: str, position: int, group: str | None, ranks: list[int | None], first_id: int) -> list[Honour]:
    return [Honour(first_id + at, name, position, group, rank, at + 1) for at, rank in enumerate(ranks)]


def test_forty_names_come_in_screens_of_about_equal_size_the_last_places_first() -> None:
    steps = script(_tier("优秀奖", 1, "junior", list(range(1, 41)), 1), {}, GROUPS)
    names = [step for step in steps if step.kind is StepKind.NAMES]
    assert [len(step.ids) for step in names] == [10, 10, 10, 10]
    assert [(step.part, step.parts) for step in names] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert names[0].ids == tuple(range(31, 41)) and names[-1].ids == tuple(range(1, 11))
    assert all(len(step.ids) <= MOST_ON_SCREEN for step in steps)


def test_groups_follow_one_another_and_the_first_place_of_the_highest_tier_ends_it() -> None:
    honours = _tier("一等奖", 1, "senior", [1, 2, 2], 1) + _tier("一等奖", 1, "junior", [1, 2], 11)
    honours += _tier("二等奖", 2, "junior", [3, 4], 21) + _tier("优秀组织单位", 3, None, [1], 31)
    steps = script(honours, FIRST_SINGLE, GROUPS)
    assert [(step.kind.value, step.tier, step.group, step.ids) for step in steps[1:-1]] == [
        ("tier", "优秀组织单位", None, ()), ("names", "优秀组织单位", None, (31,)),
        ("tier", "二等奖", None, ()), ("names", "二等奖", "junior", (21, 22)),
        ("tier", "一等奖", None, ()), ("single", "一等奖", "junior", (12,)), ("single", "一等奖", "junior", (11,)),
        ("single", "一等奖", "senior", (2, 3)), ("single", "一等奖", "senior", (1,)),
    ]  # fmt: skip
    assert [step.tone for step in steps if step.kind is StepKind.TIER] == ["lake", "silver", "gold"]


def test_who_has_no_rank_is_shown_one_by_one_too_and_before_those_who_have() -> None:
    steps = script(_tier("一等奖", 1, "junior", [1, None, None], 1), FIRST_SINGLE, GROUPS)
    assert [step.ids for step in steps if step.kind is StepKind.SINGLE] == [(3,), (2,), (1,)]


def test_everybody_is_shown_once_whatever_the_granularity() -> None:
    honours = samples(
        [("一等奖", 1, "junior", 7, "pupil"), ("二等奖", 2, "junior", 40, "pupil"), ("优秀奖", 3, None, None, "school")]
    )
    tiers = [(1, "一等奖"), (2, "二等奖"), (3, "优秀奖")]
    for singles in range(4):
        showings = dict.fromkeys(tiers[:singles], Showing.SINGLE)
        shown = [one for step in script(honours, showings, GROUPS) for one in step.ids]
        assert sorted(shown) == [one.id for one in honours]


def test_a_rehearsal_of_what_was_given_has_the_same_steps_and_no_award_in_them() -> None:
    given = _tier("一等奖", 1, "senior", [1, 2, 2], 901) + _tier("二等奖", 2, "junior", [3, None], 921)
    real, rehearsed = script(given, FIRST_SINGLE, GROUPS), script(nameless(given), FIRST_SINGLE, GROUPS)
    assert [replace(step, ids=()) for step in real] == [replace(step, ids=()) for step in rehearsed]
    assert [len(step.ids) for step in real] == [len(step.ids) for step in rehearsed]
    assert sorted(one for step in rehearsed for one in step.ids) == [1, 2, 3, 4, 5]


def _three_tiers() -> list[Honour]:
    honours = _tier("一等奖", 1, "junior", [1, 2, 2], 1) + _tier("一等奖", 1, "senior", [1], 11)
    honours += _tier("二等奖", 2, "junior", list(range(4, 34)), 21)
    return honours + _tier("优秀组织单位", 3, None, [1, 2], 61)


def test_a_tier_that_is_not_to_be_shown_has_no_screen_and_the_others_keep_their_tone() -> None:
    steps = script(_three_tiers(), {(1, "一等奖"): Showing.NOT, (2, "二等奖"): Showing.SINGLE}, GROUPS)
    assert {step.tier for step in steps[1:-1]} == {"优秀组织单位", "二等奖"}
    assert [step.tone for step in steps if step.kind is StepKind.TIER] == ["lake", "silver"]
    assert len([step for step in steps if step.kind is StepKind.SINGLE]) == 30


def test_unless_chosen_the_highest_tier_comes_place_by_place_and_nonsense_chooses_nothing() -> None:
    usual = choices(_three_tiers(), {"tier-2-二等奖": "x", "tier-9-别的奖": "not"})
    assert [(tier.key[1], tier.count, tier.chosen) for tier in usual] == [
        ("一等奖", 4, Showing.SINGLE), ("二等奖", 30, Showing.SCREENS), ("优秀组织单位", 2, Showing.SCREENS)
    ]  # fmt: skip
    assert dict(usual[1].steps) == {Showing.SINGLE: 31, Showing.SCREENS: 4, Showing.NOT: 0}


def test_the_steps_that_a_choice_promises_are_those_of_the_script() -> None:
    for first in Showing:
        for second in Showing:
            chosen = choices(_three_tiers(), {"tier-1-一等奖": first.value, "tier-2-二等奖": second.value})
            steps = script(_three_tiers(), {tier.key: tier.chosen for tier in chosen}, GROUPS)
            assert len(steps) == steps_of(chosen)


def test_a_step_is_the_same_after_it_was_stored() -> None:
    for step in script(samples([("一等奖", 1, "junior", 3, "pupil")]), FIRST_SINGLE, GROUPS):
        assert type(step).from_dict(step.to_dict()) == step
