"""The 45 pupils of 初二 1班 in the story, as their school writes them down, and what the others of the cast add."""

from dataclasses import dataclass

from tests.sheets import Rows

SCHOOL_A, SCHOOL_B = "城中区清源实验学校", "格尔木市昆仑初级中学"
CLASS_1, CLASS_2 = "初二 1班", "初二 2班"
HERO = "央金·拉姆"  # new to the school; her phone loses the network

ALREADY_THERE = [("20240101", "卓玛"), ("20240102", "李明"), ("20240103", "欧阳小雪")]
WHO_SIT = [HERO, "马超", "李玉兰", "才仁卓玛", "王海", "韩雪梅", "赵青山", "孙建国", "周倩", "吴海燕", "扎西"]
MOVED = "多杰"  # in the file of the school's office he has gone to 初二 2班
_SURNAMES, _GIVEN = "陈刘杨黄赵张", ("文静", "志强", "晓红", "雪莲", "海龙")
OTHERS = [surname + given for surname in _SURNAMES for given in _GIVEN]
NEW = [(f"2024{number:04d}", name) for number, name in enumerate([*WHO_SIT, *OTHERS, MOVED], start=104)]
PUPILS = [*ALREADY_THERE, *NEW]
NUMBERS = {name: number for number, name in PUPILS}

HEADINGS = ["序号", "学生姓名", "学籍号", "班级", "性别", "家长电话"]


def roster() -> Rows:
    """As the class teacher exports it: columns nobody needs, the class in the long form."""
    return _table("八年级1班", "八年级1班")


def roster_after_the_move() -> Rows:
    """As the school's office has it: 多杰 in 初二 2班, beside 王芳 who has always been there."""
    return [*_table("初二(1)班", "初二(2)班"), [46, "王芳", "20240201", "初二(2)班", "", "13900000046"]]


def _table(usual: str, of_moved: str) -> list[list[str | int]]:
    rows: list[list[str | int]] = [list(HEADINGS)]
    for place, (number, name) in enumerate(PUPILS, start=1):
        gender = "" if (number, name) in ALREADY_THERE else "女" if place % 2 else "男"
        rows.append([place, name, number, of_moved if name == MOVED else usual, gender, f"139000000{place:02d}"])
    return rows


@dataclass(frozen=True)
class Plan:
    """How well somebody does: right answers of twenty, and the seconds taken."""

    right: int
    seconds: int


FULL_MARKS = "马超"
TWICE = "吴海燕"  # sits a second time, worse
LEAVER = "扎西"  # answers ten items and never hands in
PLANS: dict[str, Plan] = {
    FULL_MARKS: Plan(20, 300),
    "李玉兰": Plan(18, 250),
    "才仁卓玛": Plan(18, 250),  # the same as 李玉兰: they share a rank
    "王海": Plan(18, 200),
    "韩雪梅": Plan(15, 400),
    "赵青山": Plan(12, 100),
    "孙建国": Plan(11, 90),
    "周倩": Plan(9, 480),
    TWICE: Plan(13, 60),
    LEAVER: Plan(10, 1800),  # his time runs out
    MOVED: Plan(17, 220),
    "王芳": Plan(6, 350),
    "才让·多杰": Plan(8, 310),
}
HERO_RIGHT = 16
#: Everybody who sits, as others may see them.
MASKED = {
    HERO: "央**", "马超": "马*", "李玉兰": "李*兰", "才仁卓玛": "才*玛", "王海": "王*", "韩雪梅": "韩*梅", "赵青山": "赵*山",
    "孙建国": "孙*国", "周倩": "周*", "吴海燕": "吴*燕", "扎西": "扎*", "多杰": "多*", "王芳": "王*", "才让·多杰": "才**",
}  # fmt: skip
