"""Who receives what, serials and check codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.awards import rules
from quiz.awards.rules import Candidate, Tier, TierKind, TierWay
from quiz.errors import DomainError


def quota(name, amount, group=None):
    return Tier(hash(name) % 1000, name, TierKind.PUPIL, group, TierWay.QUOTA, amount)


def cutoff(name, amount):
    return Tier(hash(name) % 1000, name, TierKind.PUPIL, None, TierWay.CUTOFF, amount)


DECISION = Tier(7, "特别奖", TierKind.PUPIL, None, TierWay.DECISION)


def board(*values):
    """Candidates with these values, the best first; equal ones share a rank, 1-2-2-4."""
    return [
        Candidate(key, 1 + sum(one > value for one in values), values.count(value) > 1, value)
        for key, value in enumerate(values, start=1)
    ]


def keys(given_, tier):
    return [one.key for one in given_ if one.tier == tier]


def test_a_quota_counts_from_where_the_higher_tier_has_ended():
    found, outcomes = rules.assign([quota("一", 1), quota("二", 2)], {}, board(100, 90, 80, 70))
    assert keys(found, 0) == [1] and keys(found, 1) == [2, 3]
    assert [outcomes[0].given, outcomes[1].given, outcomes[1].extra] == [1, 2, 0]


def test_all_who_tie_on_the_line_are_in_and_it_is_said():
    found, outcomes = rules.assign([quota("一", 2), quota("二", 1)], {}, board(100, 90, 90, 90, 80, 80, 70))
    assert keys(found, 0) == [1, 2, 3, 4]
    assert (outcomes[0].extra, outcomes[0].line) == (2, 2)
    assert keys(found, 1) == [5, 6]
    assert (outcomes[1].extra, outcomes[1].line) == (1, 5)


def test_a_cut_off_takes_everybody_who_reaches_it_and_no_higher_tier():
    found, _ = rules.assign([quota("一", 1), cutoff("二", 80)], {}, board(100, 90, 80, 79))
    assert keys(found, 0) == [1] and keys(found, 1) == [2, 3]


def test_the_highest_tier_reached_counts_whatever_its_way():
    found, _ = rules.assign([cutoff("一", 95), quota("二", 1)], {}, board(100, 96, 90, 80))
    assert keys(found, 0) == [1, 2] and keys(found, 1) == [3]


def test_who_was_named_receives_the_higher_of_both_and_takes_no_place_from_others():
    tiers = [quota("一", 1), DECISION, quota("二", 1)]
    found, outcomes = rules.assign(tiers, {1: 1, 2: 1}, board(100, 90, 80, 70))
    assert keys(found, 0) == [1] and keys(found, 1) == [2] and keys(found, 2) == [3]
    assert outcomes[1].given == 1


def test_who_was_named_and_is_on_no_board_receives_the_named_tier():
    found, _ = rules.assign([quota("一", 1), DECISION], {99: 1}, board(100, 90))
    assert [(one.key, one.tier, one.candidate, one.is_named) for one in found if one.tier == 1] == [(99, 1, None, True)]


def test_the_board_is_read_no_further_than_anybody_can_be_reached():
    read = []

    def long():
        for one in board(*range(1000, 0, -1)):
            read.append(one.key)
            yield one

    rules.assign([quota("一", 3), cutoff("二", 990)], {}, long())
    assert len(read) == 12


def places(candidates):
    return [(one.key, one.rank, one.is_tied) for one in candidates]


@pytest.mark.parametrize(
    ("out", "left"),
    [
        (set(), [(1, 1, True), (2, 1, True), (3, 3, True), (4, 3, True), (5, 5, False)]),
        ({1}, [(2, 1, False), (3, 2, True), (4, 2, True), (5, 4, False)]),
        ({2}, [(1, 1, False), (3, 2, True), (4, 2, True), (5, 4, False)]),
        ({1, 2, 4}, [(3, 1, False), (5, 2, False)]),
        ({1, 2, 3, 4, 5}, []),
    ],
)
def test_those_behind_move_up_and_only_those_who_are_left_share_a_rank(out, left):
    assert places(rules.without(board(100, 100, 90, 90, 80), out)) == left


@given(st.lists(st.integers(0, 4), max_size=12), st.sets(st.integers(1, 12)))
def test_a_board_without_some_is_the_board_of_the_others(values, out):
    values = sorted(values, reverse=True)
    kept = [(key, value) for key, value in enumerate(values, start=1) if key not in out]
    others = board(*(value for _key, value in kept))
    expected = [(key, one.rank, one.is_tied) for (key, _value), one in zip(kept, others, strict=True)]
    assert places(rules.without(board(*values), out)) == expected


def test_without_tiers_nobody_receives_anything():
    assert rules.assign([], {}, board(1, 2))[0] == []


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_everybody_receives_at_most_one_and_nobody_is_passed_over(values, first, second, line):
    values = sorted(values, reverse=True)
    tiers = [quota("一", first), cutoff("二", line), quota("三", second)]
    candidates = board(*values)
    found, _ = rules.assign(tiers, {}, candidates)
    assert len({one.key for one in found}) == len(found)
    places = {one.key: one.tier for one in found}
    for better, worse in zip(candidates, candidates[1:], strict=False):
        assert places.get(better.key, 9) <= places.get(worse.key, 9)
        if better.value == worse.value:
            assert places.get(better.key) == places.get(worse.key)


# Teachers


def test_a_teacher_has_the_points_of_the_own_classes_pupils():
    tiers = [quota("一等奖", 1), quota("二等奖", 1), quota("三等奖", 1)]
    winners = [
        (user, class_, place, "junior")
        for user, class_, place in ((11, 1, 0), (12, 1, 1), (13, 1, 1), (21, 2, 2), (31, 3, 0))
    ]
    found = rules.guidance(winners, {1: [100], 2: [100, 200]}, tiers)
    assert found[100] == rules.Guidance(3 + 2 + 2 + 1, 4, {"一等奖": 1, "二等奖": 2, "三等奖": 1}, [11, 12, 13, 21])
    assert found[200].points == 1 and 300 not in found
    board_ = rules.guidance_board(found)
    assert [(one.key, one.rank, one.is_tied, one.value) for one in board_] == [(100, 1, False, 8), (200, 2, False, 1)]


def test_points_count_within_the_tiers_of_the_pupil_s_own_group():
    tiers = [
        quota("小学一等奖", 1, "primary"), quota("小学二等奖", 1, "primary"), quota("初中一等奖", 1, "junior"),
        quota("初中二等奖", 1, "junior"), quota("优秀奖", 1),
    ]  # fmt: skip
    winners = [
        (1, 1, 0, "primary"),
        (2, 2, 2, "junior"),
        (3, 3, 3, "junior"),
        (4, 4, 4, "primary"),
        (5, 5, 4, "senior"),
    ]
    found = rules.guidance(winners, {one: [one] for one in range(1, 6)}, tiers)
    assert {teacher: one.points for teacher, one in found.items()} == {1: 3, 2: 3, 3: 2, 4: 1, 5: 1}


def test_teachers_with_equal_points_and_pupils_share_a_rank():
    found = {1: rules.Guidance(4, 2, {}, []), 2: rules.Guidance(4, 2, {}, []), 3: rules.Guidance(4, 1, {}, [])}
    assert [(one.key, one.rank, one.is_tied) for one in rules.guidance_board(found)] == [
        (1, 1, True), (2, 1, True), (3, 3, False),
    ]  # fmt: skip


# What a tier may be


@pytest.mark.parametrize(
    ("tier", "field"),
    [
        (Tier(0, " ", TierKind.PUPIL, None, TierWay.QUOTA, 1), "name"),
        (Tier(0, "奖" * 21, TierKind.PUPIL, None, TierWay.QUOTA, 1), "name"),
        (Tier(0, "奖", TierKind.PUPIL, None, TierWay.QUOTA, None), "amount"),
        (Tier(0, "奖", TierKind.PUPIL, None, TierWay.QUOTA, 0), "amount"),
        (Tier(0, "奖", TierKind.PUPIL, None, TierWay.QUOTA, -1), "amount"),
        (Tier(0, "奖", TierKind.SCHOOL, None, TierWay.CUTOFF, 10001), "amount"),
        (Tier(0, "奖", TierKind.INSTRUCTOR, None, TierWay.CUTOFF, 1), "way"),
        (Tier(0, "奖", TierKind.INSTRUCTOR, "junior", TierWay.QUOTA, 1), "group"),
    ],
)
def test_a_tier_that_cannot_be_names_its_field(tier, field):
    with pytest.raises(DomainError) as caught:
        rules.check_tier(tier)
    assert caught.value.field == field


def test_the_preset_is_valid():
    for name, kind, amount in rules.PRESET:
        rules.check_tier(Tier(0, name, kind, None, TierWay.QUOTA, amount))


# Serials and codes


def test_a_serial_is_read_only_as_it_is_printed():
    assert rules.serial("QH-2026", 123) == "QH-2026-000123"
    assert rules.parse_serial("QH-2026-000123") == ("QH-2026", 123)
    assert rules.parse_serial("QH-2026-2-1234567") == ("QH-2026-2", 1234567)
    for wrong in (
        "QH-2026-0000123",
        "QH-2026-123",
        "qh-2026-000123",
        "QH-2026-00012３",
        "QH-2026-000123 ",
        "",
        "-000123",
    ):
        assert rules.parse_serial(wrong) is None, wrong


@given(st.integers(1, 999_999_999))
def test_every_number_is_found_again(number):
    assert rules.parse_serial(rules.serial("QH-2026-2", number)) == ("QH-2026-2", number)


@pytest.mark.parametrize("prefix", ["QH-2026", "Q", "QY-2026-2", "QH-2026-C17"])
def test_prefixes_that_serials_can_have(prefix):
    rules.check_prefix(prefix)


@pytest.mark.parametrize("prefix", ["", "qh-2026", "2026-QH", "QH--2026", "QH-2026-", "QH/2026", "青海", "QH-2026\n"])
def test_prefixes_that_serials_cannot_have(prefix):
    with pytest.raises(DomainError):
        rules.check_prefix(prefix)


def test_a_check_code_has_140_bits_and_no_letters_that_read_like_others():
    codes = {rules.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert len(set(rules.CODE_LETTERS)) == 32 and not set("ILOU") & set(rules.CODE_LETTERS)
    assert all(len(code) == 28 and set(code) <= set(rules.CODE_LETTERS) for code in codes)


def test_a_code_may_be_typed_as_it_is_printed():
    code = rules.new_code()
    assert rules.shown_code(code).count("-") == 6
    assert rules.typed_code(f" {rules.shown_code(code).lower()} ") == code


def test_the_letters_that_fonts_lack_are_named_once_each():
    assert rules.missing_letters("张𪻐 𪻐三", set(map(ord, "张三"))) == ["𪻐"]


def test_a_prefix_of_the_province_and_year():
    assert rules.default_prefix("630103", 2026) == "QH-2026"
    assert rules.default_prefix("990000", 2026) == "QY-2026"
