"""The lint's other rules: each lets a sound item pass and catches a broken one."""

import pytest

from question_bank.checks import check_bank, check_item
from question_bank.model import Choice, GradeBand
from question_bank.sources import load_sources
from tests.unit.question_bank.examples import DATED, EVERY_KIND, MULTIPLE, SCENARIO, SINGLE, TRUE_FALSE, vary

SENIOR = (GradeBand.SENIOR, GradeBand.ADULT)


@pytest.fixture(scope="module")
def catalogue():
    return load_sources()


def test_the_sound_items_are_clean_one_by_one_and_together(catalogue):
    assert [problem for item in (*EVERY_KIND, DATED) for problem in check_item(item, catalogue)] == []
    assert check_bank(EVERY_KIND) == []


def texts(*choices):
    return tuple(Choice(choice_id, text) for choice_id, text in zip("abcdefgh", choices, strict=False))


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        (vary(SINGLE, kind="essay"), "kind"),
        (vary(SINGLE, answer_key=()), "key-count"),
        (vary(SINGLE, sources=()), "source"),
        (vary(SINGLE, sources=("law:drug-control:art-99",)), "source"),
        (vary(SINGLE, sources=("fact:JQ-01", "fact:JQ-01")), "source"),
        (vary(SINGLE, bands=()), "bands"),
        (vary(SINGLE, bands=(GradeBand.PRIMARY, GradeBand.SENIOR)), "bands"),
        (vary(SINGLE, bands=(GradeBand.JUNIOR, GradeBand.PRIMARY)), "bands"),
        (vary(SINGLE, difficulty=0), "difficulty"),
        (vary(SINGLE, difficulty=6), "difficulty"),
        (vary(SINGLE, difficulty=5), "difficulty"),
        (vary(SINGLE, tags=("北京",)), "tags"),
        (vary(SINGLE, tags=("时效",)), "review-due"),
        (vary(SINGLE, checks=("source",)), "checks"),
        (vary(DATED, checks=()), "checks"),
        (vary(DATED, checks=("spelling",)), "checks"),
        (vary(SINGLE, choices=(vary(SINGLE.choices[0], misconception="x"), *SINGLE.choices[1:])), "misconception"),
        (vary(SINGLE, answer_key=("a",)), "misconception"),
        (vary(SINGLE, stem="　"), "stem"),
        (vary(SINGLE, stem="吸毒的处罚写在法律第几条？"), "article-number"),
        (vary(SINGLE, choices=texts("第二条", "第三条", "第四条", "第五条")), "article-number"),
        (vary(SINGLE, choices=texts("以上都对", "告诉家长", "告诉老师")), "all-of-the-above"),
        (vary(SINGLE, choices=texts("告诉家长", "去问老师", "都不对")), "all-of-the-above"),
        (vary(SINGLE, choices=texts("走", "不接陌生人递来的糖，谢谢他，再走回家告诉家长", "收下")), "choice-lengths"),
        (vary(SINGLE, explanation=""), "explanation"),
        (vary(SINGLE, explanation="国家鼓励公民举报毒品违法犯罪。"), "explanation-action"),
        (vary(SINGLE, explanation="毒品是指鸦片等。"), "explanation-action"),
        (vary(SINGLE, explanation=SINGLE.stem), "explanation-copy"),
        (vary(SINGLE, explanation="先走开，所以选B。"), "choice-letters"),
        (vary(SINGLE, explanation="先走开。第二个选项最好。"), "choice-letters"),
        (
            vary(SCENARIO, choices=(vary(SCENARIO.choices[0], reason="不如选c好"), *SCENARIO.choices[1:])),
            "choice-letters",
        ),
        (vary(SINGLE, stem="糖" * 61), "primary-length"),
        (vary(SINGLE, explanation="先走开" + "再" * 30), "primary-sentence"),
        (vary(SINGLE, explanation="先走开。这会负刑事责任。"), "primary-words"),
        (vary(SINGLE, choices=texts("1839年", "1840年", "1842年")), "primary-years"),
    ],
)
def test_it_catches(catalogue, item, rule):
    assert rule in {problem.rule for problem in check_item(item, catalogue)}


@pytest.mark.parametrize(
    "item",
    [
        vary(SINGLE, bands=SENIOR, difficulty=5),
        vary(SINGLE, bands=SENIOR, stem="糖" * 61),
        vary(SINGLE, bands=SENIOR, explanation="先走开。这会负刑事责任。"),
        vary(SINGLE, bands=SENIOR, choices=texts("1839年", "1840年", "1842年")),
        vary(SINGLE, stem="一条消息说有免费的糖，你怎么办？"),
        vary(SINGLE, explanation="补充维生素B，请问医生。"),
        vary(SINGLE, explanation="学一学本省的条例，用它保护自己。"),
        vary(SINGLE, choices=texts("他们都对这件事好奇", "不接，告诉家长", "全部收下带走")),
    ],
)
def test_it_leaves_alone(catalogue, item):
    assert check_item(item, catalogue) == []


def test_a_problem_names_item_place_rule_and_remedy(catalogue):
    broken = vary(SINGLE, sources=(), origin="law/definition.toml:4")
    assert str(check_item(broken, catalogue)[0]) == (
        "law/definition.toml:4 law-0001 [source] 没有出处。请写上法条、文件或事实的编号。"
    )


def many(item, count, key):
    """`count` items that differ in every word; `key(number)` is each one's key."""
    made = []
    for number in range(count):
        mark = chr(0x4E00 + 7 * number)
        choices = tuple(
            vary(choice, text=f"{mark}{choice.id}{mark}{choice.id}", misconception=None) for choice in item.choices
        )
        made.append(vary(item, id=f"law-{number:04}", stem=mark * 9, choices=choices, answer_key=key(number)))
    return made


def bank_rules(items):
    return {problem.rule for problem in check_bank(items)} & {"likeness", "key-position", "verdict-share", "key-length"}


def test_a_balanced_bank_is_clean():
    assert bank_rules(many(SINGLE, 40, lambda number: ("abcd"[number % 4],))) == set()


def test_keys_gathered_in_one_place_are_reported():
    assert bank_rules(many(SINGLE, 40, lambda number: ("abcd"[number % 3],))) == {"key-position"}
    assert bank_rules(many(SINGLE, 39, lambda number: ("a",))) == set()


def test_verdicts_that_are_nearly_all_alike_are_reported():
    same = [vary(item, choices=TRUE_FALSE.choices) for item in many(TRUE_FALSE, 20, lambda number: ("b",))]
    assert bank_rules(same) == {"verdict-share"}
    mixed = [vary(item, answer_key=("ab"[number % 2],)) for number, item in enumerate(same)]
    assert bank_rules(mixed) == set()


def test_a_key_that_is_mostly_the_longest_choice_is_reported():
    items = many(SINGLE, 40, lambda number: ("abcd"[number % 4],))
    telling = [
        vary(item, choices=tuple(vary(c, text=c.text + "啊" * (c.id in item.answer_key)) for c in item.choices))
        for item in items
    ]
    assert bank_rules(telling) == {"key-length"}
    assert bank_rules(telling[:16] + items[16:]) == set()
    assert bank_rules(telling[:17] + items[17:]) == {"key-length"}


def test_near_copies_are_reported_and_shared_phrases_are_not():
    copy = vary(SINGLE, id="law-0009", stem=SINGLE.stem.replace("放学", "上学"))
    assert bank_rules([SINGLE, copy]) == {"likeness"}
    other = vary(MULTIPLE, id="law-0010", stem="放学路上，哪些地方贴着禁毒标识？")
    assert bank_rules([SINGLE, other]) == set()


def test_true_false_items_are_not_alike_just_because_of_their_choices():
    other = vary(TRUE_FALSE, id="law-0011", stem="路上看到标识可以读一读。")
    assert bank_rules([TRUE_FALSE, other]) == set()
