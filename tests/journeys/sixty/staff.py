"""What those do who hold the contest: the organiser of the province, and the administrator as the second person."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote

from playwright.sync_api import Page, expect

from quiz.clock import LOCAL_ZONE
from tests.cast import PASSWORD
from tests.journeys.browser import COMPUTER
from tests.journeys.sixty.clerk import Clerk, Http, sign_in
from tests.journeys.sixty.people import Someone
from tests.journeys.sixty.telling import ITEMS, NAMES, TITLE, Telling
from tests.journeys.stage import sign_in_staff
from tests.pages import text_of

HOUR = timedelta(hours=1)
LONG = timedelta(minutes=40)


def organiser_sets_the_contest_up(story: Telling, opens_at: datetime) -> Page:
    """By the wizard in a browser: the preset of four stages, the window and paper of the first; published."""
    page = story.stage.device(COMPUTER)
    sign_in_staff(page, "province", PASSWORD)
    page.get_by_role("link", name="开一场比赛").first.click()
    page.locator("label.choice__card", has_text="全国赛模式").click()
    page.locator("label.choice__card", has_text=" → ".join(NAMES)).click()
    for group in ("小学组", "初中组", "高中组"):
        expect(page.get_by_label(group, exact=True)).to_be_checked()
    page.get_by_label("比赛名称").fill(TITLE)
    page.get_by_role("button", name="下一步").click()

    page.locator("label.choice__card", has_text="定好开始和结束时间").click()
    page.locator("#opens_at").fill(_typed(opens_at))
    page.locator("#closes_at").fill(_typed(opens_at + LONG))
    page.get_by_label("每人可以作答几次").fill("1")
    page.get_by_label("学生什么时候看到成绩").select_option(label="交卷后马上看到")
    page.get_by_label("主办单位").fill("青海省禁毒委员会办公室")
    page.get_by_role("button", name="下一步").click()

    page.locator("input[name=rows-0-count]").fill(str(ITEMS))
    page.locator("input[name=rows-0-points]").fill("10")
    page.locator("label.choice__card", has_text="全国赛综合指数").click()
    page.get_by_label("公开榜").check()
    expect(page.get_by_label("公开页")).to_be_checked()
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("比赛已发布")).to_be_visible()
    expect(page.locator(".stages__name")).to_contain_text(list(NAMES))
    first = page.url.rpartition("/")[2]
    later = page.locator(".stages__name a").evaluate_all("links => links.map(one => one.href.split('/').pop())")
    story.stages = [first, *later]
    assert len(story.stages) == len(NAMES)
    return page


def staff(story: Telling) -> tuple[Clerk, Clerk]:
    """The organiser and the administrator at devices without script."""
    return (
        sign_in(Clerk(Http(story.stage.server)), "province", PASSWORD),
        sign_in(Clerk(Http(story.stage.server)), "admin", PASSWORD),
    )


def organiser_publishes_the_later_stages(story: Telling, clerk: Clerk, opens_at: datetime) -> None:
    """An hour apart, with the same short paper; and fewer seats than the preset gives."""
    for number, stage in enumerate(story.stages[1:], start=1):
        begins = opens_at + number * HOUR
        clerk.open(f"/desk/contests/{stage}/time")
        clerk.submit(
            clerk.page.select_one("main form.form--time"), opens_at=_typed(begins), closes_at=_typed(begins + LONG),
        )  # fmt: skip
        clerk.press("发布", rows__0__count=str(ITEMS), rows__0__points="10", has_public_board="y")
        assert "比赛已发布" in text_of(clerk.page), clerk.text
    for stage, number in zip(story.stages, (4, 3, 2), strict=False):
        clerk.open(f"/desk/promotion/{stage}")
        quotas = {f"quotas__{at}__{name}": value for at in range(3) for name, value in
                  (("number", str(number)), ("reserves", "1"))}  # fmt: skip
        clerk.press("保存晋级办法", **quotas)
        assert "晋级办法已保存" in text_of(clerk.page)


def _typed(moment: datetime) -> str:
    return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%dT%H:%M")


def stage_ends(story: Telling, opens_at: datetime, number: int) -> None:
    """The window is over, and the worker has counted."""
    story.stage.clock.go_on_from(opens_at + (number - 1) * HOUR + LONG + timedelta(minutes=2))
    story.stage.work()


def stage_begins(story: Telling, opens_at: datetime, number: int) -> None:
    story.stage.clock.go_on_from(opens_at + (number - 1) * HOUR + timedelta(seconds=10))


def tries(story: Telling, clerk: Clerk, number: int) -> str:
    """Ask for a trial; the address of what came of it, open before the clerk."""
    clerk.open(f"/desk/promotion/{story.stages[number - 1]}")
    clerk.press("试算晋级名单")
    address = clerk.address
    story.stage.work()
    clerk.open(address)
    assert "等另一个人确认" in clerk.text, clerk.text
    return address


def names_of(clerk: Clerk, run: str, show: str = "through") -> dict[str, str]:
    """Everybody of one outcome on all pages of the list: name → the reason."""
    found: dict[str, str] = {}
    for number in range(1, 10):
        clerk.open(f"{run}?show={show}&page={number}")
        rows = clerk.page.select("section[aria-labelledby=names] tbody tr")
        more = {text_of(row.th): text_of(row.select_one("td[data-label=结果]")) for row in rows}
        if more.keys() <= found.keys():  # beyond the last page comes the last one again
            return found
        found |= more
    raise AssertionError("no end")


def decides(clerk: Clerk, run: str, one: Someone, kind: str, reason: str) -> None:
    """From the list, about one pupil."""
    clerk.open(f"{run}?q={quote(one.name)}")
    clerk.open(str(clerk.page.select("td a[href*='/pupils/']")[0]["href"]))
    clerk.submit(clerk.page.select_one("main form.card"), kind=kind, reason=reason)
    assert "决定已记下" in text_of(clerk.page) and reason in clerk.text


def second_person_confirms_and_organiser_publishes(clerk: Clerk, other: Clerk, run: str, through: int) -> None:
    """The one who tried cannot confirm; the other one can, and nothing is in force before it is published."""
    clerk.open(run)
    assert not [one for one in clerk.page.select("main button") if text_of(one) == "确认名单"]
    other.open(run)
    assert "请看过名单后确认" in other.text and f"晋级 {through} 人" in other.text, other.text
    other.press("确认名单")
    assert "已确认，还没有发布" in other.text
    clerk.open(run)
    clerk.press("发布名单")
    assert "名单上的学生可以参加下一赛段" in clerk.text


def promotes(story: Telling, clerk: Clerk, other: Clerk, number: int, wanted: Iterable[Someone]) -> None:
    """A stage without anything unusual, from the trial to the publication."""
    run = tries(story, clerk, number)
    wanted = list(wanted)
    assert names_of(clerk, run).keys() == {one.masked for one in wanted}
    second_person_confirms_and_organiser_publishes(clerk, other, run, len(wanted))
    assert names_of(clerk, run).keys() == {one.name for one in wanted}, "named once another person has confirmed it"


def settle_appeal(story: Telling, clerk: Clerk, other: Clerk) -> None:
    """The organiser proposes, the administrator agrees."""
    address = f"/desk/appeals/{story.stages[0]}"
    clerk.open(address)
    clerk.open(str(clerk.page.select_one("main .list__title")["href"]))  # type: ignore[index]
    assert "教室停电十分钟" in clerk.text
    clerk.submit(clerk.page.select_one("main form.card"), verdict="accepted", answer="情况属实，增加一个名额")
    assert "等另一个人复核" in clerk.text
    other.open(clerk.address)
    other.press("同意，办结")
    assert "情况属实，增加一个名额" in other.text


def marks_again(story: Telling, clerk: Clerk, other: Clerk, stem: str) -> None:
    """The corrected item is marked again, once a second person has read the report."""
    clerk.open(f"/desk/contests/{story.stages[0]}/remark")
    assert stem in clerk.text
    item = clerk.page.select_one("main form input[name=item]")
    assert item is not None
    clerk.submit(clerk.page.select_one("main form.card"), item=str(item["value"]), reason="标准答案写错了")
    report = clerk.address
    story.stage.work()
    clerk.open(report)
    assert "等另一个人确认" in clerk.text
    other.open(report)
    other.press("确认改分")
    story.stage.work()
    other.open(report)
    assert "已改分" in other.text


def takes_the_trial_back(clerk: Clerk, run: str) -> None:
    """After a decision the list is no longer good; nothing has changed by it."""
    clerk.open(run)
    assert "试算以后有变" in clerk.text
    clerk.press("撤回")
    assert "已撤回，什么都没有改" in text_of(clerk.page)


def organiser_freezes(story: Telling, clerk: Clerk) -> None:
    """In the middle of the final; the worker first counts who has handed in."""
    story.stage.work()
    clerk.open(f"/desk/contests/{story.stages[-1]}/freeze")
    clerk.press("现在就封榜")
    assert "榜单已封，学生和公众看不到" in clerk.text
    story.stage.work()


def awards_are_given(story: Telling, clerk: Clerk, other: Clerk) -> None:
    """The usual tiers with one, one and one of each group, tried by the organiser and issued by the administrator."""
    address = f"/awards/{story.stages[-1]}"
    clerk.open(address)
    clerk.press("用常用奖项")
    clerk.open(f"{address}/tiers")
    clerk.press("保存奖项", rows__0__amount="1", rows__1__amount="1", rows__2__amount="1", serial_prefix="QH-626")
    assert "奖项已保存" in text_of(clerk.page), clerk.text
    clerk.press("试算获奖名单")
    draft = clerk.address
    story.stage.work()
    clerk.open(draft)
    assert "等另一个人确认" in clerk.text and not clerk.page.select("form[action$='/confirm']"), clerk.text
    other.open(draft)
    other.press("确认颁发")
    assert "已颁发" in other.text


def award_rows(clerk: Clerk, story: Telling) -> list[list[str]]:
    """All issued awards as the administrator reads them: name, tier, school and class, serial."""
    found: list[list[str]] = []
    for number in range(1, 10):
        clerk.open(f"/awards/{story.stages[-1]}?page={number}")
        rows = [[text_of(cell) for cell in row.select("th, td")] for row in clerk.page.select("section tbody tr")]
        if found and rows[-1] == found[-1]:
            return found
        found += rows
    raise AssertionError("no end")
