"""Reminders: who has not begun, ready to send; who was told, when, by whom, for ever."""

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.accounts.models import User
from quiz.attempts.models import AttemptStatus
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.desk.models import Reminder, ReminderChannel
from quiz.desk.reminding.services import mark
from quiz.errors import DomainError, NotFoundError
from quiz.regions.models import School, SchoolHeadcount, SchoolKind
from tests.factories.contests import actor_of
from tests.integration.rankings.arena import make_arena
from tests.pages import page, post, text_of

FAR, NEAR = "城中区第二中学", "城中区第三中学"


@pytest.fixture
def contest_id(app, cast):
    """The province's contest: A has begun, B and two more schools of 城中区 have not; nobody was reminded."""
    with app.app_context():
        for number, (name, pupils) in enumerate([(FAR, 500), (NEAR, 70)]):
            db.session.add(School(
                code=f"000{number}", name=name, kind=SchoolKind.JUNIOR, county_id="630103", prefecture_id="630100",
                province_id="630000", headcounts=[SchoolHeadcount(grade=8, pupils=pupils)],
            ))  # fmt: skip
        db.session.flush()
        arena = make_arena(db.session, cast, clock.now(), is_over=False)
        arena.result(cast.zhuoma, 8000, 60)
        return arena.tally()


def school(name):
    return db.session.query(School).filter_by(name=name).one().id


def rows_of(soup):
    return [[text_of(cell) for cell in row.select("th, td")] for row in soup.select("tbody tr")]


def listed(soup):
    return [text_of(one.select_one(".strong")) for one in soup.select(".remind-list li")]


def test_counties_come_with_their_number_of_schools_and_lead_to_the_list(cast, sign_in, contest_id):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/reminders"
    soup = page(client.get(path))
    assert rows_of(soup) == [["城中区 西宁市", "2", "0", "—"], ["格尔木市 海西蒙古族藏族自治州", "1", "0", "—"]]
    assert listed(page(client.get(soup.select_one("tbody a")["href"]))) == [FAR, NEAR]


def test_the_text_and_the_workbook_are_ready_to_send(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.county), f"/desk/contests/{contest_id}/reminders/630103"
    soup = page(client.get(path))
    text = soup.select_one("textarea[readonly]").get_text()
    assert f"1. {FAR}（应参赛 500 人）\n2. {NEAR}（应参赛 70 人）" in text and "禁毒知识竞赛" in text and "自愿" in text
    assert "清源实验学校" not in text
    form = soup.select_one("form[action$='list.xlsx']")
    response = post(client, str(form["action"]), via=path)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.data)).get_sheet_by_index(0).to_python()
    assert sheet[0][:4] == ["学校代码", "学校", "县区", "应参赛学生"]
    assert [row[:4] for row in sheet[1:]] == [["0000", FAR, "城中区", 500], ["0001", NEAR, "城中区", 70]]
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="contest:reminder:export").one()
        assert entry.details == {"county": "630103", "rows": 2}


def test_one_or_all_are_marked_and_everybody_sees_by_whom(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.county), f"/desk/contests/{contest_id}/reminders/630103"
    with app.app_context():
        far, near = school(FAR), school(NEAR)
    assert post(client, path, {"schools": [far], "channel": "phone"}).status_code == 303
    soup = page(client.get(path))
    items = [text_of(one) for one in soup.select(".remind-list li")]
    assert "电话，城中区组织者" in items[0] and "还没提醒过" in items[1]
    assert post(client, path, {"schools": [far, near], "channel": "message"}).status_code == 303
    items = [text_of(one) for one in page(client.get(path)).select(".remind-list li")]
    assert "工作群消息" in items[0] and "共提醒 2 次" in items[0] and "工作群消息，城中区组织者" in items[1]
    overview = rows_of(page(sign_in(cast.province).get(f"/desk/contests/{contest_id}/reminders")))
    assert overview[0][:3] == ["城中区 西宁市", "2", "2"] and overview[0][3] != "—"
    with app.app_context():
        rows = db.session.query(Reminder).order_by(Reminder.id)
        assert [(one.school_id, one.reminded_by, one.channel) for one in rows] == [
            (far, cast.county, "phone"), (far, cast.county, "message"), (near, cast.county, "message"),
        ]  # fmt: skip
        entries = db.session.query(AuditEntry).filter_by(action="contest:reminder:mark").order_by(AuditEntry.id)
        assert [one.details["schools"] for one in entries] == [[far], sorted([far, near])]


def test_pressing_twice_is_one_note(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.county), f"/desk/contests/{contest_id}/reminders/630103"
    with app.app_context():
        data = {"schools": [school(FAR)], "channel": "phone"}
    for _ in range(2):
        assert post(client, path, data).status_code == 303
    assert "刚才已经记过了" in text_of(page(client.get(path)))
    with app.app_context():
        assert db.session.query(Reminder).count() == 1
        contest_row = db.session.query(Reminder).one()
        contest_row.at = clock.now() - timedelta(minutes=2)
        db.session.commit()
    post(client, path, data)
    with app.app_context():
        assert db.session.query(Reminder).count() == 2


def test_who_begins_leaves_the_list_and_the_note_stays(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/reminders/632801"
    with app.app_context():
        post(client, path, {"schools": [cast.school_b], "channel": "letter"})
    assert listed(page(client.get(path))) == ["格尔木市昆仑初级中学"]
    with app.app_context():
        from tests.integration.rankings.arena import Arena

        contest = db.session.query(Contest).one()
        arena = Arena(db.session, contest, {"junior": contest.groups[0].sitting}, clock.now())
        going = arena.result(cast.cairang, 0, 0)
        going.status, going.closed_at, going.score = AttemptStatus.IN_PROGRESS, None, None
        db.session.commit()
    soup = page(client.get(path))
    assert not listed(soup) and "提醒过的学校里，有 1 所已经开始了" in text_of(soup)
    with app.app_context():
        assert db.session.query(Reminder).count() == 1


def test_who_cannot_begin_yet_is_not_to_be_reminded(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/reminders"
    with app.app_context():
        post(client, f"{path}/632801", {"schools": [cast.school_b], "channel": "letter"})
        db.session.query(Contest).one().groups[0].sitting.opens_at = clock.now() + timedelta(hours=1)
        db.session.commit()
    soup = page(client.get(path))
    assert rows_of(soup) == [] and "已经开放的组别里" in text_of(soup)
    soup = page(client.get(f"{path}/632801"))
    assert not listed(soup) and "已经开始了" not in text_of(soup)


def test_what_cannot_be_marked_is_refused(app, cast, sign_in, contest_id):
    client, path = sign_in(cast.county), f"/desk/contests/{contest_id}/reminders/630103"
    soup = page(post(client, path, {"channel": "phone"}), 422)
    assert "请至少勾选一所学校" in text_of(soup)
    with app.app_context():
        far = school(FAR)
    assert post(client, path, {"schools": [far], "channel": "pigeon"}).status_code == 422
    assert post(client, path, {"schools": [far, cast.school_b], "channel": "phone"}).status_code == 404
    assert post(client, path, {"schools": ["nonsense"], "channel": "phone"}).status_code == 422
    with app.app_context():
        assert db.session.query(Reminder).count() == 0


def test_the_service_asks_for_the_scope_itself(app, cast, contest_id):
    with app.app_context():
        from quiz.contests.models import Contest

        contest, actor = db.session.query(Contest).one(), actor_of(db.session, cast.county)
        facts = {"contest": contest, "channel": ReminderChannel.PHONE, "now": clock.now()}
        with pytest.raises(NotFoundError):
            mark(db.session, actor=actor, region_id="632801", school_ids=[cast.school_b], **facts)
        with pytest.raises(DomainError):
            mark(db.session, actor=actor, region_id="630103", school_ids=[], **facts)
        teacher = actor_of(db.session, cast.teacher)
        with pytest.raises(NotFoundError):
            mark(db.session, actor=teacher, region_id="630103", school_ids=[school(FAR)], **facts)
        assert db.session.get(User, cast.county)


SEEN = [
    ("province", "630103", 200), ("province", "632801", 200), ("admin", "632801", 200), ("prefecture", "630103", 200),
    ("prefecture", "632801", 404), ("county", "630103", 200), ("county", "632801", 404), ("county", "630100", 404),
    ("province", "630100", 404), ("province", "999999", 404), ("school_admin", "630103", 403), ("teacher", "630103", 403),
    ("editor", "630103", 403), ("zhuoma", "630103", 403),
]  # fmt: skip


@pytest.mark.parametrize(("who", "county", "status"), SEEN)
def test_only_the_own_region_is_there(app, cast, sign_in, contest_id, who, county, status):
    client, path = sign_in(vars(cast)[who]), f"/desk/contests/{contest_id}/reminders/{county}"
    assert client.get(path).status_code == status
    assert post(client, f"{path}/list.xlsx", via="/").status_code == status
    schools = [cast.school_b] if county == "632801" else [cast.school_a]
    data = {"schools": schools, "channel": "phone"}
    assert post(client, path, data, via="/").status_code == (303 if status == 200 else status)
    with app.app_context():
        assert db.session.query(Reminder).count() == (status == 200)


def test_a_county_sees_its_own_line_alone(cast, sign_in, contest_id):
    assert [row[0] for row in rows_of(page(sign_in(cast.county).get(f"/desk/contests/{contest_id}/reminders")))] == [
        "城中区 西宁市"
    ]


def test_when_all_have_begun_or_nothing_is_counted_the_page_says_so(app, cast, sign_in):
    with app.app_context():
        early = make_arena(db.session, cast, clock.now(), is_over=False)
        arena = make_arena(db.session, cast, clock.now(), is_over=False)
        arena.result(cast.zhuoma, 8000, 60)
        arena.result(cast.cairang, 8000, 60)
        ids = early.contest.public_id, arena.tally()
    client = sign_in(cast.province)
    for one, text in zip(ids, ("名单还没有算好", "每所学校都有人开始了"), strict=True):
        assert text in text_of(page(client.get(f"/desk/contests/{one}/reminders")))
        page(client.get(f"/desk/contests/{one}/reminders/630103"))
