"""The class report: page, workbook, CSV, and who may read them."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.accounts.models import User
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.contests.models import Contest
from quiz.db import db
from quiz.regions.rules import Scope
from quiz.reports.queries import class_report
from tests.factories.contests import enter, make_contest, take
from tests.factories.queries import counted
from tests.pages import page, post, text_of


@pytest.fixture
def contest_id(app, cast):
    """Class A1: 卓玛 4 of 4 in 60 s, 李明 1 of 4 in 90 s, =欧阳 is answering; 王芳 of A2 has 2 of 4."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(db.session, host="region:630103", by=cast.county, now=now)
        db.session.get_one(User, cast.ouyang).name = '=HYPERLINK("x")'
        take(db.session, contest, cast.zhuoma, right=4, now=now)
        take(db.session, contest, cast.liming, right=1, now=now, seconds=90)
        take(db.session, contest, cast.wangfang, right=2, now=now)
        enter(db.session, contest, cast.ouyang, now)
        db.session.commit()
        return contest.public_id


def test_the_numbers_are_those_of_a_hand_count(app, cast, contest_id):
    with app.app_context():
        contest = db.session.query(Contest).one()
        scope = Scope(classes=frozenset({cast.class_a1}))
        report = class_report(db.session, contest=contest, class_id=cast.class_a1, scope=scope)
        assert [(p.name, p.status, p.score, p.elapsed_seconds, p.attempts) for p in report.pupils] == [
            ("卓玛", "done", 10000, 60, 1), ("李明", "done", 2500, 90, 1), ('=HYPERLINK("x")', "going", None, None, 1),
        ]  # fmt: skip
        assert (report.average, report.passed, report.label) == (6250, 1, "初二 1班")
        assert sum(item.shown for item in report.items) == 8
        assert sum(item.correct for item in report.items) == 5
        assert sum(choice.count for item in report.items for choice in item.choices) == 8
        assert sum(topic.count for topic in report.topics) == 8


def test_the_page_shows_items_with_keys_and_explanations(cast, sign_in, contest_id):
    soup = page(sign_in(cast.teacher).get(f"/desk/contests/{contest_id}/classes/{cast.class_a1}"))
    assert [text_of(node) for node in soup.select(".stat__value")][:3] == ["2 / 3 人", "62.5", "50%"]
    assert soup.select(".item-report") and all(node.select(".explain p") for node in soup.select(".item-report"))
    assert "卓玛" in text_of(soup) and "王芳" not in text_of(soup)
    assert all("作答人数少" in text_of(node) for node in soup.select(".item-report")), "two pupils tell little"


def test_a_class_without_attempts_says_what_to_do(cast, sign_in, contest_id):
    soup = page(sign_in(cast.county).get(f"/desk/contests/{contest_id}/classes/{cast.class_a5}"))
    assert "还没有人交卷" in text_of(soup)


def export(client, path, name):
    """Press the page's button."""
    button = page(client.get(path)).select_one(f"form[method=post][action='{path}/{name}'] button")
    assert "导出" in text_of(button)
    return post(client, f"{path}/{name}", via=path)


@pytest.mark.parametrize("name", ["report.xlsx", "pupils.csv"])
def test_each_export_is_audited_without_names(app, cast, sign_in, contest_id, name):
    client, path = sign_in(cast.teacher), f"/desk/contests/{contest_id}/classes/{cast.class_a1}"
    assert client.get(f"{path}/{name}").status_code == 405
    assert [export(client, path, name).status_code for _ in range(2)] == [200, 200], "twice is no mistake"
    with app.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="report:class:export").all()
        assert [(one.actor_id, one.object_id, one.details) for one in entries] == [
            (cast.teacher, contest_id, {"class_id": cast.class_a1, "format": name[-4:].strip("."), "pupils": 3})
        ] * 2
        assert first_broken(db.session) is None


def test_the_workbook_keeps_texts_as_texts(cast, sign_in, contest_id):
    response = export(sign_in(cast.teacher), f"/desk/contests/{contest_id}/classes/{cast.class_a1}", "report.xlsx")
    assert response.status_code == 200
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    assert book.sheet_names == ["学生", "题目", "知识领域"]
    rows = book.get_sheet_by_name("学生").to_python()
    assert rows[0][:4] == ["学号", "姓名", "状态", "得分"]
    assert rows[1] == ["20240101", "卓玛", "已交卷", 100, 60, 1]
    assert rows[3][1] == '=HYPERLINK("x")'
    items = book.get_sheet_by_name("题目").to_python()
    assert len(items) > 4 and items[1][10]


def test_the_csv_opens_as_utf_8_and_runs_nothing(cast, sign_in, contest_id):
    response = export(sign_in(cast.teacher), f"/desk/contests/{contest_id}/classes/{cast.class_a1}", "pupils.csv")
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert rows[1][:2] == ["20240101", "卓玛"]
    assert rows[3][1] == '\'=HYPERLINK("x")'


MAY_READ = [
    ("teacher", True), ("school_admin", True), ("county", True), ("province", True), ("admin", True),
    ("colleague", False), ("outsider_teacher", False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "may"), MAY_READ)
@pytest.mark.parametrize("ending", ["", "/report.xlsx", "/pupils.csv"])
def test_only_those_responsible_for_the_class_may_read_it(app, cast, sign_in, contest_id, who, may, ending):
    client, path = sign_in(vars(cast)[who]), f"/desk/contests/{contest_id}/classes/{cast.class_a1}{ending}"
    response = post(client, path, via="/") if ending else client.get(path)
    assert response.status_code == (200 if may else 404)
    with app.app_context():
        exports = db.session.query(AuditEntry).filter_by(action="report:class:export").count()
        assert exports == bool(ending and may)


@pytest.mark.parametrize(
    ("who", "knows"), [("school_admin", True), ("admin", True), ("county", False), ("province", False)]
)
def test_organisers_above_the_school_read_how_a_class_did_and_not_who_is_in_it(
    cast, sign_in, contest_id, who, knows
):  # fmt: skip
    client, path = sign_in(vars(cast)[who]), f"/desk/contests/{contest_id}/classes/{cast.class_a1}"
    soup = page(client.get(path))
    texts = [text_of(soup), export(client, path, "pupils.csv").data.decode("utf-8-sig")]
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(client, path, "report.xlsx").data))
    texts.append(str(book.get_sheet_by_name("学生").to_python()))
    for text in texts:
        assert ("20240101" in text, "卓玛" in text, "学号" in text) == (knows, knows, knows)
        assert ("卓*" in text) != knows
    assert [text_of(node) for node in soup.select(".stat__value")][:3] == ["2 / 3 人", "62.5", "50%"]


def test_pupils_and_editors_are_kept_out(cast, sign_in, contest_id):
    for user in (cast.zhuoma, cast.editor):
        assert sign_in(user).get(f"/desk/contests/{contest_id}/classes/{cast.class_a1}").status_code == 403


def test_one_more_pupil_costs_no_more_queries(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.teacher), f"/desk/contests/{contest_id}/classes/{cast.class_a1}"

    def ask():
        page(client.get(path))  # item versions are read once per process
        with counted(app) as statements:
            page(client.get(path))
        return len(statements)

    few = ask()
    with app.app_context():
        now = clock.now()
        contest = db.session.query(Contest).one()
        from quiz.attempts.services import submit_attempt

        attempt = enter(db.session, contest, cast.ouyang, now)
        submit_attempt(db.session, attempt_public_id=attempt.public_id, user_id=cast.ouyang, now=now)
        db.session.commit()
    assert ask() == few
