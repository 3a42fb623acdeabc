"""The bulletin as a page, a PDF, a Word document and a workbook: the same numbers, and those that the attempts give."""

import io
import random
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange, Sitting
from quiz.audit.models import AuditEntry
from quiz.awards import fonts
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError
from quiz.rankings.rules import BoardLevel
from quiz.rankings.services import fold
from quiz.regions.models import Region, School, SchoolHeadcount, SchoolKind
from quiz.reports.bulletin import pdf, words
from quiz.reports.bulletin.words import Cell
from tests.cast import Cast
from tests.factories.queries import counted
from tests.integration.rankings.arena import Arena, make_arena
from tests.integration.reports.bulletin_forms import Row, of_page, pdf_of, pdf_pages, tables_of, word_of, workbook_of
from tests.pages import page, post, text_of

A, B, C, D = "城中区清源实验学校", "格尔木市昆仑初级中学", "城西区第一中学", "城中区第二中学"
COUNTIES = {A: "城中区（西宁市）", C: "城西区（西宁市）", D: "城中区（西宁市）", B: "格尔木市（海西蒙古族藏族自治州）"}
PREFECTURES = {A: "西宁市", C: "西宁市", D: "西宁市", B: "海西蒙古族藏族自治州"}
EXPECTED = {A: 90, B: 60, C: 12, D: 30}  # eighth grades that the schools have given


def add_school(session, name: str, county: str, pupils: int) -> int:
    school = School(
        code=f"9{len(name)}{pupils}", name=name, kind=SchoolKind.JUNIOR, county_id=county, prefecture_id="630100",
        province_id="630000", headcounts=[SchoolHeadcount(grade=8, pupils=pupils)],
    )  # fmt: skip
    session.add(school)
    session.flush()
    return school.id


def add_class(session, school_id: int) -> int:
    from quiz.regions.models import SchoolClass
    from quiz.regions.rules import cohort_of

    row = SchoolClass(school_id=school_id, cohort_year=cohort_of(8, 7, clock.now()), entry_grade=7, name="1班")
    session.add(row)
    session.flush()
    return row.id


def play(arena: Arena, cast: Cast) -> None:
    """Many pupils in A, some in B, all and more in C; nobody in D. Some try twice, one is voided, some reach 100."""
    dice = random.Random(626)
    third = add_school(arena.session, C, "630104", EXPECTED[C])
    add_school(arena.session, D, "630103", EXPECTED[D])
    places = [
        (cast.class_a1, cast.school_a, 37),
        (cast.class_b1, cast.school_b, 11),
        (add_class(arena.session, third), third, 13),
    ]
    for class_id, school_id, count in places:
        for number in range(count):
            user = arena.pupil(f"学生{number}", class_id, school_id, f"2025{number:04d}")
            for attempt in range(1 + number % 3 % 2):
                score = dice.choice([10000, 5950, 6000, dice.randrange(0, 10001, 25)])
                arena.result(user, score, dice.randrange(60, 600), number=attempt + 1)
    voided = arena.result(cast.zhuoma, 10000, 60)
    voided.status = AttemptStatus.VOIDED


ORGANISERS = ["青海省示例主办单位", "青海省示例教育厅"]


@pytest.fixture
def contest_id(app: Flask, cast: Cast) -> str:
    """A finished contest of the province by the national formula."""
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), attempts_allowed=2, has_public_board=True)
        arena.contest.organisers = {"host": ORGANISERS, "supporting": ["不落款的协办单位"]}
        play(arena, cast)
        return arena.tally()


# --- an independent computation ------------------------------------------------------------------------------------


def half_up(value: Decimal, places: str = "1") -> Decimal:
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def per_cent(part: int, whole: int) -> Decimal | None:
    return half_up(Decimal(part * 100) / whole) if whole else None


def best_scores(app: Flask) -> dict[str, list[Decimal]]:
    """The best score of everybody, by school, straight from the attempts."""
    with app.app_context():
        rows = db.session.execute(
            sa.select(School.name, Attempt.user_id, Attempt.score)
            .join(School, School.id == Attempt.school_id)
            .where(Attempt.status.in_(["submitted", "expired"]))
        ).all()
    best: dict[tuple[str, int], int] = {}
    for school, user, score in rows:
        best[school, user] = max(score, best.get((school, user), 0))
    found: dict[str, list[Decimal]] = {name: [] for name in EXPECTED}
    for (school, _user), score in best.items():
        found[school].append(Decimal(score) / 100)
    return found


def row_of(name: str, schools: list[str], scores: dict[str, list[Decimal]]) -> list[object]:
    """What the table must say of some schools together, but for the rank: name, counts, shares, mean, index."""
    all_scores = [score for school in schools for score in scores[school]]
    pupils, expected = len(all_scores), sum(EXPECTED[school] for school in schools)
    took_part = sum(bool(scores[school]) for school in schools)
    parts, share = per_cent(took_part, len(schools)), per_cent(pupils, expected)
    passed = per_cent(sum(score >= 60 for score in all_scores), pupils)
    full = per_cent(sum(score == 100 for score in all_scores), pupils)
    mean = half_up(sum(all_scores) / pupils, "0.01") if pupils else None
    index = None
    if pupils:
        capped = [min(Decimal(100), one) for one in (parts, share, passed, full, mean)]
        index = half_up(
            sum(one * weight for one, weight in zip(capped, (35, 35, 10, 10, 10), strict=True)) / 100, "0.01"
        )
    return [name, len(schools), took_part, parts, expected, pupils, share, passed, full, mean, index]


def expected_rows(app: Flask, of: dict[str, str]) -> list[list[object]]:
    """All rows in order with their ranks, and the total."""
    scores = best_scores(app)
    units = {unit: [school for school in of if of[school] == unit] for unit in dict.fromkeys(of.values())}
    rows = [row_of(unit, schools, scores) for unit, schools in units.items()]
    rows.sort(key=lambda row: (row[-1] is None, -(row[-1] or 0)))
    ranked = [
        [*row, None if row[-1] is None else 1 + sum((other[-1] or 0) > row[-1] for other in rows)] for row in rows
    ]
    return [*ranked, [*row_of("合计", list(of), scores), None]]


def as_texts(row: list[object]) -> Row:
    """A row as the page and Word print it."""
    texts = ["—" if one is None else str(one) for one in row]
    for at in (3, 6, 7, 8):
        texts[at] += "" if texts[at] == "—" else "%"
    return texts


def as_numbers(row: list[object]) -> list[object]:
    """A row as a spreadsheet holds it."""
    return [row[0], *("" if one is None else float(one) for one in row[1:])]


@pytest.mark.parametrize(("level", "of"), [("", PREFECTURES), ("?level=county", COUNTIES)])
def test_every_number_in_all_four_forms_is_that_of_the_attempts(app, cast, sign_in, contest_id, level, of):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin{level}"
    wanted = expected_rows(app, of)
    assert of_page(client, path) == [as_texts(row) for row in wanted]
    rows, _text = word_of(client, path)
    assert rows == [as_texts(row) for row in wanted]
    assert pdf_of(client, path)[0] == rows
    numbers, _text = workbook_of(client, path)
    assert [[row[0], *(float(one) if one != "" else "" for one in row[1:])] for row in numbers] == [
        as_numbers(row) for row in wanted
    ]


def test_more_than_were_reported_is_said_and_explained(cast, sign_in, contest_id):
    soup = page(sign_in(cast.province).get(f"/desk/contests/{contest_id}/bulletin?level=county"))
    assert "108%" in [text_of(cell) for cell in soup.select("td")]
    assert "参与率超过 100% 的，是参赛人数多于填报的在校人数" in text_of(soup)


def test_a_name_with_the_signs_of_markup_stays_a_name(app, cast, sign_in, contest_id):
    with app.app_context():
        db.session.get_one(Region, "632800").name = '海西<b>&amp;"州"'
        db.session.commit()
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin"
    names = [
        [str(row[0]) for row in rows]
        for rows in (
            of_page(client, path),
            word_of(client, path)[0],
            workbook_of(client, path)[0],
            pdf_of(client, path)[0],
        )
    ]
    assert names == [["西宁市", '海西<b>&amp;"州"', "合计"]] * 4


def test_a_long_table_is_cut_on_the_page_only_and_the_page_says_so(cast, sign_in, contest_id, monkeypatch):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin?level=county"
    whole, text = of_page(client, path), [text_of(one) for one in page(client.get(path)).select(".bulletin__text")]
    assert len(whole) == 4 and "本页只列前" not in text_of(page(client.get(path)))
    monkeypatch.setattr("quiz.desk.views.bulletin.MOST_ON_PAGE", 2)
    soup = page(client.get(path))
    assert of_page(client, path) == [*whole[:2], whole[-1]]  # the total counts all of them
    assert "本页只列前 2 行" in text_of(soup) and "有全部 3 行" in text_of(soup)
    assert [text_of(one) for one in soup.select(".bulletin__text")] == text
    files = (word_of(client, path)[0], workbook_of(client, path)[0], pdf_of(client, path)[0])
    assert [len(rows) for rows in files] == [4, 4, 4]


def test_the_text_takes_its_numbers_from_the_table_and_is_the_same_everywhere(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin"
    total = as_texts(expected_rows(app, PREFECTURES)[-1])
    soup = page(client.get(path))
    sheet = text_of(soup.select_one(".sheet"))
    assert f"应参赛学校 {total[1]} 所，参赛 {total[2]} 所，参与率 {total[3]}" in sheet
    assert f"应参赛学生 {total[4]} 人，参赛 {total[5]} 人，参与率 {total[6]}" in sheet
    assert f"及格率 {total[7]}" in sheet and f"满分率 {total[8]}" in sheet and f"平均分 {total[9]}" in sheet
    for part in ("（文号待填）", "青海省示例主办单位", "各市（州）有关单位：", "参加自愿", "现已结束"):
        assert part in sheet
    assert "阶段情况" not in sheet
    assert [text_of(one) for one in soup.select(".bulletin__sign p")][:-1] == ORGANISERS  # a line for each of the hosts
    paragraphs = [text_of(one) for one in soup.select(".bulletin__text")][:-1]
    for text in (word_of(client, path)[1], workbook_of(client, path)[1]):
        assert [one for one in [*paragraphs, *ORGANISERS] if one not in text] == []
    text = pdf_of(client, path)[1]
    assert [one for one in paragraphs if "".join(one.split()) not in text] == []
    assert "青海省示例主办单位" in text and "文号" in text


def test_ranks_and_indexes_are_those_of_the_board(cast, sign_in, contest_id):
    client = sign_in(cast.province)
    board = page(client.get(f"/rankings/{contest_id}/manage?level=county")).select("tbody tr")
    seen = {text_of(row.select_one("th")).split()[0]: [text_of(td) for td in row.select("td")[:2]] for row in board}
    rows = of_page(client, f"/desk/contests/{contest_id}/bulletin?level=county")
    assert {row[0].partition("（")[0]: [row[11], row[10]] for row in rows[:-1]} == seen


@pytest.mark.parametrize("level", ["prefecture", "county"])
def test_the_copy_for_others_lists_what_the_public_board_lists(client, cast, sign_in, contest_id, level):
    board = page(client.get(f"/boards/{contest_id}?level={level}"))
    names = [text_of(row.select_one(".list__title, th")).split()[0] for row in board.select("ol.list > li, tbody tr")]
    path = f"/desk/contests/{contest_id}/bulletin?copy=public&level={level}"
    member = sign_in(cast.province)
    forms = (
        of_page,
        lambda *where: word_of(*where)[0],
        lambda *where: workbook_of(*where)[0],
        lambda *where: pdf_of(*where)[0],
    )
    for rows in (form(member, path) for form in forms):
        assert [str(row[0]).partition("（")[0] for row in rows[:-1]] == names
    text = word_of(member, path)[1]
    units = PREFECTURES if level == "prefecture" else COUNTIES
    hidden = {unit.partition("（")[0] for unit in units.values()} - set(names)
    assert len(hidden) == 1
    assert not [
        one for one in hidden if one in text or one in str(workbook_of(member, path)) or one in pdf_of(member, path)[1]
    ]
    assert "还没有学生参赛的单位" not in text and "合计包括没有列出的单位" in text


def test_a_small_unit_is_left_out_and_cannot_be_reckoned_from_the_total(app, cast, sign_in):
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        for number in range(6):
            arena.result(arena.pupil(f"甲{number}", cast.class_a1, cast.school_a, f"9{number}"), 9000, 60)
        for number in range(2):
            arena.result(arena.pupil(f"乙{number}", cast.class_b1, cast.school_b, f"9{number}"), 5000, 60)
        public_id = arena.tally()
    client, path = sign_in(cast.province), f"/desk/contests/{public_id}/bulletin"
    rows = of_page(client, f"{path}?copy=public")
    assert [row[0] for row in rows] == ["西宁市", "合计"]
    assert rows[-1][7:] == ["—"] * 5
    text = text_of(page(client.get(f"{path}?copy=public")))
    assert "平均分 80.00" not in text and "以免推算出个人成绩" in text
    assert of_page(client, path)[-1][9] == "80.00"


def test_before_the_end_it_says_as_of_when(app, cast, sign_in):
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), is_over=False)
        arena.result(cast.zhuoma, 9000, 60)
        public_id = arena.tally()
    client, path = sign_in(cast.province), f"/desk/contests/{public_id}/bulletin"
    text = text_of(page(client.get(path)))
    assert "阶段情况，截至" in text and "数字还会变化" in text and "还有 1 所应参赛学校没有学生参赛" in text
    assert "还没有学生参赛的单位有 1 个：海西蒙古族藏族自治州" in text
    assert "阶段情况，截至" in word_of(client, path)[1]


def test_it_stays_provisional_until_the_last_paper_is_in_and_counted(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin"
    assert "阶段情况" not in text_of(page(client.get(path)))
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt).order_by(Attempt.id).limit(1)).one()
        attempt.status = AttemptStatus.IN_PROGRESS
        db.session.commit()
    assert "阶段情况" in text_of(page(client.get(path)))
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt).order_by(Attempt.id).limit(1)).one()
        attempt.status = AttemptStatus.SUBMITTED
        contest = db.session.query(Contest).one()
        change = ResultChange(sitting_id=attempt.sitting_id, user_id=attempt.user_id, changed_at=clock.now())
        db.session.add(change)
        db.session.commit()
    assert "阶段情况" in text_of(page(client.get(path)))
    with app.app_context():
        fold(db.session, contest_id=contest.id, now=clock.now())
        db.session.commit()
    assert "阶段情况" not in text_of(page(client.get(path)))


def test_no_copy_leaves_the_house_before_pupils_may_see_their_results(app, cast, sign_in, contest_id):
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(release_results="manual"))
        db.session.commit()
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin"
    soup = page(client.get(f"{path}?copy=public"))
    assert "成绩公布以后才能出对外稿" in text_of(soup) and not soup.select("table")
    for ending in ("pdf", "docx", "xlsx"):
        assert post(client, f"{path}.{ending}?copy=public", via=path).status_code == 409
    assert of_page(client, path)


@pytest.mark.parametrize("host", ["school", "county"])
def test_a_smaller_host_lists_classes_or_schools(app, cast, sign_in, host):
    with app.app_context():
        place = {"region_id": "630103"} if host == "county" else {"school_id": cast.school_a}
        held = {f"host_{name}": value for name, value in place.items()}
        arena = make_arena(db.session, cast, clock.now(), place=place, host=held, profile="average")
        arena.result(cast.zhuoma, 9000, 60)
        public_id = arena.tally()
    who = cast.county if host == "county" else cast.school_admin
    rows = of_page(sign_in(who), f"/desk/contests/{public_id}/bulletin")
    if host == "county":
        assert rows[0] == [A, "2", "1", "50%", "90", "1", "1%", "100%", "0%", "90.00", "90.00", "1"]
    else:
        assert rows[0][0].startswith("初二 1班") and rows[0][4:7] == ["3", "1", "33%"]
        assert len(rows) == 3  # both classes and the total


def test_before_the_first_result_there_is_a_way_back_and_no_file(app, cast, sign_in):
    with app.app_context():
        public_id = make_arena(db.session, cast, clock.now(), is_over=False).contest.public_id
        db.session.commit()
    client, path = sign_in(cast.province), f"/desk/contests/{public_id}/bulletin"
    soup = page(client.get(path))
    assert "还没有成绩" in text_of(soup) and not soup.select("form[action*=bulletin]")
    for ending in ("pdf", "docx", "xlsx"):
        assert post(client, f"{path}.{ending}", via="/desk/contests/").status_code == 409


def long_document(app: Flask, rows: int) -> words.Document:
    """A bulletin of many schools with long names; no organiser, so that it is to be filled in."""
    row = [Cell(text) for text in ("9", "8", "89%", "1200", "1100", "92%", "87%", "12%", "84.35", "93.27")]
    name = "海西蒙古族藏族自治州大柴旦行政委员会第一中学（大柴旦行政委员会）"
    with app.test_request_context():
        return words.Document(
            title="关于“青海省2026年‘6·26’国际禁毒日全省青少年禁毒知识竞赛”情况的通报", state="", addressee="各有关学校：",
            sections=(("一、参与情况", ("正文。",)),), columns=words.columns(BoardLevel.SCHOOL),
            rows=tuple((Cell(f"{at}{name}"), *row, Cell(f"{at}")) for at in range(1, rows + 1)),
            row_count=rows, total=(Cell("合计"), *row, Cell("—")), annex="附表：各单位情况", notes=("数据截至今天。",),
            organisers=(), date="2026年6月27日",
        )  # fmt: skip


def test_a_long_pdf_repeats_its_heading_numbers_its_pages_and_is_the_same_twice(app, tmp_path):
    found, known = long_document(app, 120), fonts.font_set(tmp_path)
    with app.test_request_context():
        data = pdf.write(found, known)
        assert pdf.write(found, known) == data
    reader = PdfReader(io.BytesIO(data))
    sizes = [(round(one.mediabox.width), round(one.mediabox.height)) for one in reader.pages]
    assert sizes == [(595, 842), *[(842, 595)] * (len(sizes) - 1)] and len(sizes) >= 5
    texts = pdf_pages(data)
    assert [f"— {number} —" in text for number, text in enumerate(texts, start=1)] == [True] * len(texts)
    assert len(tables_of(texts)) == len(texts) - 1
    printed = "".join("".join(texts).split())
    for row in found.rows:
        assert row[0].text in printed
    assert "文号" in texts[0] and "主办单位" in texts[0]


def test_a_letter_without_a_form_is_named_and_nothing_is_left_blank(app, tmp_path):
    found = replace(long_document(app, 1), organisers=("示例\U0001f9ff办公室",))
    with app.test_request_context(), pytest.raises(ConflictError, match="字体里没有这些字") as caught:
        pdf.write(found, fonts.font_set(tmp_path))
    assert "U+1F9FF" in str(caught.value.params)
    with app.test_request_context(), pytest.raises(ConflictError, match="没有中文字体"):
        pdf.write(found, fonts.FontSet((), frozenset()))


WHO = [("province", 200), ("admin", 200), ("prefecture", 404), ("county", 404), ("school_admin", 404), ("teacher", 404),
       ("outsider_teacher", 404), ("editor", 403), ("zhuoma", 403)]  # fmt: skip


@pytest.mark.parametrize(("who", "status"), WHO)
def test_only_hosts_have_it(app, cast, sign_in, contest_id, who, status):
    client, path = sign_in(vars(cast)[who]), f"/desk/contests/{contest_id}/bulletin"
    assert client.get(path).status_code == status
    for ending in ("pdf", "docx", "xlsx"):
        assert client.get(f"{path}.{ending}").status_code == 405
        assert post(client, f"{path}.{ending}", via="/").status_code == status
    with app.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="report:bulletin:export").order_by(AuditEntry.id).all()
        details = [
            {"level": "prefecture", "copy": "internal", "format": one, "rows": 2} for one in ("pdf", "docx", "xlsx")
        ]
        assert [one.details for one in entries] == (details if status == 200 else [])


@pytest.mark.parametrize("column", ["published_at", "cancelled_at"])
def test_a_draft_and_a_cancelled_contest_have_none(app, cast, sign_in, contest_id, column):
    with app.app_context():
        db.session.execute(sa.update(Contest).values({column: None if column == "published_at" else clock.now()}))
        db.session.commit()
    assert sign_in(cast.province).get(f"/desk/contests/{contest_id}/bulletin").status_code == 404


def test_the_contest_leads_to_it_and_english_is_english(cast, sign_in, contest_id):
    client = sign_in(cast.province)
    assert page(client.get(f"/desk/contests/{contest_id}")).select_one(
        f"a[href='/desk/contests/{contest_id}/bulletin']"
    )
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    headings = [text_of(one) for one in page(client.get(f"/desk/contests/{contest_id}/bulletin")).select("h2")]
    assert headings[0].startswith("1.")


def test_more_units_cost_no_more_queries(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/bulletin"

    def ask(level):
        with counted(app) as statements:
            page(client.get(f"{path}?level={level}"))
        return len(statements)

    assert ask("county") <= ask("prefecture") <= 16


def test_quotation_marks_within_quotation_marks_are_single(app, cast, sign_in, contest_id):
    with app.app_context():
        db.session.query(Contest).filter_by(public_id=contest_id).one().title = "“6·26”禁毒知识竞赛"
        db.session.commit()
    soup = page(sign_in(cast.province).get(f"/desk/contests/{contest_id}/bulletin"))
    assert "关于“‘6·26’禁毒知识竞赛”情况的通报" in text_of(soup.main)
