"""The wizard by plain HTTP, as a browser without script walks it."""

from datetime import timedelta

import pytest

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db
from tests.pages import page, post, text_of

LOCAL = "%Y-%m-%dT%H:%M"


def draft_of(client, host, **data):
    """Step one; returns the address of step two."""
    response = post(client, f"/desk/contests/new?host={host}", data)
    assert response.status_code == 303, text_of(page(response, 422).select_one("form"))
    return response.location


def form_data(soup, form=0):
    """What a browser would send of the page's first form in the main part."""
    data = {}
    node = soup.select("main form[method=post]")[form]
    for field in node.select("input[name], textarea[name]"):
        if field.get("type") in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        data.setdefault(field["name"], []).append(field.get("value", "") if field.name == "input" else field.text)
    for select in node.select("select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        data[select["name"]] = [chosen["value"]]
    data.pop("csrf_token")
    return data


def test_a_teacher_opens_a_class_quiz_in_three_clicks(app, cast, sign_in):
    client = sign_in(cast.teacher)
    page(client.get("/desk/contests/"))
    first = page(client.get("/desk/contests/new"))
    preview = post(client, "/desk/contests/new", {**form_data(first), "do": "preview"})
    third = page(client.get(preview.location))
    response = post(client, preview.location, {**form_data(third), "do": "publish"})
    assert response.status_code == 303
    shown = page(client.get(response.location))
    assert "进行中" in text_of(shown)
    with app.app_context():
        contest = db.session.query(Contest).one()
        sitting = contest.groups[0].sitting
        assert (contest.host_class_id, contest.groups[0].kind) == (cast.class_a1, "junior")
        assert sitting.closes_at - sitting.opens_at == timedelta(minutes=40)
        assert sitting.opens_at <= clock.now() < sitting.closes_at


@pytest.mark.parametrize("template", ["class_quiz", "school_contest", "national_pattern", "custom"])
def test_every_template_walks_through_all_three_steps(app, cast, sign_in, template):
    client = sign_in(cast.school_admin)
    first = page(client.get("/desk/contests/new"))
    time = post(client, "/desk/contests/new", {**form_data(first), "template": template, "title": "六二六"}).location
    paper = post(client, time, form_data(page(client.get(time)))).location
    third = page(client.get(paper))
    assert "题目够用" in text_of(third)
    response = post(client, paper, {**form_data(third), "do": "publish"})
    assert response.status_code == 303
    page(client.get(response.location))
    with app.app_context():
        contest = db.session.query(Contest).one()
        assert (contest.title, contest.template, contest.host_school_id) == ("六二六", template, cast.school_a)
        assert {group.kind for group in contest.groups} == {"primary", "junior"}
        assert contest.published_at is not None


def test_a_school_contest_says_when_the_bank_does_not_suffice(cast, sign_in):
    client = sign_in(cast.county)
    paper = draft_of(client, "region:630103", template="custom", places="region:630103", groups="junior", do="preview")
    data = form_data(page(client.get(paper)))
    data["rows-0-count"], data["rows-0-kinds"] = "99", "blank"
    data["rows-1-count"] = data["rows-2-count"] = "1"
    soup = page(post(client, paper, {**data, "do": "publish"}), 422)
    assert "一份试卷最多 100 道题" in text_of(soup.select_one(".error-summary"))
    data["rows-0-count"] = "90"
    soup = page(post(client, paper, {**data, "do": "publish"}), 422)
    assert "第 1 行要 90 道题，题库里只有" in text_of(soup.select_one(".error-summary"))
    kept = page(client.get(paper))
    assert kept.select_one("[name='rows-0-count']")["value"] == "90"
    assert "题目不够" in text_of(kept)


def test_rows_are_added_and_removed_without_script_and_nothing_typed_is_lost(cast, sign_in):
    client = sign_in(cast.teacher)
    paper = draft_of(client, "classes", template="custom", places=f"class:{cast.class_a1}", do="preview")
    data = form_data(page(client.get(paper)))
    data["rows-0-count"] = "7"
    more = page(post(client, paper, {**data, "do": "add"}))
    assert len(more.select("#rows tbody tr")) == 4
    assert more.select_one("[name='rows-0-count']")["value"] == "7"
    less = page(post(client, paper, {**form_data(more), "do": "remove:1"}))
    assert len(less.select("#rows tbody tr")) == 3
    saved = post(client, paper, {**form_data(less), "do": "draft"})
    assert saved.location.endswith("/desk/contests/")
    assert page(client.get(paper)).select_one("[name='rows-0-count']")["value"] == "7"


BAD_TIMES = [
    ({"closes_at": "2027-01-01T08:00"}, "结束时间要晚于开始时间"),
    ({"closes_at": "2027-01-02T08:10"}, "时间窗比答题时长还短"),
    ({"closes_at": "soon"}, "请写完整的日期和时间"),
    ({"closes_at": ""}, "请写完整的日期和时间"),
    ({"duration_minutes": "many"}, "填 1 到 240 之间的整数"),
    ({"attempts_allowed": "3", "release_keys": "at_once"}, "第二次就知道答案了"),
    ({"start": "now", "window_minutes": ""}, "例如 40"),
    ({"start": "now", "window_minutes": "5"}, "时间窗比答题时长还短"),
]


@pytest.mark.parametrize(("change", "message"), BAD_TIMES)
def test_bad_times_are_named_and_what_was_typed_stays(cast, sign_in, change, message):
    client = sign_in(cast.teacher)
    time = draft_of(client, "classes", template="class_quiz", places=f"class:{cast.class_a1}")
    good = form_data(page(client.get(time))) | {
        "start": "set", "opens_at": "2027-01-02T08:00", "closes_at": "2027-01-03T08:00", "duration_minutes": "20",
        "notice": "带好耳机",
    }  # fmt: skip
    soup = page(post(client, time, {**good, **change}), 422)
    assert message in text_of(soup.select_one(".error-summary"))
    assert soup.select_one("[name=notice]").text.strip() == "带好耳机"
    for name, value in change.items():
        if name in {"closes_at", "duration_minutes"}:
            assert soup.select_one(f"[name={name}]")["value"] == value


def test_no_places_and_no_groups_are_named(cast, sign_in):
    client = sign_in(cast.school_admin)
    host = f"school:{cast.school_a}"
    soup = page(post(client, f"/desk/contests/new?host={host}", {"template": "class_quiz", "groups": "junior"}), 422)
    assert "请至少选择一个参赛的地区、学校或班级" in text_of(soup.select_one(".error-summary"))
    data = {"template": "class_quiz", "places": host}
    soup = page(post(client, f"/desk/contests/new?host={host}", data), 422)
    assert "请至少选择一个组别" in text_of(soup.select_one(".error-summary"))


def test_all_and_a_part_of_it_cannot_both_be_meant(cast, sign_in):
    host = f"school:{cast.school_a}"
    data = {"template": "class_quiz", "groups": "junior", "places": [host, f"class:{cast.class_a1}"]}
    soup = page(post(sign_in(cast.school_admin), f"/desk/contests/new?host={host}", data), 422)
    assert "去掉“全部”前面的勾" in text_of(soup.select_one(".error-summary"))
    assert len(soup.select("[name=places][checked]")) == 2


@pytest.mark.parametrize(
    ("who", "host", "place"),
    [
        ("teacher", "classes", "class:{class_a2}"),
        ("school_admin", "school:{school_a}", "school:{school_b}"),
        ("county", "region:630103", "region:630104"),
        ("county", "region:630103", "school:{school_b}"),
    ],
)
def test_a_forged_place_outside_the_own_is_not_found(app, cast, sign_in, who, host, place):
    ids = vars(cast)
    data = {"template": "class_quiz", "groups": "junior", "places": place.format(**ids)}
    response = post(sign_in(ids[who]), f"/desk/contests/new?host={host.format(**ids)}", data)
    assert response.status_code in {404, 422}
    with app.app_context():
        assert db.session.query(Contest).count() == 0


def test_a_host_that_is_not_one_s_own_is_not_found(cast, sign_in):
    for host in ("region:630000", f"school:{cast.school_b}", "classes", "nonsense"):
        page(sign_in(cast.school_admin).get(f"/desk/contests/new?host={host}"), 404)


def test_another_s_draft_is_not_found(cast, sign_in):
    time = draft_of(sign_in(cast.teacher), "classes", template="class_quiz", places=f"class:{cast.class_a1}")
    for user in (cast.colleague, cast.outsider_teacher):
        for step in ("scope", "time", "paper"):
            page(sign_in(user).get(time.replace("/time", f"/{step}")), 404)


def test_schools_are_named_by_code_or_name_and_wrong_lines_are_pointed_out(app, cast, sign_in):
    client = sign_in(cast.province)
    data = {"template": "national_pattern", "groups": "junior", "schools": "6301030001\n没有这所学校"}
    soup = page(post(client, "/desk/contests/new?host=region:630000", data), 422)
    assert "第 2 行“没有这所学校”" in text_of(soup.select_one(".error-summary"))
    data["schools"] = "6301030001\n格尔木市昆仑初级中学"
    assert draft_of(client, "region:630000", **data)
    with app.app_context():
        contest = db.session.query(Contest).one()
        assert {place.school_id for place in contest.places} == {cast.school_a, cast.school_b}
        assert contest.host_region_id == "630000"


def test_step_one_can_be_changed_later(app, cast, sign_in):
    client = sign_in(cast.school_admin)
    time = draft_of(
        client, f"school:{cast.school_a}", template="class_quiz", places=f"school:{cast.school_a}",
        groups=["primary", "junior"],
    )  # fmt: skip
    scope = time.replace("/time", "/scope")
    data = form_data(page(client.get(scope)))
    assert data["groups"] == ["primary", "junior"]
    changed = {**data, "groups": ["junior"], "template": "national_pattern", "title": "换一场"}
    assert post(client, scope, changed).status_code == 303
    with app.app_context():
        contest = db.session.query(Contest).one()
        assert [group.kind for group in contest.groups] == ["junior"]
        assert contest.groups[0].sitting.title == contest.title == "换一场"
        assert sum(row["count"] for row in contest.groups[0].sitting.paper_spec.rows) == 20


def test_a_draft_is_deleted_with_all_that_belongs_to_it(app, cast, sign_in):
    client = sign_in(cast.teacher)
    time = draft_of(client, "classes", template="class_quiz", places=f"class:{cast.class_a1}")
    assert post(client, time.replace("/time", "/delete"), via=time).status_code == 303
    assert client.get(time).status_code == 404
    page(client.get("/desk/contests/"))
