"""Integrity signals: a scan finds them, a person notes what they made of them, nothing else changes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.operations.retention.rules import Kind
from quiz.reports.signals import queries
from quiz.reports.signals.models import IntegritySignal, SignalNote, SignalScan
from tests.factories.contests import make_contest, take
from tests.factories.retention import erase_due
from tests.pages import page, post, text_of

ROWS = ({"kinds": ["single"], "count": 12, "points": 100},)


@pytest.fixture
def contest(app, cast):
    """卓玛 and 李明 answer all right, 卓玛 in twelve seconds; the contest is over. Its id and public id."""
    with app.app_context():
        now = clock.now()
        opens = now - timedelta(hours=5)
        made = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=opens, opens_at=opens, rows=ROWS
        )
        take(db.session, made, cast.zhuoma, right=12, now=opens, seconds=12)
        take(db.session, made, cast.liming, right=12, now=opens, seconds=300)
        db.session.commit()
        return made.id, made.public_id


def scanned(app, client, public_id):
    address = f"/desk/signals/{public_id}"
    assert post(client, f"{address}/scan", via=address).status_code == 303
    run_due_jobs(app)
    return address


def test_the_whole_walk(app, cast, sign_in, contest):
    client = sign_in(cast.school_admin)
    before = scores(app)
    soup = page(client.get(f"/desk/signals/{contest[1]}"))
    assert "线索不是结论" in text_of(soup.main) and "开始查看" in text_of(soup.main)
    address = scanned(app, client, contest[1])
    soup = page(client.get(address))
    text = text_of(soup.main)
    assert "答得特别快 · 卓玛" in text and "12 道题用了 12 秒，得 100 分" in text and "李明" not in text
    one = soup.select_one(".list__title")["href"]
    assert post(client, one, {"note": " "}).status_code == 422
    assert post(client, one, {"note": "问过本人，读得快"}).status_code == 303
    assert "看过" in text_of(page(client.get(address)).main)
    scanned(app, client, contest[1])  # a second scan finds nothing new, and keeps the note
    with app.app_context():
        [signal] = db.session.scalars(sa.select(IntegritySignal))
        assert [one.note.text for one in queries.notes_of(db.session, signal)] == ["问过本人，读得快"]
        assert signal.looked_by == cast.school_admin
        assert db.session.get_one(SignalScan, contest[0]).sheets == 2
    assert scores(app) == before


def test_a_later_note_stands_beside_the_earlier_one(app, cast, sign_in, contest):
    host, above = sign_in(cast.school_admin), sign_in(cast.county)
    one = page(host.get(scanned(app, host, contest[1]))).select_one(".list__title")["href"]
    for _ in range(2):  # pressed twice it is kept once
        assert post(host, one, {"note": "疑似代答，已通知复核"}).status_code == 303
    assert text_of(page(above.get(one)).select_one("textarea[name=note]")) == ""
    assert post(above, one, {"note": "没有问题"}).status_code == 303
    assert post(above, one, {"note": ""}).status_code == 422
    for client in (host, above):
        notes = [text_of(note) for note in page(client.get(one)).select("[aria-labelledby=notes] li")]
        assert [note.split(" ")[0] for note in notes] == ["疑似代答，已通知复核", "没有问题"]
        assert "学校管理员" in notes[0] and "学校管理员" not in notes[1]
    with app.app_context():
        acts = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "contest:signals:note"))
        assert [one.actor_id for one in acts] == [cast.school_admin, cast.county]
        assert erase_due(db.session, Kind.SIGNALS, clock.now() + timedelta(days=181)) == 1
        db.session.commit()
        assert db.session.scalar(sa.select(SignalNote.id)) is None  # they go with the signal


def scores(app):
    with app.app_context():
        return db.session.execute(sa.select(Attempt.id, Attempt.status, Attempt.score).order_by(Attempt.id)).all()


def test_a_sheet_knows_what_was_wrong_and_when_answers_came(app, cast, contest):
    with app.app_context():
        found = queries.sheets_of(db.session, db.session.get_one(Contest, contest[0]), cast.class_a1)
        assert {one.user_id for one in found} == {cast.zhuoma, cast.liming}
        assert all(len(one.asked) == 12 and not one.wrong and len(one.saved_at) == 12 for one in found)


def test_two_pupils_with_the_same_mistakes(app, cast, sign_in, contest):
    with app.app_context():
        opens = db.session.get_one(Contest, contest[0]).groups[0].sitting.opens_at
        made = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=opens, opens_at=opens, rows=ROWS
        )
        for group in made.groups:
            group.sitting.has_common_items = True
        for pupil in (cast.zhuoma, cast.ouyang):
            take(db.session, made, pupil, right=0, now=opens, seconds=300)
        db.session.commit()
        public_id = made.public_id
    client = sign_in(cast.school_admin)
    text = text_of(page(client.get(scanned(app, client, public_id))).main)
    assert "错得一样 · 卓玛、欧阳小雪" in text and "错成了同一个答案" in text


def test_not_while_it_runs(app, cast, sign_in):
    with app.app_context():
        made = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        db.session.commit()
        public_id = made.public_id
    client = sign_in(cast.school_admin)
    address = f"/desk/signals/{public_id}"
    assert "比赛还没有结束" in text_of(page(client.get(address)).main)
    assert post(client, f"{address}/scan", via="/desk/contests/").status_code == 409


def test_names_are_masked_for_those_who_do_not_know_the_pupils(app, cast, sign_in, contest):
    scanned(app, sign_in(cast.school_admin), contest[1])
    text = text_of(page(sign_in(cast.province).get(f"/desk/signals/{contest[1]}")).main)
    assert "卓*" in text and "卓玛" not in text


def test_it_is_not_there_for_others(app, cast, sign_in, contest):
    address = scanned(app, sign_in(cast.school_admin), contest[1])
    with app.app_context():
        one = db.session.scalar(sa.select(IntegritySignal.public_id))
    assert sign_in(cast.teacher).get(address).status_code == 403
    assert sign_in(cast.county).get(f"{address}/{one}").status_code == 200  # above the school that holds it
    assert sign_in(cast.county).get(f"/desk/signals/{'x' * 12}").status_code == 404


def test_a_school_reads_but_does_not_scan_a_contest_of_the_region(app, cast, sign_in):
    with app.app_context():
        opens = clock.now() - timedelta(hours=5)
        made = make_contest(db.session, host="region:630000", by=cast.province, now=opens, opens_at=opens)
        db.session.commit()
        public_id = made.public_id
    client = sign_in(cast.school_admin)
    address = f"/desk/signals/{public_id}"
    assert "由主办单位查看" in text_of(page(client.get(address)).main)
    assert post(client, f"{address}/scan", via="/desk/contests/").status_code == 404
