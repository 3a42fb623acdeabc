"""What the people of the story do, one act after the other, as they would do it on their own devices."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from playwright.sync_api import BrowserContext, Page, expect

from tests.cast import PASSWORD, PIN
from tests.journeys import visitor as visits
from tests.journeys.answers import choice_for
from tests.journeys.people import (
    HERO,
    HERO_RIGHT,
    LEAVER,
    MOVED,
    NUMBERS,
    PLANS,
    SCHOOL_A,
    SCHOOL_B,
    TWICE,
    roster_after_the_move,
)
from tests.journeys.people import roster as first_roster
from tests.journeys.qr_reading import read_qr
from tests.journeys.reckoning import Answered
from tests.journeys.stage import Stage, go_to, numbers, sign_in_staff
from tests.journeys.visitor import Visitor
from tests.sheets import csv_file, xlsx_file

TITLE = "2026年青海省青少年禁毒知识竞赛"
WINDOW_MINUTES = 40
ITEMS = 20
NEW_PUPILS, ROSTER = 42, 45
CLASS_SIZE = ROSTER - 1  # one moves
ONLINE, OFFLINE = 8, 12  # the network goes after the eighth item and comes back after the twelfth
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class Story:
    """What the people know: addresses, what the slips say, and who answered what."""

    stage: Stage
    contest: str = ""  # its page at the desk
    slips: dict[str, str] = field(default_factory=dict)  # name -> address in the code
    pins: dict[str, str] = field(default_factory=dict)
    answered: dict[str, list[Answered]] = field(default_factory=dict)
    started: datetime = datetime.min  # just before the hero's “开始答题”
    ended: datetime = datetime.min  # just after her result came
    hero_seconds: int = 0  # as her result says, once it has been found plausible


def organiser_opens_the_contest(story: Story) -> Page:
    """The province's organiser goes through the three steps of the wizard."""
    page = story.stage.device()
    sign_in_staff(page, "province", PASSWORD)
    page.get_by_role("link", name="开一场比赛").first.click()
    page.locator("label.choice__card", has_text="全国赛模式").click()
    page.locator("label.choice__card", has_text="小学组").click()  # was ticked: the province has primary pupils
    page.get_by_label("比赛名称").fill(TITLE)
    page.get_by_role("button", name="下一步").click()

    page.locator("label.choice__card", has_text="发布后马上开始").click()
    page.get_by_label("开放多少分钟").fill(str(WINDOW_MINUTES))
    expect(page.get_by_label("每人可以作答几次")).to_have_value("3")
    page.get_by_label("学生什么时候看到成绩").select_option(label="交卷后马上看到")
    page.get_by_label("学生什么时候看到答案和解析").select_option(label="比赛结束后看到")
    page.get_by_label("主办单位").fill("青海省禁毒委员会办公室")
    page.get_by_role("button", name="下一步").click()

    expect(page.get_by_text("现在共 20 道题")).to_be_visible()
    expect(page.get_by_text("题目够用")).to_be_visible()
    page.locator("label.choice__card", has_text="全国赛综合指数").click()
    page.get_by_label("公开榜").check()
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("比赛已发布")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    story.contest = page.url
    return page


def teacher_imports_the_roster(story: Story) -> Page:
    """45 pupils from the school's GBK file; the same as a workbook changes nothing."""
    page = story.stage.device()
    sign_in_staff(page, "teacher", PASSWORD)
    go_to(page, "导入名册")
    _upload(story, page, "初二1班.csv", csv_file(first_roster(), "gbk"))
    expect(page.get_by_text("GBK / GB18030")).to_be_visible()
    assert "家长电话" in page.locator(".definitions").inner_text()
    assert "序号" in page.locator(".definitions").inner_text()
    shown = numbers(page)
    assert (shown["新增"], shown["没有变化"]) == (str(NEW_PUPILS), str(ROSTER - NEW_PUPILS))
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("heading", level=1, name="名册已导入")).to_be_visible()

    go_to(page, "导入名册")
    _upload(story, page, "初二1班.xlsx", xlsx_file(first_roster()))
    expect(page.get_by_text(f"名册和系统里的一样，{ROSTER} 名学生都在。不用导入。")).to_be_visible()
    return page


def teacher_prints_the_slips(story: Story, page: Page) -> None:
    """All slips of the class; what they say is what the pupils will hold in their hands."""
    go_to(page, "学生")
    page.get_by_role("button", name="打印全班登录条").click()
    page.get_by_role("dialog").get_by_role("button", name="打印全班登录条").click()
    expect(page.locator(".slip")).to_have_count(ROSTER)
    slips = page.locator(".slip").evaluate_all(
        """slips => slips.map(slip => [
            slip.querySelector(".slip__name").innerText, slip.querySelector(".slip__code").innerText,
            slip.querySelector("path").getAttribute("d"), slip.querySelector("svg").viewBox.baseVal.width])"""
    )
    for name, pin, path, size in slips:
        story.slips[name], story.pins[name] = read_qr(path, int(size)), pin
    assert story.slips.keys() == NUMBERS.keys()
    assert all(address.startswith(f"{story.stage.server}/s/") for address in story.slips.values())
    page.get_by_role("link", name="返回班级").click()


def office_moves_a_pupil(story: Story) -> None:
    """The school's office imports a workbook in which one pupil has changed class."""
    page = story.stage.device()
    sign_in_staff(page, "school", PASSWORD)
    go_to(page, "导入名册")
    _upload(story, page, "初二.xlsx", xlsx_file(roster_after_the_move()))
    shown = numbers(page)
    assert (shown["新增"], shown["转班和改动"], shown["没有变化"]) == ("0", "1", str(ROSTER))
    expect(page.locator("main table tbody tr")).to_have_count(1)
    row = page.locator("main table tbody tr")
    expect(row).to_contain_text(MOVED)
    expect(row).to_contain_text("初二 1班 → 初二 2班")
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("heading", level=1, name="名册已导入")).to_be_visible()


def _upload(story: Story, page: Page, name: str, data: bytes) -> None:
    """Choose the file, wait while the worker reads it, open the preview."""
    kind = "text/csv" if name.endswith(".csv") else XLSX
    page.get_by_label("名册文件").set_input_files({"name": name, "mimeType": kind, "buffer": data})
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("heading", level=1, name="读取名册")).to_be_visible()
    story.stage.work()
    page.get_by_role("link", name="查看预览").click()
    expect(page.get_by_role("heading", level=1, name="预览名册")).to_be_visible()


def pupil_begins_and_loses_the_network(story: Story) -> Page:
    """A new pupil scans the slip and answers; the network goes and comes, then goes for good with one answer unsent."""
    page = story.stage.device()
    page.goto(story.slips[HERO])
    expect(page.get_by_role("heading", level=1, name=f"你好，{HERO}")).to_be_visible()
    page.get_by_role("button", name="开始").click()
    expect(page.get_by_role("heading", level=1, name="今天")).to_be_visible()
    page.get_by_role("link", name="看说明，去答题").click()
    expect(page.get_by_text("20 道题，满分 100 分")).to_be_visible()
    story.started = story.stage.clock.now()
    page.get_by_role("button", name="开始答题").click()
    expect(page.locator("body.is-scripted")).to_be_attached()

    for position in range(1, ONLINE + 1):
        _answer(story, page, position)
    _expect_saved(page, ONLINE)
    page.context.set_offline(True)
    for position in range(ONLINE + 1, OFFLINE + 1):
        _answer(story, page, position)
    expect(page.locator(".save-state")).to_have_text("未保存，请保持页面打开")
    expect(page.get_by_text("网络断开了")).to_be_visible()
    page.context.set_offline(False)
    _expect_saved(page, OFFLINE)
    page.context.set_offline(True)
    page.locator(f"#q-{OFFLINE + 1} label").first.click()
    expect(page.locator("[data-state=unsaved]")).to_be_attached()
    return page


def pupil_goes_on_elsewhere_and_hands_in(story: Story) -> Page:
    """On another device: school, number and PIN; all that was said to be saved is there, the rest follows."""
    page = story.stage.device()
    page.get_by_role("link", name="学生登录").click()
    page.get_by_label("学校（单位）名称或代码").fill("清源实验")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=SCHOOL_A).click()
    page.get_by_label("学号").fill(NUMBERS[HERO])
    page.get_by_label("口令").fill(story.pins[HERO])  # as printed, in two groups of three
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("link", name="继续上次").click()
    expect(page.locator("body.is-scripted")).to_be_attached()
    _expect_saved(page, OFFLINE)
    expect(page.locator(f"#stem-{OFFLINE + 1}")).to_be_visible()
    assert page.locator(".choice__input:checked").count() == OFFLINE
    for position in range(OFFLINE + 1, ITEMS + 1):
        _answer(story, page, position)
    page.wait_for_url("**/confirm")
    expect(page.get_by_text("每一题都答了，都已保存。")).to_be_visible()
    page.get_by_role("button", name="确认交卷").click()
    page.wait_for_url("**/result")
    story.ended = story.stage.clock.now()
    return page


def pupil_comes_back_to_the_phone(story: Story, phone: BrowserContext) -> None:
    """Connected again, the phone shows the result and forgets the answer it never sent."""
    phone.set_offline(False)
    page = phone.new_page()
    page.goto("/")
    expect(page.get_by_role("link", name="继续上次")).to_have_count(0)
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator(".score")).to_contain_text(str(5 * HERO_RIGHT))
    page.wait_for_function("localStorage.length === 0")
    page.close()


def _answer(story: Story, page: Page, position: int) -> None:
    """Choose and go on; the first sixteen rightly."""
    section = page.locator(f"#q-{position}")
    stem = section.locator(".question__stem").inner_text()
    is_right = position <= HERO_RIGHT
    section.get_by_text(choice_for(stem, is_right=is_right), exact=True).click()
    story.answered.setdefault(HERO, []).append(Answered(stem, is_right))
    page.locator("[data-next]").click()


def _expect_saved(page: Page, count: int) -> None:
    expect(page.locator(".save-state")).to_have_text(f"已保存 {count}/{ITEMS}")
    expect(page.locator("[data-state=saved]")).to_be_attached()


def the_others_sit(story: Story) -> None:
    """Thirteen more pupils without script, all at once; the clock moves only from one handing in to the next."""
    clock = story.stage.clock
    begun = clock.stop()
    visitors = {name: _into_the_paper(story, name) for name in PLANS}
    for name, visitor in visitors.items():
        answered = ITEMS // 2 if name == LEAVER else ITEMS
        story.answered[name] = visits.answer(visitor, PLANS[name].right, answered)
    for name in sorted(PLANS.keys() - {LEAVER}, key=lambda one: PLANS[one].seconds):
        clock.put(begun + timedelta(seconds=PLANS[name].seconds))
        visitors[name].open(visitors[name].address)
        assert visits.hand_in(visitors[name]) == f"{PLANS[name].right * 5} 分"
        if name == TWICE:
            visits.begin_again(visitors[name])
            visits.answer(visitors[name], right=10)
    clock.put(begun + timedelta(seconds=500))
    visitors[TWICE].open(visitors[TWICE].address)
    assert visits.hand_in(visitors[TWICE]) == "50 分"
    clock.go_on_from(begun + timedelta(seconds=501))


def _into_the_paper(story: Story, name: str) -> Visitor:
    visitor = story.stage.visitor()
    if name in story.slips:
        visits.sign_in_by_slip(visitor, story.slips[name])
    else:
        school, number = (SCHOOL_A, "20240201") if name == "王芳" else (SCHOOL_B, "20240101")
        visits.sign_in_by_pin(visitor, school, number, PIN)
    visits.begin(visitor)
    return visitor


def the_window_ends(story: Story) -> None:
    """Time passes; the worker closes what is still open and counts everything."""
    story.stage.clock.go_on_from(story.started + timedelta(minutes=WINDOW_MINUTES, seconds=90))
    story.stage.work()
