"""A prize draw: announced with a commitment, drawn once by another person, recomputed from its public page."""

import ast
import hashlib
import hmac
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.accounts.models import Enrolment, User
from quiz.accounts.publication import services as publication
from quiz.accounts.publication.rules import CURRENT_TEXT
from quiz.accounts.rules import mask_name
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.audit.models import AuditEntry
from quiz.awards.draws import services
from quiz.awards.draws.models import DrawTicket, PrizeDraw
from quiz.awards.draws.rules import DrawState, Prize, Who
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion.rules import DecisionKind
from quiz.promotion.services import decide
from quiz.rankings.services import rebuild
from quiz.regions.models import Region, School
from tests.factories.contests import actor_of
from tests.factories.remarks import begin_remark, end_remark
from tests.integration.awards.scene import make_scene
from tests.pages import page, post, text_of

FORM = {"title": "答题抽奖", "who": "all", "prizes": "书包 × 2\n笔 × 3", "public_source": "6月26日上证指数收盘价"}


def announced(scene, who=Who.ALL):
    with scene.app.app_context():
        found = services.announce(
            db.session, actor=actor_of(db.session, scene.cast.province), contest=scene.contest(), title="答题抽奖", who=who,
            prizes=[Prize("书包", 2), Prize("笔", 3)], public_source="收盘价", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        return found.public_id


def drawn(scene, public_id, by=None, value="3456.78"):
    with scene.app.app_context():
        found = db.session.scalar(sa.select(PrizeDraw).where(PrizeDraw.public_id == public_id))
        services.draw(
            db.session, actor=actor_of(db.session, by or scene.cast.admin), contest=scene.contest(), prize_draw=found,
            public_value=value, now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    run_due_jobs(scene.app)


def test_the_whole_walk_and_the_outcome_recomputed_from_the_public_page(scene, sign_in):
    first, second, visitor = sign_in(scene.cast.province), sign_in(scene.cast.admin), scene.app.test_client()
    address = f"/desk/draws/{scene.public_id}"
    assert post(first, address, FORM).status_code == 303
    desk = page(first.get(address)).select_one(".list__title")["href"]
    public = page(first.get(desk)).select_one("a[href^='/draws/']")["href"]
    before = text_of(page(visitor.get(public)).main)
    commitment = re.search(r"[0-9a-f]{64}", before)[0]
    with scene.app.app_context():
        seed = db.session.scalar(sa.select(PrizeDraw.seed))
    assert seed not in visitor.get(public).text and seed not in first.get(desk).text
    assert post(first, desk, {"public_value": "3456.78"}, via=address).status_code == 422  # not who announced it
    assert post(second, desk, {"public_value": "3456.78"}).status_code == 303
    run_due_jobs(scene.app)
    soup = page(visitor.get(public))
    assert hashlib.sha256(seed.encode()).hexdigest() == commitment and seed in text_of(soup.main)
    tickets = visitor.get(f"{public}/tickets.txt").text.split()
    order = sorted(tickets, key=lambda one: hmac.new(seed.encode(), f"3456.78:{one}".encode(), "sha256").hexdigest())
    assert won_tickets(soup) == order[:5] and len(tickets) == 10
    assert hashlib.sha256("".join(f"{one}\n" for one in tickets).encode()).hexdigest() in text_of(soup.main)
    assert not any(name in text_of(soup.main) for name in scene.users)  # masked
    pupil = sign_in(scene.users["李明"])
    text = text_of(page(pupil.get(public)).main)
    assert "你中奖了" in text or "这次没有抽中" in text


def won_tickets(soup):
    """The winning tickets that a public page lists."""
    return [re.search(r"[0-9a-f]{16}", text_of(one))[0] for one in soup.select("ol li")]


def winners():
    """(user id, name, school, county) of who has won, in the order drawn; within an application context."""
    query = (
        sa.select(User.id, User.name, School.name, Region.name)
        .join(DrawTicket, DrawTicket.user_id == User.id)
        .join(Enrolment, Enrolment.user_id == User.id)
        .join(School, School.id == Enrolment.school_id)
        .join(Region, Region.id == School.county_id)
        .where(DrawTicket.place.is_not(None))
        .order_by(DrawTicket.place)
    )
    return db.session.execute(query).all()


def test_a_school_stands_beside_a_name_only_where_pupil_and_guardian_agreed(scene):
    public_id = announced(scene)
    drawn(scene, public_id)
    visitor = scene.app.test_client()
    with scene.app.app_context():
        won = winners()
        agreed = won[2]
        publication.answer(
            db.session, actor=actor_of(db.session, scene.cast.admin), now=clock.now(), text_version=CURRENT_TEXT, seen=0,
            public_id=db.session.get_one(User, agreed[0]).public_id, pupil_agrees=True, guardian_agrees=True,
        )  # fmt: skip
        db.session.commit()
    lines = [text_of(one) for one in page(visitor.get(f"/draws/{public_id}")).select("ol li")]
    for line, (user_id, name, school, county) in zip(lines, won, strict=True):
        if user_id == agreed[0]:
            assert line.endswith(f"{name} {school}")
        else:
            assert line.endswith(f"{mask_name(name)} {county}") and school not in line


def test_names_leave_the_page_after_thirty_days_and_the_proof_stays(scene, sign_in):
    public_id = announced(scene)
    drawn(scene, public_id)
    visitor, address = scene.app.test_client(), f"/draws/{public_id}"
    for days, is_named in ((29, True), (30, False), (400, False)):
        with scene.app.app_context():
            at = clock.now() - timedelta(days=days)
            db.session.execute(sa.update(PrizeDraw).values(drawn_at=at))
            db.session.commit()
            won = winners()
        soup = page(visitor.get(address))
        lines = [text_of(one) for one in soup.select("ol li")]
        assert len(lines) == 5 and "公示 30 天" in text_of(soup.main)
        for line, (_user_id, name, _school, county) in zip(lines, won, strict=True):
            assert (mask_name(name) in line, county in line) == (is_named, is_named)
        assert ("已经撤下" in text_of(soup.main)) is not is_named
        assert (
            "hashlib" in text_of(soup.select_one("pre")) and len(re.findall(r"[0-9a-f]{64}", text_of(soup.main))) >= 4
        )
        assert len(visitor.get(f"{address}/tickets.txt").text.split()) == 10
    desk = f"/desk/draws/{scene.public_id}/{public_id}"
    staff = sign_in(scene.cast.admin)
    assert len(page(staff.get(desk)).select("tbody tr")) == 5  # staff keep their list
    sheet = page(post(staff, f"{desk}/list", via=desk))
    assert all(name in text_of(sheet.main) for _user_id, name, _school, _county in won)


def test_a_winner_without_a_result_by_now_stays_in_the_proof(scene):
    public_id = announced(scene)
    drawn(scene, public_id)
    visitor = scene.app.test_client()
    before = won_tickets(page(visitor.get(f"/draws/{public_id}")))
    with scene.app.app_context():
        user_id = winners()[0][0]
        db.session.execute(sa.update(Attempt).where(Attempt.user_id == user_id).values(status=AttemptStatus.VOIDED))
        db.session.commit()
        rebuild(db.session, contest_id=scene.contest_id, now=clock.now())
        db.session.commit()
    soup = page(visitor.get(f"/draws/{public_id}"))
    assert won_tickets(soup) == before and "[:5]" in text_of(soup.select_one("pre"))


def test_search_engines_are_asked_to_stay_away(scene):
    public_id = announced(scene)
    visitor = scene.app.test_client()
    for _ in range(2):
        reply = visitor.get(f"/draws/{public_id}")
        assert reply.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert page(reply).select_one("meta[name=robots]")["content"] == "noindex, nofollow"
        assert visitor.get(f"/draws/{public_id}/tickets.txt").headers["X-Robots-Tag"] == "noindex, nofollow"
        drawn(scene, public_id)


@pytest.mark.parametrize(
    "value", ['1";print("RUN BY VISITOR");"', "3456.78\\", "\\N{DIGIT ONE}", "3456.78 点", "1'\"2", "1\u202e2</pre>"]
)
def test_the_python_on_the_page_gives_the_winners_whatever_the_number_is_written_like(scene, tmp_path, value):
    public_id = announced(scene)
    drawn(scene, public_id, value=value)
    visitor = scene.app.test_client()
    soup = page(visitor.get(f"/draws/{public_id}"))
    (tmp_path / "tickets.txt").write_text(visitor.get(f"/draws/{public_id}/tickets.txt").text)
    program = soup.select_one("pre").get_text()
    assert "\u202e" not in program
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ast.literal_eval(run.stdout) == won_tickets(soup)


def test_only_who_passed_and_nobody_disqualified(scene):
    with scene.app.app_context():
        decide(
            db.session, actor=actor_of(db.session, scene.cast.province), contest=scene.contest(),
            user_id=scene.users["李明"], kind=DecisionKind.DISQUALIFIED, reason="由他人代答", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    public_id = announced(scene, Who.PASSED)
    drawn(scene, public_id)
    with scene.app.app_context():
        users = set(db.session.scalars(sa.select(DrawTicket.user_id)))
        assert scene.users["李明"] not in users and {scene.users[one] for one in ("卓玛", "王芳")} <= users
        found = db.session.scalar(sa.select(PrizeDraw))
        assert found.tickets == len(users) < 10


def test_who_passed_is_not_drawn_before_results_of_every_group_are_released(app, cast, sign_in):
    scene = make_scene(app, cast, groups=("junior", "senior"))
    with app.app_context():  # of one group they are released by hand
        senior = next(one for one in scene.contest().groups if one.kind == "senior")
        senior.sitting.release_results = "manual"
        db.session.commit()
    passed, everybody = announced(scene, Who.PASSED), announced(scene)
    desk, staff = f"/desk/draws/{scene.public_id}/{passed}", sign_in(cast.admin)
    soup = page(staff.get(desk))
    assert "要等所有组别的成绩都公布以后才能开奖" in text_of(soup.main) and not soup.select("input[name=public_value]")
    assert post(staff, desk, {"public_value": "3456.78"}).status_code == 422
    with pytest.raises(ConflictError, match="要等所有组别的成绩都公布"):
        drawn(scene, passed)
    drawn(scene, everybody)  # says of nobody whether they passed
    host, contest = sign_in(cast.province), f"/desk/contests/{scene.public_id}"
    assert post(host, f"{contest}/release/results", via=contest).status_code == 303
    assert "要等所有组别" not in text_of(page(staff.get(desk)).main)
    assert post(staff, desk, {"public_value": "3456.78"}).status_code == 303
    run_due_jobs(app)
    with app.app_context():
        assert set(db.session.scalars(sa.select(PrizeDraw.state))) == {DrawState.DRAWN}


def test_pressed_twenty_times_it_is_drawn_once(scene):
    public_id = announced(scene)

    def press(_number):
        drawn(scene, public_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, range(20)))
    with scene.app.app_context():
        found = db.session.scalar(sa.select(PrizeDraw))
        assert found.state is DrawState.DRAWN and found.tickets == 10
        acts = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == "contest:draw:draw")
        assert db.session.scalar(acts) == 1
        places = db.session.scalars(sa.select(DrawTicket.place).where(DrawTicket.place.is_not(None))).all()
        assert sorted(places) == [1, 2, 3, 4, 5]


def test_a_draw_that_is_cancelled_is_gone_and_one_that_is_drawn_stays(scene, sign_in):
    public_id = announced(scene)
    client = sign_in(scene.cast.province)
    desk = f"/desk/draws/{scene.public_id}/{public_id}"
    assert post(client, f"{desk}/cancel", via=desk).status_code == 303
    assert scene.app.test_client().get(f"/draws/{public_id}").status_code == 404
    with pytest.raises(ConflictError):
        drawn(scene, public_id)
    other = announced(scene)
    drawn(scene, other)
    assert post(client, f"/desk/draws/{scene.public_id}/{other}/cancel", via=desk).status_code == 409


def test_who_announced_it_does_not_draw(scene):
    with pytest.raises(DomainError, match="另一个人"):
        drawn(scene, announced(scene), by=scene.cast.province)


def test_of_a_contest_that_was_cancelled_nothing_is_drawn(scene):
    public_id = announced(scene)
    with scene.app.app_context():
        scene.contest().cancelled_at = clock.now()
        db.session.commit()
    with pytest.raises(ConflictError, match="比赛已经取消"):
        drawn(scene, public_id)
    with scene.app.app_context():
        assert db.session.query(PrizeDraw).one().state is DrawState.ANNOUNCED


@pytest.mark.parametrize(
    ("field", "value"), [("prizes", "书包"), ("title", ""), ("public_source", ""), ("who", "nobody")]
)
def test_what_is_missing_is_named(scene, sign_in, field, value):
    reply = post(sign_in(scene.cast.province), f"/desk/draws/{scene.public_id}", FORM | {field: value})
    assert reply.status_code == 422 and "field__error" in reply.text


@pytest.mark.parametrize(
    "prizes", ["书包" + " " * 40_000 + "20 个", "书包 × 20" + "\n " * 20_000 + "x"], ids=["spaces", "lines"]
)
def test_a_list_of_prizes_that_is_too_long_is_refused_at_its_field(scene, sign_in, prizes):
    reply = post(sign_in(scene.cast.province), f"/desk/draws/{scene.public_id}", FORM | {"prizes": prizes})
    error = page(reply, 422).select_one("#prizes-error")
    assert "奖品写得太长" in text_of(error)
    with scene.app.app_context():
        assert db.session.scalar(sa.select(PrizeDraw)) is None


def test_it_is_not_there_for_others(scene, sign_in):
    public_id = announced(scene)
    address = f"/desk/draws/{scene.public_id}"
    for other, status in ((scene.cast.county, 404), (scene.cast.teacher, 403), (scene.cast.zhuoma, 403)):
        client = sign_in(other)
        assert client.get(address).status_code == client.get(f"{address}/{public_id}").status_code == status


def test_the_list_for_handing_out_has_full_names_by_school_and_every_opening_is_in_the_log(scene, sign_in):
    public_id = announced(scene)
    address = f"/desk/draws/{scene.public_id}/{public_id}"
    host = sign_in(scene.cast.province)
    assert post(host, f"{address}/list", via=address).status_code == 409  # not drawn yet
    drawn(scene, public_id)
    desk = text_of(page(host.get(address)).main)
    assert "按学校打开，可打印" in desk and "卓玛" not in desk
    sheet = page(post(host, f"{address}/list", via=address))
    with scene.app.app_context():
        won = db.session.execute(
            sa.select(User.name, DrawTicket.prize)
            .join(User, User.id == DrawTicket.user_id)
            .where(DrawTicket.place.is_not(None))
        ).all()
    assert len(won) == 5 and all(name in text_of(sheet.main) and prize in text_of(sheet.main) for name, prize in won)
    schools = [text_of(one) for one in sheet.select("section.sheet h2")]
    assert len(schools) == len(set(schools)) >= 1
    book = post(host, f"{address}/list.xlsx", via=address)
    assert book.status_code == 200
    rows = CalamineWorkbook.from_filelike(BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert sorted(row[2] for row in rows[1:]) == sorted(name for name, _prize in won)
    with scene.app.app_context():
        entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "contest:draw:list")).all()
        assert [(one.actor_id, one.details["format"], one.details["rows"]) for one in entries] == [
            (scene.cast.province, "print", 5), (scene.cast.province, "xlsx", 5),
        ]  # fmt: skip
    school = sign_in(scene.cast.school_admin)  # does not host it
    assert post(school, f"{address}/list", via="/desk/contests/").status_code == 404
    assert post(sign_in(scene.cast.teacher), f"{address}/list", via="/desk/contests/").status_code == 403


def test_nobody_is_drawn_on_results_that_are_half_marked_again(scene, sign_in, monkeypatch):
    public_id, second = announced(scene, Who.PASSED), sign_in(scene.cast.admin)
    address = f"/desk/draws/{scene.public_id}/{public_id}"
    begin_remark(scene.app, scene.contest_id, scene.cast.admin)
    reply = post(second, address, {"public_value": "3456.78"}, via=f"/desk/draws/{scene.public_id}")
    assert "请等重新判分完成" in text_of(page(reply, 422).main)
    end_remark(scene.app)
    assert post(second, address, {"public_value": "3456.78"}).status_code == 303
    begin_remark(scene.app, scene.contest_id, scene.cast.admin)  # before the tickets are written
    run_due_jobs(scene.app)
    with scene.app.app_context():
        found = db.session.scalar(sa.select(PrizeDraw))
        assert found.state is DrawState.DRAWING and db.session.scalar(sa.select(DrawTicket.ticket)) is None
    end_remark(scene.app)
    later = clock.now() + services.AGAIN_AFTER
    monkeypatch.setattr(clock, "now", lambda: later)
    run_due_jobs(scene.app)
    with scene.app.app_context():
        assert db.session.scalar(sa.select(PrizeDraw)).state is DrawState.DRAWN
