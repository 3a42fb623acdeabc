"""Devices with many accounts, letters of another paper, and computer rooms: what a scan lists and for whom."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts import queries as attempts
from quiz.attempts import services as answering
from quiz.attempts.models import Attempt
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.reports.signals.models import IntegritySignal
from quiz.reports.signals.queries import lettered, sheets_of
from quiz.reports.signals.rules import SignalKind
from tests.factories.contests import enter, make_contest, take
from tests.factories.sittings import login
from tests.pages import page, post, text_of

MARK = "00112233445566ff"
ROWS = ({"kinds": ["single"], "count": 40, "points": 100},)


@pytest.fixture
def contest(app, cast):
    """Four accounts of school A on one device, all at once; over. Its id and public id."""
    with app.app_context():
        opens = clock.now() - timedelta(hours=5)
        made = make_contest(
            db.session, host="region:630000", by=cast.province, now=opens, opens_at=opens, places=["region:630000"]
        )
        for pupil in (cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang):
            take(db.session, made, pupil, right=2, now=opens, seconds=300)
        take(db.session, made, cast.cairang, right=2, now=opens, seconds=300)
        on_it = Attempt.user_id != cast.cairang
        db.session.execute(sa.update(Attempt).where(on_it).values(device_mark=MARK))
        db.session.commit()
        return made.id, made.public_id


def scanned(app, client, public_id):
    address = f"/desk/signals/{public_id}"
    assert post(client, f"{address}/scan", via=address).status_code == 303
    run_due_jobs(app)
    return address


def found(app):
    with app.app_context():
        return [one.key for one in db.session.scalars(sa.select(IntegritySignal)) if one.kind is SignalKind.ONE_DEVICE]


def test_accounts_of_a_device_are_described_to_hosts_and_to_their_school(app, cast, sign_in, contest):
    host = sign_in(cast.province)
    address = scanned(app, host, contest[1])
    soup = page(host.get(address))
    text = text_of(soup.main)
    assert "多个账号用一台设备" in text and "有 4 个账号作答，来自 2 个班" in text
    assert "3 次，前一个还没交卷，后一个已经开始" in text and MARK not in text
    [link] = [one["href"] for one in soup.select(".list__title") if "多个账号" in one.text]
    assert "卓*" in text_of(page(host.get(link)).main) and "卓玛" not in text_of(page(host.get(link)).main)
    school = sign_in(cast.school_admin)
    shown = text_of(page(school.get(link)).main)
    assert "卓玛" in shown and "王芳" in shown and "先问一问再下结论" in shown
    assert sign_in(cast.teacher).get(link).status_code == 403
    with app.app_context():
        kept = db.session.scalars(sa.select(IntegritySignal)).all()
        assert all(MARK not in str(one.evidence) + one.key for one in kept)


def test_a_declared_room_is_no_signal(app, cast, sign_in, contest):
    host, teacher = sign_in(cast.province), sign_in(cast.teacher)
    scanned(app, host, contest[1])
    assert len(found(app)) == 1
    room = f"/desk/signals/{contest[1]}/room"
    assert post(teacher, room, {"school_id": str(cast.school_a), "note": " "}).status_code == 422
    assert post(teacher, room, {"school_id": str(cast.school_b), "note": "三楼机房"}).status_code == 422
    assert post(teacher, room, {"school_id": str(cast.school_a), "note": "三楼机房，初二轮流"}).status_code == 303
    assert "三楼机房，初二轮流" in text_of(page(teacher.get(room)).main)
    address = scanned(app, host, contest[1])
    assert found(app) == []
    assert "三楼机房，初二轮流" in text_of(page(host.get(address)).main)  # who looks reads it
    assert post(teacher, f"{room}/{cast.school_a}/withdraw", via=room).status_code == 303
    scanned(app, host, contest[1])
    assert len(found(app)) == 1
    with app.app_context():
        acts = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.like("contest:room:%")))
        assert sorted(acts) == ["contest:room:declare", "contest:room:withdraw"]


def test_what_somebody_has_looked_at_stays(app, cast, sign_in, contest):
    host, teacher = sign_in(cast.province), sign_in(cast.teacher)
    address = scanned(app, host, contest[1])
    [link] = [one["href"] for one in page(host.get(address)).select(".list__title") if "多个账号" in one.text]
    assert post(host, link, {"note": "问过学校，是机房"}).status_code == 303
    room = f"/desk/signals/{contest[1]}/room"
    post(teacher, room, {"school_id": str(cast.school_a), "note": "三楼机房"})
    scanned(app, host, contest[1])
    assert len(found(app)) == 1


def test_only_ones_own_school_can_be_declared(cast, sign_in, contest):
    outsider = sign_in(cast.outsider_teacher)
    room = f"/desk/signals/{contest[1]}/room"
    assert post(outsider, room, {"school_id": str(cast.school_a), "note": "机房"}).status_code == 422
    assert post(outsider, f"{room}/{cast.school_a}/withdraw", via=room).status_code == 404
    for person in (cast.province, cast.admin, cast.editor):
        assert sign_in(person).get(room).status_code == 403


def test_letters_of_the_bank_are_found_by_a_scan(app, cast, sign_in):
    with app.app_context():
        opens = clock.now() - timedelta(hours=5)
        made = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=opens, opens_at=opens, rows=ROWS
        )
        attempt, session_id = enter(db.session, made, cast.liming, opens), login(db.session, cast.liming, opens)
        for seq, entry in enumerate(attempt.paper, 1):
            item = attempts.item_at(db.session, entry)
            letter = item.choice_ids.index(item.answer_key[0])  # as it stands in the bank
            answering.save_answer(
                db.session, attempt_public_id=attempt.public_id, user_id=cast.liming, login_session_id=session_id, seq=seq,
                position=entry["position"], choices=[entry["order"][letter]], now=opens + timedelta(seconds=10 * seq + seq % 7),
            )  # fmt: skip
        answering.submit_attempt(
            db.session, attempt_public_id=attempt.public_id, user_id=cast.liming, now=opens + timedelta(seconds=500)
        )
        take(db.session, made, cast.zhuoma, right=36, now=opens, seconds=400)
        db.session.commit()
        contest_id, public_id = made.id, made.public_id
        sheets = {
            one.user_id: one for one in sheets_of(db.session, db.session.get_one(Contest, contest_id), cast.class_a1)
        }
        assert all(one.picked == one.bank for one in sheets[cast.liming].letters)
        assert len(sheets[cast.liming].letters) == 40
        row = db.session.scalars(sa.select(Attempt).where(Attempt.user_id == cast.zhuoma)).one()
        given = attempts.current_answers(db.session, row.id)
        letters = lettered(row.paper, attempts.paper_items(db.session, row.paper), given)
        assert [one.picked == one.right for one in letters] == [True] * 36 + [False] * 4
    client = sign_in(cast.school_admin)
    text = text_of(page(client.get(scanned(app, client, public_id))).main)
    assert "选的是别处的字母 · 李明" in text and "道选的是题库里的字母" in text and "卓玛" not in text
