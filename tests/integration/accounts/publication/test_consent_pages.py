"""Staff enter what the paper says, one by one or a class in one go; it is kept, audited, and taken back at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import PublicationConsent, User
from quiz.accounts.publication import rules, services
from quiz.accounts.publication.queries import may_publish, publishable
from quiz.accounts.rules import Actor, Grant
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.db import db
from quiz.errors import NotFoundError
from tests.cast import Cast
from tests.factories.queries import counted
from tests.integration.accounts.publication.consents import consent, enter, public_id, states
from tests.pages import csrf_of, page, post, text_of

SignIn = Callable[[int], FlaskClient]


def acts(app: Flask) -> list[tuple[str, int | None, str, dict[str, object]]]:
    with app.app_context():
        query = sa.select(AuditEntry).where(AuditEntry.action.contains(":consent:")).order_by(AuditEntry.id)
        return [(one.action, one.actor_id, one.object_id, one.details) for one in db.session.scalars(query)]


def test_an_answer_is_kept_with_text_channel_moment_and_recorder(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    assert enter(sign_in(cast.teacher), app, cast.zhuoma, "yes", "yes").status_code == 303
    with app.app_context():
        row = db.session.scalars(sa.select(PublicationConsent)).one()
        assert (row.state.value, row.pupil_agrees, row.guardian_agrees) == ("agreed", True, True)
        assert (row.channel.value, row.text_version, row.recorded_by) == ("form", "1", cast.teacher)
        assert (clock.now() - row.recorded_at).total_seconds() < 60
        assert may_publish(db.session, cast.zhuoma)
        assert first_broken(db.session) is None
    assert acts(app) == [
        ("pupil:consent:agree", cast.teacher, str(cast.zhuoma), {"channel": "form", "text_version": "1"})
    ]


@pytest.mark.parametrize(("pupil", "guardian"), [("yes", "no"), ("no", "yes"), ("no", "no")])
def test_one_no_is_enough(app: Flask, cast: Cast, sign_in: SignIn, pupil: str, guardian: str) -> None:
    client = sign_in(cast.teacher)
    enter(client, app, cast.zhuoma, pupil, guardian)
    with app.app_context():
        assert not may_publish(db.session, cast.zhuoma)
    text = text_of(page(client.get(f"/consents/{public_id(app, cast.zhuoma)}")).main)
    words = {"yes": "同意", "no": "不同意"}
    assert f"学生{words[pupil]}，监护人{words[guardian]}" in text


def test_the_newest_answer_counts_and_nothing_is_overwritten(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    for pupil, guardian in (("yes", "yes"), ("yes", "no"), ("yes", "no"), ("yes", "yes")):
        assert enter(client, app, cast.zhuoma, pupil, guardian).status_code == 303
    assert states(app, cast.zhuoma) == ["agreed form", "refused form", "agreed form"], "the same again is not written"
    past = page(client.get(f"/consents/{public_id(app, cast.zhuoma)}")).select("ol.list > li")
    assert len(past) == 3 and "周老师" in text_of(past[0]) and "纸质同意书" in text_of(past[0])


def test_withdrawing_works_at_once_and_twice_is_as_good_as_once(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.school_admin), f"/consents/{public_id(app, cast.zhuoma)}"
    assert not page(client.get(address)).select_one("form[action$='/withdraw']"), "there is nothing to withdraw"
    enter(client, app, cast.zhuoma, "yes", "yes")
    assert "榜上写全名：卓玛" in text_of(page(client.get(address)).main)
    for _ in range(2):
        assert post(client, f"{address}/withdraw", via=address).status_code == 303
    with app.app_context():
        assert not may_publish(db.session, cast.zhuoma)
    assert states(app, cast.zhuoma) == ["agreed form", "withdrawn request"]
    assert [one[0] for one in acts(app)] == ["pupil:consent:agree", "pupil:consent:withdraw"]
    text = text_of(page(client.get(address)).main)
    assert "榜上写：卓*" in text and "同意已经撤回" in text


def test_an_answer_from_a_page_that_is_no_longer_true_is_refused(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    """The pupil withdraws while the teacher has the page open."""
    consent(app, cast.zhuoma, cast.teacher)
    client = sign_in(cast.teacher)
    address = f"/consents/{public_id(app, cast.zhuoma)}"
    seen = str(page(client.get(address)).select_one("input[name=seen]")["value"])  # type: ignore[index]
    consent(app, cast.zhuoma, cast.zhuoma, "withdrawn", "pupil")
    reply = enter(client, app, cast.zhuoma, "yes", "yes", seen=seen)
    assert "刚刚有人改过" in text_of(page(reply, 409))
    assert states(app, cast.zhuoma)[-1] == "withdrawn pupil"
    assert enter(client, app, cast.zhuoma, "yes", "yes").status_code == 303, "with a new form, having seen it"


def test_the_version_on_the_paper_is_the_one_that_is_kept(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, address = sign_in(cast.teacher), f"/consents/{public_id(app, cast.zhuoma)}"
    assert client.get(f"{address}?text=99").status_code == 422
    assert enter(client, app, cast.zhuoma, "yes", "yes", text="99").status_code == 422
    assert states(app, cast.zhuoma) == []
    consent(app, cast.zhuoma, cast.teacher)
    monkeypatch.setattr(rules, "COVERING_TEXTS", frozenset({"2"}))
    assert "要用新的同意书重新征求" in text_of(page(client.get(address)).main)


def test_the_form_says_what_is_missing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    reply = post(client, f"/consents/{public_id(app, cast.zhuoma)}", {"pupil": "yes"})
    assert "请照同意书选择监护人的答复" in text_of(page(reply, 422).select_one(".error-summary"))


def ticks(client: FlaskClient, cast: Cast, **answers: str) -> dict[str, str]:
    """What the class page would send if nothing but ``answers`` was ticked."""
    soup = page(client.get(f"/classes/{cast.class_a1}/consents"))
    data = {str(one["name"]): str(one["value"]) for one in soup.select("input[name^=seen-]")}
    data |= {str(one["name"]): str(one["value"]) for one in soup.select("input[name^=answer-][checked]")}
    return data | {f"answer-{key}": value for key, value in answers.items()}


def test_a_class_is_ticked_in_one_go(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/consents"
    zhuoma, liming = public_id(app, cast.zhuoma), public_id(app, cast.liming)
    assert "0 人写全名，3 人没有答复，共 3 人" in text_of(page(client.get(address)))
    reply = post(client, address, ticks(client, cast, **{zhuoma: "agreed", liming: "refused"}))
    shown = text_of(page(client.get(reply.location)))
    assert "登记了 2 人的答复" in shown and "1 人写全名，1 人没有答复，共 3 人" in shown
    assert (states(app, cast.zhuoma), states(app, cast.liming), states(app, cast.ouyang)) == (
        ["agreed form"], ["refused form"], [],
    )  # fmt: skip
    reply = post(client, address, ticks(client, cast))
    assert "没有改动" in text_of(page(client.get(reply.location)))
    post(client, address, ticks(client, cast, **{liming: "unanswered"}))
    assert states(app, cast.liming) == ["refused form", "unanswered form"], "entered for the wrong pupil, taken back"
    assert [one[0].split(":")[2] for one in acts(app)] == ["agree", "refuse", "clear"]


def test_an_old_list_does_not_undo_a_withdrawal(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    consent(app, cast.zhuoma, cast.teacher)
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/consents"
    old = ticks(client, cast, **{public_id(app, cast.liming): "agreed"})
    post(sign_in(cast.zhuoma), "/me/consent/withdraw", via="/me")
    shown = text_of(page(client.get(post(client, address, old).location)))
    assert "卓玛的答复刚刚有人改过" in shown and "登记了 1 人的答复" in shown
    assert states(app, cast.zhuoma) == ["agreed form", "withdrawn pupil"]
    soup = page(client.get(address))
    assert not soup.select_one(f"input[name=answer-{public_id(app, cast.zhuoma)}]"), "that takes a new form"
    forged = {f"answer-{public_id(app, cast.zhuoma)}": "agreed", f"seen-{public_id(app, cast.zhuoma)}": "2"}
    post(client, address, forged)
    assert states(app, cast.zhuoma)[-1] == "withdrawn pupil"


def test_an_old_list_does_not_overwrite_what_a_colleague_entered(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/consents"
    old = ticks(client, cast, **{public_id(app, cast.zhuoma): "agreed"})
    consent(app, cast.zhuoma, cast.school_admin, "refused")
    assert "卓玛的答复刚刚有人改过" in text_of(page(client.get(post(client, address, old).location)))
    assert states(app, cast.zhuoma) == ["refused form"]


def test_nonsense_in_a_list_is_passed_over(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/consents"
    zhuoma, wangfang = public_id(app, cast.zhuoma), public_id(app, cast.wangfang)
    for answers in ({zhuoma: "withdrawn"}, {zhuoma: "yes"}, {wangfang: "agreed"}, {"nobody": "agreed"}):
        assert post(client, address, ticks(client, cast, **answers)).status_code == 303
    big = {f"answer-{zhuoma}": "agreed", f"seen-{zhuoma}": "9" * 30}
    assert post(client, address, big).status_code == 303
    assert [states(app, one) for one in (cast.wangfang,)] == [[]], "of another class"


def test_forms_are_printed_one_for_each_who_has_not_answered(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    consent(app, cast.liming, cast.teacher)
    client = sign_in(cast.teacher)
    address = f"/classes/{cast.class_a1}/consents/forms"
    soup = page(client.get(address))
    sheets = soup.select(".consent-form")
    assert [("卓玛" in text_of(one), "欧阳小雪" in text_of(one)) for one in sheets] == [(True, False), (False, True)]
    text = text_of(sheets[0])
    for wanted in (
        "城中区清源实验学校",
        "初二 1班",
        "20240101",
        "自愿",
        "随时可以撤回",
        "监护人",
        "签名",
        "说明第 1 版",
    ):
        assert wanted in text
    assert sheets[0].select_one("svg path")
    assert len(page(client.get(f"{address}?all=1")).select(".consent-form")) == 3
    for user in (cast.zhuoma, cast.ouyang):
        consent(app, user, cast.teacher, "refused")
    assert client.get(address).location == f"/classes/{cast.class_a1}/consents"


def test_the_code_on_the_form_leads_to_the_pupil_and_holds_nothing_of_the_person(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quiz.accounts.publication import views

    texts: list[str] = []
    made = views.qr_code
    monkeypatch.setattr(views, "qr_code", lambda text: texts.append(text) or made(text))
    client = sign_in(cast.teacher)
    client.get(f"/classes/{cast.class_a1}/consents/forms")
    assert texts[0] == f"http://localhost/consents/{public_id(app, cast.zhuoma)}?text=1"
    assert "登记同意书" in text_of(page(client.get(texts[0].removeprefix("http://localhost"))))
    visitor = app.test_client().get(texts[0].removeprefix("http://localhost"))
    assert visitor.status_code == 302 and visitor.location.startswith("/sign-in")


def test_a_class_without_pupils_says_what_to_do(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        db.session.execute(sa.update(User).where(User.kind == "pupil").values(is_active=False))
        db.session.commit()
    client = sign_in(cast.teacher)
    assert "这个班还没有学生" in text_of(page(client.get(f"/classes/{cast.class_a1}/consents")))


@pytest.mark.parametrize(
    ("who", "status"),
    [("outsider_teacher", 404), ("colleague", 404), ("county", 403), ("editor", 403), ("zhuoma", 403)],
)
def test_nobody_else_sees_or_enters_anything(app: Flask, cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    consent(app, cast.zhuoma, cast.teacher)
    client, pupil = sign_in(getattr(cast, who)), f"/consents/{public_id(app, cast.zhuoma)}"
    token = csrf_of(client, "/me" if who == "zhuoma" else "/account/password")
    for address in (f"/classes/{cast.class_a1}/consents", f"/classes/{cast.class_a1}/consents/forms", pupil):
        assert client.get(address).status_code == status
    data = {"csrf_token": token, "pupil": "no", "guardian": "no", "seen": "1", "text": "1"}
    for address in (pupil, f"{pupil}/withdraw", f"/classes/{cast.class_a1}/consents"):
        assert client.post(address, data=data).status_code == status
    assert states(app, cast.zhuoma) == ["agreed form"]


def test_the_services_check_the_scope_themselves(app: Flask, cast: Cast) -> None:
    outsider = Actor(
        cast.outsider_teacher, "t", "外校老师", "staff", "s", 1, (Grant("teacher", class_id=cast.class_b1),)
    )
    who, now = public_id(app, cast.zhuoma), clock.now()
    with app.app_context():
        for act in (
            lambda: services.answer(db.session, actor=outsider, public_id=who, pupil_agrees=True, guardian_agrees=True,
                                    text_version="1", seen=0, now=now),
            lambda: services.withdraw(db.session, actor=outsider, public_id=who, now=now),
            lambda: services.answer_class(db.session, actor=outsider, class_id=cast.class_a1, ticked={}, now=now),
        ):  # fmt: skip
            with pytest.raises(NotFoundError):
                act()


def test_two_at_once_never_leave_a_withdrawn_name_open(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    """The pupil withdraws, the teacher enters the old answer again: whoever comes first, the withdrawal stands."""
    consent(app, cast.zhuoma, cast.teacher, "agreed")
    pupil, teacher = sign_in(cast.zhuoma), sign_in(cast.teacher)
    address = f"/consents/{public_id(app, cast.zhuoma)}"
    seen = str(page(teacher.get(address)).select_one("input[name=seen]")["value"])  # type: ignore[index]
    bodies = {
        "/me/consent/withdraw": (pupil, {"csrf_token": csrf_of(pupil, "/me")}),
        address: (teacher, {"csrf_token": csrf_of(teacher, address), "pupil": "yes", "guardian": "yes", "seen": seen,
                            "text": "1"}),
    }  # fmt: skip
    start = Barrier(2)

    def send(path: str) -> int:
        client, data = bodies[path]
        start.wait()
        return client.post(path, data=data).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(send, bodies))
    assert statuses[0] == 303 and statuses[1] in {303, 409}
    assert states(app, cast.zhuoma)[-1] == "withdrawn pupil"


def test_a_hundred_names_cost_one_query(app: Flask, cast: Cast) -> None:
    consent(app, cast.zhuoma, cast.teacher)
    consent(app, cast.liming, cast.teacher)
    consent(app, cast.liming, cast.teacher, "withdrawn", "request")
    with app.app_context():
        ids = list(db.session.scalars(sa.select(User.id)))
        with counted(app) as statements:
            assert publishable(db.session, ids) == {cast.zhuoma}
        assert len(statements) == 1
        with counted(app) as statements:
            assert publishable(db.session, []) == set()
        assert statements == []


def test_the_class_page_costs_the_same_however_many_answers_there_are(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/consents"

    def cost() -> int:
        with counted(app) as statements:
            page(client.get(address))
        return len(statements)

    before = cost()
    for user in (cast.zhuoma, cast.liming, cast.ouyang):
        consent(app, user, cast.teacher)
    assert cost() == before <= 6
