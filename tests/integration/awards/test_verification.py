"""Anybody can verify a certificate; whoever changes one letter learns nothing."""

from datetime import timedelta

import pytest

from quiz import clock
from quiz.accounts.models import Enrolment, User
from quiz.accounts.publication import services as publication
from quiz.accounts.publication.rules import CURRENT_TEXT
from quiz.awards.limit import MOST_FAILURES
from quiz.awards.rules import CODE_LETTERS, shown_code
from quiz.awards.services import given
from quiz.db import db
from quiz.operations.retention.rules import Kind
from tests.factories.contests import actor_of
from tests.factories.retention import erase_due
from tests.integration.awards.scene import link_of
from tests.pages import page, text_of


def other(letter):
    """Another letter that might stand there."""
    return "1" if letter == "0" else "0"


def test_the_address_in_the_code_repeats_what_is_printed_with_the_name_masked(client, issued):
    link = link_of(issued, "欧阳小雪")
    soup = page(client.get(link))
    text = text_of(soup.main)
    for words in (
        "证书有效", "禁毒知识竞赛", "欧*雪", "城中区清源实验学校", "三等奖", "初中组", "青海省禁毒委员会办公室、青海省教育厅", "QH-2026-000004",
    ):  # fmt: skip
        assert words in text, words
    assert "欧阳小雪" not in soup.text
    code = link.rsplit("/", 1)[1]
    assert shown_code(code) in text
    with issued.app.app_context():
        day = issued.award("欧阳小雪").signed_on
    assert f"{day.year}年{day.month}月{day.day}日" in text
    assert "noindex" in client.get(link).headers["X-Robots-Tag"]


def test_the_full_name_is_shown_while_consent_stands(client, issued):
    link = link_of(issued, "欧阳小雪")
    with issued.app.app_context():
        admin = actor_of(db.session, issued.cast.school_admin)
        pupil = db.session.get_one(User, issued.users["欧阳小雪"]).public_id
        publication.answer(
            db.session, actor=admin, public_id=pupil, pupil_agrees=True, guardian_agrees=True, now=clock.now(),
            text_version=CURRENT_TEXT, seen=0,
        )  # fmt: skip
        db.session.commit()
    assert "欧阳小雪" in text_of(page(client.get(link)).main)
    with issued.app.app_context():
        admin = actor_of(db.session, issued.cast.school_admin)
        publication.withdraw(db.session, actor=admin, public_id=pupil, now=clock.now())
        db.session.commit()
    assert "欧阳小雪" not in page(client.get(link)).text


def test_the_name_of_an_erased_pupil_is_masked_though_the_consent_is_kept(client, issued):
    user_id, now = issued.users["欧阳小雪"], clock.now()
    with issued.app.app_context():
        pupil = db.session.get_one(User, user_id).public_id
        publication.answer(
            db.session, actor=actor_of(db.session, issued.cast.school_admin), public_id=pupil, pupil_agrees=True,
            guardian_agrees=True, now=now, text_version=CURRENT_TEXT, seen=0,
        )  # fmt: skip
        place = db.session.query(Enrolment).filter_by(user_id=user_id, ended_at=None).one()
        place.ended_at = now - timedelta(days=500)  # accounts go after 12 months, consents after 36
        db.session.flush()
        assert erase_due(db.session, Kind.ACCOUNTS, now) == 1 and erase_due(db.session, Kind.CONSENTS, now) == 0
        db.session.commit()
    text = text_of(page(client.get(link_of(issued, "欧阳小雪"))).main)
    assert "欧*雪" in text and "欧阳小雪" not in text


def test_a_school_is_named_in_full(client, issued):
    text = text_of(page(client.get(link_of(issued, "城中区清源实验学校"))).main)
    assert "城中区清源实验学校" in text and "优秀组织单位" in text


def test_a_teachers_name_is_masked_too(client, issued):
    text = page(client.get(link_of(issued, "周老师"))).text
    assert "周*师" in text and "周老师" not in text


def test_changing_any_letter_of_the_code_fails(client, issued):
    link = link_of(issued, "李明")
    head, code = link.rsplit("/", 1)
    unknown = client.get(f"{head}/{'0' * 28}")
    for at, letter in enumerate(code):
        for wrong in {other(letter), letter.lower(), CODE_LETTERS[CODE_LETTERS.index(letter) ^ 1]} - {letter}:
            reply = client.get(f"{head}/{code[:at]}{wrong}{code[at + 1 :]}")
            assert reply.status_code in {404, 429}
            assert "李" not in reply.text
            if reply.status_code == 404:
                assert strip(reply) == strip(unknown)


def strip(reply):
    """The page without what differs from answer to answer anyway: tokens, and the page's own address."""
    html = reply.text.replace(reply.request.path, "")
    return "\n".join(line for line in html.splitlines() if "nonce" not in line and "csrf" not in line)


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("000001", "000002"),  # a serial that exists, with another's code
        lambda link: link.replace("000001", "000099"),
        lambda link: link.replace("QH-2026", "QH-2027"),
        lambda link: link.replace("QH-2026", "qh-2026"),
        lambda link: link.replace("000001", "0000001"),
        lambda link: link.replace("000001", "1"),
        lambda link: link + "0",
        lambda link: link[:-1],
        lambda link: link + "/",
        lambda link: link + "%20",
        lambda link: link.replace("verify/", "verify//"),
        lambda link: link.replace("/verify", "/Verify"),
        lambda link: link.replace("QH-2026", "青海"),
        lambda link: link.replace("-", "－"),
        lambda link: shown_code(link),
    ],
)
def test_changing_the_address_fails(client, issued, change):
    reply = client.get(change(link_of(issued, "李明")), follow_redirects=False)
    if reply.status_code in {301, 308}:  # a doubled slash is put right; what it leads to is the whole address
        assert reply.location.endswith(link_of(issued, "李明"))
        return
    assert reply.status_code == 404
    assert "李" not in reply.text


def test_a_serial_that_exists_gets_the_same_answer_as_one_that_does_not(client, issued):
    texts = {strip(client.get(f"/verify/QH-2026-{number}/{'A' * 28}")) for number in ("000001", "000999")}
    assert len(texts) == 1


def test_what_was_not_issued_is_not_genuine(client, scene):
    scene.compute()
    with scene.app.app_context():
        code = scene.award("李明").check_code
    for serial in ("QH-2026-000001", "QH-2026-000000"):
        assert client.get(f"/verify/{serial}/{code}").status_code == 404


def test_typing_serial_and_code_leads_to_the_certificate(client, issued):
    serial, code = link_of(issued, "李明").split("/")[2:]
    for typed in (code, shown_code(code), shown_code(code).lower(), f" {code} "):
        reply = client.get("/verify", query_string={"serial": serial, "code": typed})
        assert reply.status_code == 302 and reply.location == link_of(issued, "李明")
    soup = page(client.get("/verify"))
    assert "编号" in text_of(soup.main)
    reply = client.get("/verify", query_string={"serial": serial, "code": code[:6]})
    assert "有 28 个字母和数字，现在输了 6 个" in text_of(page(reply, 422).main)
    reply = client.get("/verify", query_string={"serial": serial, "code": "A" * 28})
    assert "没有这张证书" in text_of(page(reply, 404).main)
    assert page(reply, 404).select_one("input[name=serial]")["value"] == serial


def test_a_revoked_award_says_so_with_the_day(client, issued):
    link = link_of(issued, "李明")
    with issued.app.app_context():
        given.revoke(
            db.session, actor=actor_of(db.session, issued.cast.province), contest=issued.contest(),
            award=issued.award("李明"), reason="替考", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        day = issued.award("李明").revoked_at
    text = text_of(page(client.get(link)).main)
    assert "已撤销" in text and f"{day.year}年" in text and "证书有效" not in text
    assert "替考" not in text


def test_an_award_issued_again_points_to_the_newer(client, issued):
    old = link_of(issued, "李明")
    with issued.app.app_context():
        db.session.get_one(User, issued.users["李明"]).name = "黎明明"
        given.reissue(
            db.session, actor=actor_of(db.session, issued.cast.province), contest=issued.contest(),
            award=issued.award("李明"), reason="姓名写错", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    text = text_of(page(client.get(old)).main)
    assert "换发为 QH-2026-000008" in text and "证书有效" not in text
    new = link_of(issued, "黎明明")
    assert new.rsplit("/", 1)[1] not in client.get(old).text
    assert "证书有效" in text_of(page(client.get(new)).main)


def test_after_many_failures_a_source_waits_but_genuine_ones_are_still_shown(client, issued):
    for _ in range(MOST_FAILURES):
        assert client.get(f"/verify/QH-2026-000001/{'0' * 28}").status_code == 404
    reply = client.get(f"/verify/QH-2026-000001/{'0' * 28}")
    assert "请等 10 分钟" in text_of(page(reply, 429).main) and reply.headers["Retry-After"] == "600"
    assert "证书有效" in text_of(page(client.get(link_of(issued, "李明"))).main)
