"""What the sixty do: four in Chromium, the others without script and all at once, by the forms that the pages offer."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.cast import PIN
from tests.journeys import visitor as visits
from tests.journeys.answers import choice_for
from tests.journeys.browser import COMPUTER, PHONE
from tests.journeys.sixty.clerk import Clerk, Http
from tests.journeys.sixty.people import CODES, EVERYBODY, IN_BROWSERS, ON_PHONE, Someone, plan
from tests.journeys.sixty.telling import ITEMS, Telling

AT_ONCE = 12  # devices that are busy at the same moment
AT_THE_DOOR = 2  # that sign in at the same moment: more may be told to wait (test_busy_sign_in_browser.py)


def everybody_signs_in(story: Telling) -> None:
    """With the school's code, the own number and the PIN."""
    for one in IN_BROWSERS:
        page = story.stage.device(PHONE if one is ON_PHONE else COMPUTER)
        page.goto(f"/sign-in?school={CODES[one.school]}")
        page.get_by_label("学号").fill(one.number)
        page.get_by_label("口令").fill(PIN)
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("heading", level=1, name="今天")).to_be_visible()
        story.pages[one.name] = page
    with ThreadPoolExecutor(AT_THE_DOOR) as pool:
        list(pool.map(lambda one: _signs_in(story, one), [one for one in EVERYBODY if one not in IN_BROWSERS]))


def _signs_in(story: Telling, one: Someone) -> None:
    device = Clerk(Http(story.stage.server))
    device.open(f"/sign-in?school={CODES[one.school]}")
    device.submit(device.page.select_one("main form:has(input[name=pin])"), student_number=one.number, pin=PIN)
    assert device.page.h1 is not None and device.page.h1.text.strip() == "今天", device.text
    story.devices[one.name] = device


def sit(story: Telling, number: int, who: Iterable[Someone], *, frozen_after: Callable[[], None] | None = None) -> None:
    """Everybody begins at the same moment and hands in when planned, to the second: the clock moves only in between.

    ``frozen_after`` is what happens once half of the moments are over.
    """
    some, begun = list(who), story.stage.clock.stop()
    for one in some:
        one.answered, one.seconds = {}, plan(one, number)[1]
    with_page = [one for one in some if one in IN_BROWSERS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        others = [one for one in some if one not in IN_BROWSERS]
        answering = pool.map(lambda one: _answers(story, number, one), others)
        for one in with_page:
            _answers_on_page(story, number, one)
        list(answering)
        moments = sorted({one.seconds for one in some})
        for at, seconds in enumerate(moments):
            if frozen_after is not None and at == len(moments) // 2:
                frozen_after()
            story.stage.clock.put(begun + timedelta(seconds=seconds))
            list(pool.map(lambda one: _hands_in(story, one), [one for one in others if one.seconds == seconds]))
            for one in with_page:
                if one.seconds == seconds:
                    _hands_in_on_page(story, one)
    story.stage.clock.go_on_from(begun + timedelta(seconds=moments[-1] + 1))


def _answers(story: Telling, number: int, one: Someone) -> None:
    device, known = story.devices[one.name], plan(one, number)[0]
    device.open(f"/contests/{story.stages[number - 1]}")
    device.submit(device.page.select_one("main form.inline-form"))
    done = visits.answer(device, known, ITEMS)
    assert len(done) == ITEMS
    one.answered = {item.stem: choice_for(item.stem, is_right=item.is_right) for item in done}


def _hands_in(story: Telling, one: Someone) -> None:
    assert visits.hand_in(story.devices[one.name]) == f"{story.points(one)} 分"


def _answers_on_page(story: Telling, number: int, one: Someone) -> None:
    page, known = story.pages[one.name], plan(one, number)[0]
    page.goto(f"/contests/{story.stages[number - 1]}")
    page.get_by_role("button", name="开始答题").click()
    expect(page.locator("body.is-scripted")).to_be_attached()
    for position in range(1, ITEMS + 1):
        question = page.locator(f"#q-{position}")
        expect(question).to_be_visible()
        stem = question.locator(".question__stem").inner_text()
        one.answered[stem] = choice_for(stem, is_right=position <= known)
        question.get_by_text(one.answered[stem], exact=True).click()
        page.locator("[data-next]").click()
    page.wait_for_url("**/confirm")
    expect(page.get_by_text("每一题都答了，都已保存。")).to_be_visible()


def _hands_in_on_page(story: Telling, one: Someone) -> None:
    page = story.pages[one.name]
    page.get_by_role("button", name="确认交卷").click()
    page.wait_for_url("**/result")
    expect(page.locator(".score")).to_have_text(f"{story.points(one)}分")


def appeals(story: Telling, one: Someone) -> None:
    """From the contest's page on the phone."""
    page = story.pages[one.name]
    page.goto(f"/contests/{story.stages[0]}")
    page.get_by_role("link", name="成绩或时间有问题？可以申诉").click()
    page.locator("main label.choice__card", has_text="断电、断网、设备").click()
    page.get_by_label("怎么回事").fill("教室停电十分钟")
    page.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_text("教室停电十分钟")).to_be_visible()


def reads_the_answer(story: Telling, one: Someone) -> None:
    page = story.pages[one.name]
    page.goto(f"/appeals/{story.stages[0]}")
    expect(page.get_by_text("情况属实，增加一个名额")).to_be_visible()
    expect(page.locator("main .badge", has_text="成立")).to_be_visible()


def sees_promotion(page: Page, story: Telling, number: int, *, is_through: bool) -> None:
    """On the page of the stage that is over."""
    page.goto(f"/contests/{story.stages[number - 1]}")
    expect(page.get_by_role("list", name="赛段")).to_be_visible()
    expect(page.locator(".stages .badge", has_text="你已晋级")).to_have_count(number if is_through else number - 1)


def sees_score(story: Telling, number: int, one: Someone) -> None:
    """The own result, after whatever was corrected."""
    page = story.pages[one.name]
    page.goto(f"/contests/{story.stages[number - 1]}")
    page.get_by_role("link", name="看成绩").click()
    expect(page.locator(".score")).to_have_text(f"{story.points(one)}分")
