"""The end: the reveal in the hall, the winner's certificate, what the public sees, and the bulletin."""

import io
import re
from collections.abc import Mapping

from docx import Document
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.cast import PASSWORD
from tests.factories.province import Pupil
from tests.integration.promotion import counting
from tests.integration.promotion.agreeing import as_number
from tests.integration.reports.bulletin_forms import pdf_pages, tables_of
from tests.journeys.browser import HALL, PHONE, picture
from tests.journeys.sixty.clerk import Clerk, Http
from tests.journeys.sixty.people import EVERYBODY, GROUP_WORDS, REPORTED, Someone
from tests.journeys.sixty.telling import TITLE, Telling
from tests.journeys.stage import sign_in_staff
from tests.pages import text_of

QUOTAS = (1, 1, 1, 40)
TIERS = ("一等奖", "二等奖", "三等奖", "优秀奖")
PREFECTURES = {"630100": "西宁市", "632800": "海西蒙古族藏族自治州"}
CODE = re.compile(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}")
Winners = dict[str, tuple[int, int]]  # name → (place of the tier, rank in the group)


def winners(story: Telling, final: list[Someone]) -> Winners:
    """Who wins what: one, one and one of each group, and all the others."""
    names = {one.user_id: name for name, one in story.pupils.items()}
    pupils = {one.user_id: one for one in story.pupils.values()}
    found = counting.pupil_awards(pupils, story.results(final), (), QUOTAS)
    return {names[user]: award for user, award in found.items()}


def check_list(rows: list[list[str]], won: Winners) -> None:
    """The issued list says the same, with serials in order from 1."""
    assert [row[3] for row in rows] == [f"QH-626-{number:06d}" for number in range(1, len(rows) + 1)]
    group = {one.name: GROUP_WORDS[one.group] for one in EVERYBODY}
    wanted = {name: f"{TIERS[place]} {group[name]}" for name, (place, _rank) in won.items()}
    assert {row[0]: row[1] for row in rows if row[0] in story_names()} == wanted


def story_names() -> set[str]:
    return {one.name for one in EVERYBODY}


def screens(won: Winners) -> list[list[str]]:
    """What the screens of the pupils' awards must say: from the lowest tier to the first place, name by name in the end."""
    people = {one.name: one for one in EVERYBODY}
    found = []
    for place in reversed(range(len(TIERS))):
        mine = {name: rank for name, (at, rank) in won.items() if at == place}
        found.append([TIERS[place], f"共 {len(mine)} 个"])
        for group, words in GROUP_WORDS.items():
            some = {name: rank for name, rank in mine.items() if people[name].group == group}
            if place and some:
                found.append([TIERS[place], words, *(people[name].masked for name in some)])
                continue
            for rank in sorted(set(some.values()), reverse=True):
                same = [people[name] for name, at in some.items() if at == rank]
                found.append([TIERS[place], words, f"第 {rank} 名", *(one.masked for one in same)])
    return found


def reveal(story: Telling, won: Winners) -> None:
    """Led from a phone; the hall's screen follows by itself. At the end the boards are opened."""
    leader, hall = story.stage.device(PHONE), story.stage.device(HALL)
    sign_in_staff(leader, "province", PASSWORD)
    sign_in_staff(hall, "admin", PASSWORD)
    hall.goto(f"/desk/reveal/{story.stages[-1]}/stage")
    screen = hall.locator(".reveal-screen")
    expect(screen).to_contain_text("即将开始")
    leader.goto(f"/desk/reveal/{story.stages[-1]}")
    expect(leader.get_by_label("揭晓结束时解封榜单")).to_be_checked()
    leader.get_by_role("button", name="开始揭晓").click()
    leader.get_by_role("dialog").get_by_role("button", name="开始揭晓").click()
    counter = leader.locator(".present__now .card__head .muted")
    expect(counter).to_have_text(re.compile("^1 / "))
    expect(screen).not_to_contain_text("即将开始")

    number = int(counter.inner_text().partition("/")[2])
    wanted = screens(won)
    others = number - len(wanted) - 2  # of schools and teachers, between the opening and the pupils
    assert others == 4
    for at in range(1, number):
        leader.get_by_role("button", name="下一步").click()
        expect(counter).to_have_text(f"{at + 1} / {number}")
        if others < at < number - 1:
            for words in wanted[at - others - 1]:
                expect(screen).to_contain_text(words)
            assert not [name for name in won if name in screen.inner_text()], "names are masked in a hall"
    expect(screen).to_contain_text("祝贺所有获奖者")
    picture(hall, "sixty-hall")
    leader.get_by_role("button", name="结束").click()
    leader.get_by_role("dialog").get_by_role("button", name="结束").click()
    expect(leader.get_by_text("揭晓已结束。")).to_be_visible()


def no_certificate_yet(page: Page) -> None:
    """While the boards are frozen."""
    page.goto("/certificates/")
    expect(page.get_by_text("还没有证书")).to_be_visible()


def certificate(page: Page, winner: Someone, tier: str) -> tuple[str, str]:
    """The winner downloads it; gives the serial and the code as they are printed."""
    page.goto("/certificates/")
    expect(page.locator(".honour__tier")).to_have_text(tier)
    with page.expect_download() as coming:
        page.get_by_role("link", name="下载证书").click()
    (sheet,) = PdfReader(io.BytesIO(coming.value.path().read_bytes())).pages
    text = "".join(sheet.extract_text().split())
    serial, code = re.search(r"QH-626-\d{6}", text), CODE.search(text)
    assert serial is not None and code is not None, text
    title = TITLE.translate(str.maketrans("“”", "‘’"))  # it stands in quotation marks
    for words in (winner.name, winner.school, tier, GROUP_WORDS[winner.group], title, "青海省禁毒委员会办公室"):
        assert words in text, (words, text)
    return serial.group(), code.group()


def anybody_verifies(story: Telling, winner: Someone, tier: str, serial: str, code: str) -> None:
    """As printed it is genuine, name masked; with one letter of the code changed there is no such certificate."""
    visitor = Clerk(Http(story.stage.server))
    visitor.open(f"/verify?serial={serial}&code={code}")
    assert "证书有效" in visitor.text and winner.masked in visitor.text and tier in visitor.text
    assert winner.school in visitor.text and winner.name not in text_of(visitor.page)
    changed = code[:-1] + ("0" if code[-1] != "0" else "1")
    reply = visitor.http.get(f"/verify?serial={serial}&code={changed}")
    assert reply.status == 404 and "没有这张证书" in reply.text() and winner.masked not in reply.text()


def public_sees(story: Telling, clerk: Clerk, won: Winners, participants: list[int]) -> None:
    """The contest's page says how many took part and won; the list of winners masks every name."""
    final = story.stages[-1]
    clerk.open(f"/desk/contests/{final}/public")
    clerk.press("公开名单")
    visitor = Clerk(Http(story.stage.server))
    visitor.open(f"/c/{story.stages[0]}")
    for count in participants:
        assert f"{count} 名学生有成绩" in visitor.text, visitor.text
    for place, tier in enumerate(TIERS):
        count = sum(at == place for at, _rank in won.values())
        assert f"{tier} {count} " in visitor.text, (tier, count, visitor.text)
    visitor.follow("看获奖名单")
    people = {one.name: one for one in EVERYBODY}
    for place, tier in enumerate(TIERS):
        section = next(one for one in visitor.page.select("main section") if text_of(one.h2) == tier)
        shown = sorted(text_of(one) for one in section.select("li strong"))
        assert shown == sorted(people[name].masked for name, (at, _rank) in won.items() if at == place)
    assert not [name for name in people if name in text_of(visitor.page)]
    visitor.open(f"/boards/{final}")
    assert "封榜" not in visitor.text, visitor.text


def bulletin(story: Telling, clerk: Clerk, pupils: Mapping[str, Pupil], results: dict[int, tuple[int, int]]) -> None:
    """Of the first stage by prefecture: the page, the PDF, the Word document and the workbook say what was counted."""
    by_id, schools = {one.user_id: one for one in pupils.values()}, {one.school: pupils[one.name] for one in EVERYBODY}
    reported = {schools[name].school_id: number for name, number in REPORTED.items()}
    found = counting.units(by_id, results, list(by_id), reported)
    some = {
        unit: tally for (category, level, unit), tally in found.items() if (category, level) == ("all", "prefecture")
    }
    ranks = counting.ranks(found, "all", "prefecture")
    order = sorted(some, key=lambda unit: (ranks[unit][0] or 0, unit))
    wanted = [counting.bulletin_row(PREFECTURES[unit], some[unit], ranks[unit]) for unit in order]
    wanted.append(counting.bulletin_row("合计", counting.together(some.values()), (None, False)))

    clerk.open(f"/desk/contests/{story.stages[0]}/bulletin?level=prefecture")
    page = [[text_of(cell) for cell in row.select("th, td")] for row in clerk.page.select(".sheet tbody tr")]
    assert page == wanted
    (table,) = Document(io.BytesIO(clerk.download("导出 Word"))).tables
    assert [[cell.text for cell in row.cells] for row in table.rows][1:] == wanted
    book = CalamineWorkbook.from_filelike(io.BytesIO(clerk.download("导出 xlsx")))
    rows = book.get_sheet_by_index(0).to_python()[1:]
    assert [[str(row[0]), *map(as_number, row[1:])] for row in rows] == [
        [row[0], *map(as_number, row[1:])] for row in wanted
    ]
    (lines,) = tables_of(pdf_pages(clerk.download("导出 PDF")))
    assert [line.split(" ") for line in lines[: len(wanted)]] == wanted
