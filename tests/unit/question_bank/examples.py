"""One sound item of every kind, and a small bank on disk, for the tests of the question bank."""

from dataclasses import replace
from datetime import date
from typing import Any

from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, ChoiceGrade, GradeBand, Item, ItemKind

UPPER = (GradeBand.JUNIOR, GradeBand.SENIOR, GradeBand.ADULT)

SINGLE = Item(
    id="law-0001",
    kind=ItemKind.SINGLE,
    topic="law",
    subtopic="definition",
    stem="放学路上，有人递来一颗没见过的糖。哪种做法合适？",
    choices=(
        Choice("a", "先尝一小口再说", misconception="first-time-safe"),
        Choice("b", "不接，告诉家长"),
        Choice("c", "收下分给同学吃"),
        Choice("d", "带回宿舍藏起来"),
    ),
    answer_key=("b",),
    explanation="不接陌生人给的东西，告诉家长。来历不明的食品可能有害。",
    bands=(GradeBand.PRIMARY, *UPPER),
    difficulty=2,
    sources=("law:drug-control:art-2:para-1", "fact:JQ-01"),
    tags=("家长",),
)

MULTIPLE = replace(
    SINGLE,
    id="law-0002",
    kind=ItemKind.MULTIPLE,
    stem="哪些单位负责本场所的禁毒宣传教育？",
    choices=(Choice("a", "火车站"), Choice("b", "旅店"), Choice("c", "歌舞厅"), Choice("d", "居民的卧室")),
    answer_key=("a", "b", "c"),
    explanation="在车站看到禁毒标识，停下来读一读。公共场所的经营者负责宣传。",
    sources=("law:drug-control:art-15",),
)

TRUE_FALSE = replace(
    SINGLE,
    id="law-0003",
    kind=ItemKind.TRUE_FALSE,
    stem="禁毒只是警察的事，和学生没有关系。",
    choices=CHOICES,
    answer_key=("b",),
    explanation="参加学校的禁毒活动。法律说，禁毒是全社会的共同责任。",
    sources=("law:qinghai:art-3", "doc:000:q2"),
)

SCENARIO = replace(
    SINGLE,
    id="law-0004",
    kind=ItemKind.SCENARIO,
    stem="同学在校门口请你吸电子烟，说大家都在吸。你怎么做最好？",
    choices=(
        Choice("a", "吸一口就还给他", None, ChoiceGrade.DANGEROUS, "不知道里面有什么，可能伤身体。"),
        Choice("b", "说不吸，叫他一起打球", None, ChoiceGrade.BEST, "拒绝了，也帮了朋友。"),
        Choice("c", "找个借口马上离开", None, ChoiceGrade.ACCEPTABLE, "你安全了，还可以告诉老师。"),
    ),
    answer_key=(),
    explanation="说“不”，离开，再告诉老师。电子烟里可能有害。",
    sources=("fact:JQ-03",),
)

ORDERING = replace(
    SINGLE,
    id="refusal-0001",
    kind=ItemKind.ORDERING,
    topic="refusal",
    subtopic="saying-no",
    stem="有人递来陌生的东西。按先后排一排你要做的事。",
    choices=(Choice("a", "离开这里"), Choice("b", "告诉家长"), Choice("c", "说“我不要”")),
    answer_key=("c", "a", "b"),
    explanation="先说“不”，再离开，最后告诉家长。三步都做到最安全。",
    sources=("fact:JQ-03",),
)

MATCHING = replace(
    SINGLE,
    id="history-0001",
    kind=ItemKind.MATCHING,
    topic="history",
    subtopic="international-day",
    stem="把日子和它的意义连起来。",
    choices=(Choice("a", "6月1日"), Choice("b", "6月3日"), Choice("c", "6月26日")),
    targets=(
        Choice("p", "国际禁毒日"),
        Choice("q", "禁毒法开始施行"),
        Choice("r", "虎门销烟"),
        Choice("s", "儿童节之后一天"),
    ),
    answer_key=("a:q", "b:r", "c:p"),
    explanation="记住这些日子，到时参加活动。",
    sources=("fact:LS-06",),
)

BLANK = replace(
    SINGLE,
    id="refusal-0002",
    kind=ItemKind.BLANK,
    topic="refusal",
    subtopic="help-and-reporting",
    stem="遇到紧急情况，先____，再打电话____报警。",
    choices=(),
    answer_key=("离开|走开", "110|一一〇"),
    explanation="先离开危险的地方，再打110报警。",
    sources=("fact:JQ-11",),
)

EVERY_KIND = (SINGLE, MULTIPLE, TRUE_FALSE, SCENARIO, ORDERING, MATCHING, BLANK)
CHOICE_KINDS = (SINGLE, MULTIPLE, TRUE_FALSE, SCENARIO)

DATED = replace(
    SINGLE,
    tags=("时效",),
    valid_from=date(2021, 10, 1),
    review_due=date(2027, 6, 30),
    checks=("source",),
    checked_on=date(2026, 11, 21),
)


def vary(item: Item, **changes: Any) -> Item:
    """The item with other values."""
    return replace(item, **changes)


def toml_item(**changes: str) -> str:
    """One sound [[item]] as an author writes it; a change replaces a line's right side, an empty one leaves the line out."""
    lines = {
        "id": '"law-0001"',
        "kind": '"single"',
        "stem": '"放学路上，有人递来一颗没见过的糖。哪种做法合适？"',
        "choices": '[{ id = "a", text = "先尝一小口" }, { id = "b", text = "不接，告诉家长" }]',
        "key": '["b"]',
        "explanation": '"不接陌生人给的东西，告诉家长。"',
        "bands": '["junior", "senior", "adult"]',
        "difficulty": "2",
        "sources": '["law:drug-control:art-2"]',
        **changes,
    }
    return "[[item]]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items() if value)
