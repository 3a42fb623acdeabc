"""What must come out of the story: every figure against the test's own reckoning."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.journeys.acts import CLASS_SIZE, ITEMS, TITLE, Story
from tests.journeys.people import (
    CLASS_1,
    CLASS_2,
    HERO,
    HERO_RIGHT,
    MASKED,
    MOVED,
    NUMBERS,
    PLANS,
    SCHOOL_A,
    SCHOOL_B,
)  # fmt: skip
from tests.journeys.reckoning import Sat, band, in_words, national_index, per_cent, pupil_ranks, ranks
from tests.journeys.stage import numbers, open_board, table

HEADCOUNT = {SCHOOL_A: 90, SCHOOL_B: 60}  # of grade eight, as the schools have reported
EXPECTED = sum(HEADCOUNT.values())  # the same on every page, the boards' too
COUNTY = {SCHOOL_A: ("城中区", "西宁市"), SCHOOL_B: ("格尔木市", "海西蒙古族藏族自治州")}
PREFECTURE = {SCHOOL_A: ("西宁市", "青海省"), SCHOOL_B: ("海西蒙古族藏族自治州", "青海省")}
UNITS = ("班级", "学校", "县区", "市州")


def sat(story: Story) -> list[Sat]:
    """Everybody who took part, with what counts."""
    elsewhere = {MOVED: (SCHOOL_A, CLASS_2), "王芳": (SCHOOL_A, CLASS_2), "才让·多杰": (SCHOOL_B, CLASS_1)}
    others = [
        Sat(name, *elsewhere.get(name, (SCHOOL_A, CLASS_1)), plan.right, plan.seconds) for name, plan in PLANS.items()
    ]
    return [*others, Sat(HERO, SCHOOL_A, CLASS_1, HERO_RIGHT, story.hero_seconds)]


def of_class(found: Iterable[Sat]) -> list[Sat]:
    """Those of the teacher's class."""
    return [one for one in found if (one.school, one.school_class) == (SCHOOL_A, CLASS_1)]


def progress(page: Page, story: Story) -> None:
    """The organiser's figures while one pupil is still answering."""
    page.goto(story.contest)
    shown = {label: value.removesuffix(" 人") for label, value in numbers(page).items()}
    took_part = len(PLANS) + 1
    assert shown == {
        "应参赛": str(EXPECTED), "已开始": str(took_part), "已交卷": str(took_part - 1),
        "参与率": f"{per_cent(took_part, EXPECTED)}%",
    }  # fmt: skip
    rows = [row[:4] for row in table(page)]  # where fewest have begun first
    assert rows == [["海西蒙古族藏族自治州", "60", "1", "1"], ["西宁市", "90", "13", "12"]]


def own_result(page: Page, story: Story) -> None:
    """The hero's score, seconds and topics."""
    page.reload()
    assert page.locator(".score").inner_text().split() == [str(5 * HERO_RIGHT), "分"]
    facts = _pairs(page, ".result__facts > div", "dt, dd")
    assert facts["答对"] == f"{HERO_RIGHT} / {ITEMS} 题"
    assert facts["第几次"] == "1 / 3 次"
    passed = int((story.ended - story.started).total_seconds())
    assert facts["用时"] in {in_words(seconds) for seconds in range(1, passed + 2)}
    story.hero_seconds = next(seconds for seconds in range(passed + 2) if in_words(seconds) == facts["用时"])
    expect(page.get_by_text("题目回顾").first).to_contain_text("开放")
    mine = story.answered[HERO]
    assert _pairs(page, ".bars li", "span") == {
        topic: f"{per_cent(sum(one.is_right for one in mine if one.topic == topic), count)}%"
        for topic, count in Counter(one.topic for one in mine).items()
    }


def _pairs(page: Page, rows: str, parts: str) -> dict[str, str]:
    """Label and value of each row."""
    return {label: value for label, value in (row.locator(parts).all_inner_texts() for row in page.locator(rows).all())}


def own_places(page: Page, story: Story) -> None:
    """The hero's own rank in class, school, county, prefecture and altogether, and the rows around it."""
    page.get_by_role("navigation", name="主导航（手机）").get_by_role("link", name="排行").click()
    page.get_by_role("link", name=TITLE).click()
    everybody = sat(story)
    school = [one for one in everybody if one.school == SCHOOL_A]
    pools = {"本班": of_class(everybody), "本校": school, "本县区": school, "本市州": school, "全部": everybody}
    shown = _pairs(page, ".own-places > div", "dt, dd")
    expected = {}
    for level, pool in pools.items():
        rank = pupil_ranks(pool)[HERO]
        expected[level] = f"第 {rank} 名 你在前 {band(rank, len(pool))}%，共 {len(pool)} 人"
    assert {level: " ".join(text.split()) for level, text in shown.items()} == expected
    assert _list(page) == _upper_half(story, own=f"{HERO} 你")
    own_unit = page.locator("main .is-me .list__title")
    open_board(page, "学校")
    expect(own_unit).to_have_text(SCHOOL_A)
    open_board(page, "市州")
    expect(own_unit).to_have_text("西宁市")


def review(page: Page, story: Story) -> None:
    """Once the window is over: each item with what was right."""
    page.get_by_role("link", name="看我的成绩").click()
    page.get_by_role("link", name="看题目回顾").click()
    expect(page.locator(".reviewed__mark .badge")).to_have_text(
        ["答对了" if one.is_right else "没答对" for one in story.answered[HERO]]
    )
    expect(page.locator(".reviewed__stem")).to_have_text([one.stem for one in story.answered[HERO]])


def boards_of_the_organiser(page: Page, story: Story) -> None:
    """All rows at every level: pupils by rank, classes, schools, counties and prefectures by the national index."""
    page.goto(story.contest)
    page.get_by_role("navigation", name="视图").get_by_role("link", name="排名").click()
    everybody, place = sat(story), pupil_ranks(sat(story))
    tied = [rank for rank in place.values() if list(place.values()).count(rank) > 1]
    assert sorted(table(page)) == sorted(
        [
            MASKED[one.name], f"{place[one.name]} 并列" if place[one.name] in tied else str(place[one.name]),
            one.school, one.school_class, str(one.score), in_words(one.seconds),
        ]
        for one in everybody
    )  # fmt: skip
    assert [int(row[1].split()[0]) for row in table(page)] == sorted(place.values())
    for level in UNITS:
        open_board(page, level)
        assert [row[:5] for row in table(page)] == _unit_rows(everybody, level)


def _unit_rows(everybody: list[Sat], level: str) -> list[list[str]]:
    """Name with the place around it, rank, index, parts, pupils; the best first."""
    classes = {(one.school, one.school_class) for one in everybody}
    enrolled = {(SCHOOL_A, CLASS_1): CLASS_SIZE, (SCHOOL_A, CLASS_2): 2, (SCHOOL_B, CLASS_1): 1}
    facts: dict[str, tuple[Decimal, str, str]] = {}
    if level == "班级":
        for school, name in classes:
            pool = [one for one in everybody if (one.school, one.school_class) == (school, name)]
            index = national_index(pool, (1, 1), enrolled[school, name])
            facts[f"{name} {school}"] = (index, "1 / 1", f"{len(pool)} / {enrolled[school, name]}")
    else:
        for school, county in COUNTY.items():
            names = {"学校": f"{school} {county[0]}", "县区": " ".join(county), "市州": " ".join(PREFECTURE[school])}
            pool = [one for one in everybody if one.school == school]
            parts = len({one.school_class for one in pool}) if level == "学校" else 1
            index = national_index(pool, (parts, parts), HEADCOUNT[school])
            facts[names[level]] = (index, f"{parts} / {parts}", f"{len(pool)} / {HEADCOUNT[school]}")
    place = ranks({name: fact[0] for name, fact in facts.items()})
    return [
        [name, str(place[name]), f"{index:.2f}", parts, pupils]
        for name, (index, parts, pupils) in sorted(facts.items(), key=lambda pair: place[pair[0]])
    ]


def public_board(story: Story) -> None:
    """For anybody, without signing in: the upper half, names masked, small units and the lower half left out."""
    page = story.stage.device()
    page.goto(story.contest.replace("/desk/contests/", "/boards/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"公开榜：{TITLE}")
    assert _list(page) == _upper_half(story, own=MASKED[HERO])
    html = page.content()
    everybody = [*NUMBERS, *PLANS]
    assert [name for name in everybody if name in html] == []
    assert [number for number in NUMBERS.values() if number in html] == []
    open_board(page, "班级")
    expect(page.get_by_text("这里暂时不列名单")).to_be_visible()  # the first two classes had one or two pupils
    for level, name in (("学校", SCHOOL_A), ("县区", "城中区"), ("市州", "西宁市")):
        open_board(page, level)
        expect(page.locator("main ol.list > li .list__title")).to_have_text([name])
        best = _unit_rows(sat(story), level)[0]
        expect(page.locator("main ol.list > li .num")).to_have_text([best[2]])


def _upper_half(story: Story, own: str) -> list[tuple[str, ...]]:
    """Rank, name, points and time of the first half."""
    place, size = pupil_ranks(sat(story)), len(PLANS) + 1
    names = {**MASKED, HERO: own}
    rows = [
        (place[one.name], names[one.name], f"{one.score} 分", in_words(one.seconds))
        for one in sat(story)
        if place[one.name] <= (size + 1) // 2
    ]
    return [(str(rank), *rest) for rank, *rest in sorted(rows)]


def _list(page: Page) -> list[tuple[str, ...]]:
    """The rows of a pupils' board, in the same form; shared ranks in order of names."""
    found = []
    for row in page.locator("main ol.list > li").all():
        rank = int(row.locator(".medal > span").first.inner_text())
        name = row.locator(".list__title").inner_text().replace("并列", "").strip()
        end = row.locator(".list__end")
        found.append(
            (rank, " ".join(name.split()), end.locator(".num").inner_text(), end.locator(".small").inner_text())
        )
    ordered = [rank for rank, *_ in found]
    assert ordered == sorted(ordered)
    return [(str(rank), *rest) for rank, *rest in sorted(found)]
