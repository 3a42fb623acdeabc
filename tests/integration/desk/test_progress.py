"""Progress numbers against a hand count, by area and by pupil."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.rules import Place
from quiz.db import db
from quiz.desk.progress import areas_of, idle_schools, progress, pupils_of_class
from quiz.regions.models import School
from quiz.regions.rules import Scope
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.factories.queries import counted
from tests.pages import page, post, text_of


@pytest.fixture
def contest_id(app, cast):
    """The province's contest: 卓玛 has handed in (twice), 李明 is answering, 王芳 has handed in; the others wait."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, groups=["primary", "junior"],
            attempts_allowed=2,
        )  # fmt: skip
        take(db.session, contest, cast.zhuoma, right=4, now=now)
        take(db.session, contest, cast.zhuoma, right=2, now=now + timedelta(minutes=2))
        take(db.session, contest, cast.wangfang, right=1, now=now)
        enter(db.session, contest, cast.liming, now)
        db.session.commit()
        return contest.public_id


def numbers(found):
    return {row.label: (row.expected, row.started, row.submitted) for row in found.rows}


def test_the_numbers_are_those_of_a_hand_count(app, cast, contest_id):
    with app.app_context():
        contest, now = db.session.query(Contest).one(), clock.now()
        scope = actor_of(db.session, cast.province).scope("contests.view")
        whole = progress(db.session, contest, scope, None, now)
        # School A has reported 40 pupils of grade 5 and 90 of grade 8, school B 60 of grade 8: what the boards reckon with.
        assert (whole.level, whole.expected, whole.started, whole.submitted) == ("prefecture", 190, 3, 2)
        assert numbers(whole) == {"海西蒙古族藏族自治州": (60, 0, 0), "西宁市": (130, 3, 2)}
        assert whole.rows[0].label == "海西蒙古族藏族自治州"  # who needs a call comes first
        xining = progress(db.session, contest, scope, Place("region", "630100"), now)
        assert (xining.level, numbers(xining)) == ("county", {"城中区": (130, 3, 2)})
        schools = progress(db.session, contest, scope, Place("region", "630103"), now)
        assert (schools.level, numbers(schools)) == ("school", {"城中区清源实验学校": (130, 3, 2)})
        classes = progress(db.session, contest, scope, Place("school", str(cast.school_a)), now)
        assert classes.expected == 130  # as the school's row says, though its classes have fewer on the roster
        assert numbers(classes) == {"五年级 1班": (1, 0, 0), "初二 1班": (3, 2, 1), "初二 2班": (1, 1, 1)}
        idle = idle_schools(db.session, contest, scope, now)
        assert [(row.label, row.expected) for row in idle] == [("格尔木市昆仑初级中学", 60)]
        assert list(areas_of(db.session, idle).values()) == ["海西蒙古族藏族自治州 · 格尔木市"]


def test_a_scope_counts_only_its_own(app, cast, contest_id):
    with app.app_context():
        contest = db.session.query(Contest).one()
        scope = Scope(classes=frozenset({cast.class_a1}))
        found = progress(db.session, contest, scope, None, clock.now())
        assert (found.expected, found.started, found.submitted) == (3, 2, 1)


def test_pupils_of_a_class_wait_first(app, cast, contest_id):
    with app.app_context():
        contest, scope = db.session.query(Contest).one(), Scope(schools=frozenset({cast.school_a}))
        rows = pupils_of_class(db.session, contest, scope, cast.class_a1)
        assert [(row.name, row.status) for row in rows] == [
            ("欧阳小雪", "waiting"), ("李明", "going"), ("卓玛", "done"),
        ]  # fmt: skip


def _announced(app, cast):
    """The province's contest that opens tomorrow."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=now + timedelta(days=1)
        )  # fmt: skip
        db.session.commit()
        return contest.public_id


def _stat(soup, label):
    return next(one for one in soup.select(".stat") if text_of(one.select_one(".stat__label")) == label)


def test_before_the_opening_no_school_is_called_idle_and_nothing_warns(app, cast, sign_in):
    public_id, client = _announced(app, cast), sign_in(cast.province)
    soup = page(client.get(f"/desk/contests/{public_id}/idle"))
    assert (
        not soup.select("table") and "比赛还没开始" in text_of(soup.main) and "清源实验学校" not in text_of(soup.main)
    )
    assert soup.select_one(".empty a[href]")
    shown = page(client.get(f"/desk/contests/{public_id}"))
    assert not shown.select(".stats .warn, .stat__note.warn") and "开始" in text_of(_stat(shown, "已开始"))


def test_who_has_not_started_is_counted_beside_those_who_have(cast, sign_in, contest_id):
    soup = page(sign_in(cast.province).get(f"/desk/contests/{contest_id}"))
    assert "187 人还没开始" in text_of(_stat(soup, "已开始")) and "还没开始" not in text_of(_stat(soup, "已交卷"))


PAGES = [("province", ""), ("county", ""), ("school_admin", ""), ("teacher", ""), ("admin", "")]


@pytest.mark.parametrize(("who", "query"), PAGES)
def test_everybody_whom_it_concerns_has_a_page_and_its_fragment(cast, sign_in, contest_id, who, query):
    client = sign_in(vars(cast)[who])
    soup = page(client.get(f"/desk/contests/{contest_id}{query}"))
    poll = soup.select_one("[data-poll]")["data-poll"]
    fragment = client.get(poll)
    assert fragment.status_code == 200
    values = [text_of(node) for node in BeautifulSoup(fragment.text, "html.parser").select(".stat__value")]
    assert values == [text_of(node) for node in soup.select(".stat__value")]
    page(client.get("/desk/contests/"))
    page(client.get(f"/desk/contests/{contest_id}/idle"))
    page(client.get(f"/desk/contests/{contest_id}/rules"))


def test_the_teacher_sees_names_and_may_give_time_and_the_organiser_sees_numbers(app, cast, sign_in, contest_id):
    teacher = sign_in(cast.teacher)
    soup = page(teacher.get(f"/desk/contests/{contest_id}"))
    assert "欧阳小雪" in text_of(soup)
    link = next(a["href"] for a in soup.select("main a") if "欧阳小雪" in text_of(a))
    page(teacher.get(link))
    page(post(teacher, link, {"minutes": "0", "reason": "停电"}), 422)
    response = post(teacher, link, {"minutes": "10", "reason": "停电"})
    assert response.status_code == 303
    assert "10 分钟" in text_of(page(teacher.get(response.location)))
    organiser = sign_in(cast.province).get(f"/desk/contests/{contest_id}?place=class:{cast.class_a1}")
    assert "欧阳小雪" not in text_of(page(organiser))


OUTSIDE = [
    ("outsider_teacher", "class:{class_a1}"),
    ("teacher", "class:{class_a2}"),
    ("teacher", "school:{school_a}"),
    ("school_admin", "school:{school_b}"),
    ("county", "school:{school_b}"),
    ("teacher", "nonsense"),
    ("teacher", "region:999999"),
]


@pytest.mark.parametrize(("who", "place"), OUTSIDE)
def test_places_outside_the_scope_are_not_found(cast, sign_in, contest_id, who, place):
    path = f"/desk/contests/{contest_id}?place={place.format(**vars(cast))}"
    page(sign_in(vars(cast)[who]).get(path), 404)


def test_who_only_looks_on_cannot_change_anything(cast, sign_in, contest_id):
    client = sign_in(cast.teacher)
    for what in ("cancel", "unpublish", "release/keys"):
        path = f"/desk/contests/{contest_id}/{what}"
        assert post(client, path, via="/desk/contests/").status_code == 404
    for what in ("text", "window"):
        assert client.get(f"/desk/contests/{contest_id}/{what}").status_code == 404
    assert not page(client.get(f"/desk/contests/{contest_id}")).select("#manage")


def test_pupils_are_kept_out(cast, sign_in, contest_id):
    for path in ("", f"/{contest_id}", f"/{contest_id}/progress", "/new"):
        assert sign_in(cast.zhuoma).get(f"/desk/contests{path or '/'}").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_pupils(app, cast, sign_in, contest_id):
    client = sign_in(cast.province)

    def ask(place):
        with counted(app) as statements:
            page(client.get(f"/desk/contests/{contest_id}?place={place}"))
        return len(statements)

    assert ask("region:630103") <= 22
    assert ask(f"school:{cast.school_a}") <= 22


def test_who_stands_before_a_class_shows_the_way_in_while_somebody_has_not_begun(app, cast, sign_in, contest_id):
    address = f"/desk/contests/{contest_id}"
    panel = page(sign_in(cast.teacher).get(address)).select_one("details.entrance")
    with app.app_context():
        code = db.session.get_one(School, cast.school_a).code
    text = text_of(panel)
    assert "让学生进来" in text and code in text and "城中区清源实验学校" in text and "http://localhost/sign-in" in text
    assert panel.select_one("svg.entrance__qr path")["d"] and not panel.has_attr("open")
    assert panel.select_one("a")["href"] == f"/classes/{cast.class_a1}/pupils"
    assert "data-poll" not in str(panel.parent.attrs)  # what is open stays open when the numbers come anew
    assert code in text_of(page(sign_in(cast.school_admin).get(address)).select_one("details.entrance"))
    assert page(sign_in(cast.province).get(address)).select_one("details.entrance") is None  # which school would it be?
    with app.app_context():
        contest = db.session.query(Contest).one()
        enter(db.session, contest, cast.ouyang, clock.now())
        db.session.commit()
    assert page(sign_in(cast.teacher).get(address)).select_one("details.entrance") is None
