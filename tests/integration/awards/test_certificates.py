"""Certificates as files: what they say, who may have them, batches that go on after a kill."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.awards import certificates, fonts, queries
from quiz.awards.certificates import Printed
from quiz.awards.fonts import FontSet
from quiz.awards.models import BatchState, CertificateBatch, CertificatePart
from quiz.awards.rules import TierKind, shown_code
from quiz.awards.services import batches, given
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.operations.retention.rules import Kind
from tests.factories.contests import actor_of
from tests.factories.retention import erase_due
from tests.integration.awards.scene import download, link_of, make_scene
from tests.pages import page, post, text_of

A4 = (842, 595)  # points, in landscape
LONG_SCHOOL = "海西蒙古族藏族自治州大柴旦行政委员会第一中学"


def pages_of(data):
    reader = PdfReader(io.BytesIO(data))
    assert all((round(one.mediabox.width), round(one.mediabox.height)) == A4 for one in reader.pages)
    return [one.extract_text().replace(" ", "").replace("\xa0", "") for one in reader.pages]


def printed(**changes):
    values = {
        "kind": "pupil", "name": "卓玛", "school": LONG_SCHOOL, "tier": "一等奖", "title": "青海省禁毒知识竞赛", "group": "初中组",
        "issuers": ("青海省教育厅",), "day": date(2026, 6, 26), "serial": "QH-2026-000123", "code": shown_code("A" * 28),
        "link": "https://qingyuan.example/verify/QH-2026-000123/" + "A" * 28, "site": "qingyuan.example/verify",
    }  # fmt: skip
    return Printed(**{**values, **changes})


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """The fonts of the package alone, whatever else this machine has."""
    found = fonts.font_set(tmp_path_factory.mktemp("none"))
    own = tuple(path for path in found.paths if fonts.PACKAGE in str(path))
    return fonts._read(own)


@pytest.mark.parametrize("name", ["卓玛", "阿依古丽·买买提江·吐尔逊", "张䶮", "欧阳小雪"])
def test_a_certificate_is_one_a4_page_with_everything_on_it(packaged, name):
    (text,) = pages_of(certificates.pdf([printed(name=name)], packaged))
    for words in (
        name,
        LONG_SCHOOL,
        "一等奖",
        "青海省禁毒知识竞赛",
        "初中组",
        "青海省教育厅",
        "2026年6月26日",
        "QH-2026-000123",
    ):
        assert words in text, words
    assert shown_code("A" * 28) in text and "qingyuan.example/verify" in text


def test_the_fonts_are_embedded_and_the_same_data_give_the_same_bytes(packaged):
    one = certificates.pdf([printed()], packaged)
    assert one == certificates.pdf([printed()], packaged)
    assert "/CreationDate" not in (PdfReader(io.BytesIO(one)).metadata or {})
    resources = PdfReader(io.BytesIO(one)).pages[0]["/Resources"]["/Font"]
    for font in resources.values():
        described = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile3" in described or "/FontFile2" in described


def test_after_many_pages_a_single_one_is_as_before(packaged):
    one = certificates.pdf([printed()], packaged)
    assert len(pages_of(certificates.pdf([printed(serial=f"QH-2026-{n:06d}") for n in range(25)], packaged))) == 25
    assert certificates.pdf([printed()], packaged) == one


def test_a_name_is_only_ever_a_name(packaged):
    name = '#panic("x") $x$ *y* \\ <a> [b] "'
    (text,) = pages_of(certificates.pdf([printed(name=name)], packaged))
    assert name.replace(" ", "") in text


def test_the_package_has_the_letters_of_the_general_standard(packaged):
    gbk = {bytes([a, b]).decode("gbk", "ignore") for a in range(0x81, 0xFF) for b in range(0x40, 0xFF) if b != 0x7F}
    hanzi = {letter for letter in gbk if len(letter) == 1 and "一" <= letter <= "龥"}
    assert len(hanzi) > 20_000 and all(ord(letter) in packaged.letters for letter in hanzi)
    assert all(ord(letter) in packaged.letters for letter in "䶮㐂·•")
    assert ord("𪻐") not in packaged.letters


def test_a_font_that_is_added_is_found_without_a_restart(tmp_path, packaged):
    before = fonts.font_set(tmp_path)
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "more.otf").write_bytes(packaged.paths[0].read_bytes())
    after = fonts.font_set(tmp_path)
    assert len(after.paths) == len(before.paths) + 1 and after.is_there


# Who may have them


def test_pupils_download_their_own_and_nobody_elses(app, cast, sign_in, issued):
    reply = download(sign_in(cast.zhuoma), issued, "卓玛")
    assert reply.status_code == 200 and reply.mimetype == "application/pdf"
    (text,) = pages_of(reply.data)
    assert "卓玛" in text and "QH-2026-000002" in text and "二等奖" in text
    assert reply.headers["Cache-Control"] == "no-store"
    for name in ("李明", "周老师", "城中区清源实验学校"):
        assert download(sign_in(cast.zhuoma), issued, name).status_code == 404
    assert download(app.test_client(), issued, "卓玛").status_code == 302
    assert download(sign_in(cast.teacher), issued, "周老师").status_code == 200


def test_nobody_sees_the_own_award_before_results_are_released_by_hand(app, cast, sign_in, client):
    scene = make_scene(app, cast, release_results="manual")
    scene.set_tiers()
    scene.issue()
    pupil, teacher, host = sign_in(cast.zhuoma), sign_in(cast.teacher), sign_in(cast.province)
    for own, name in ((pupil, "卓玛"), (teacher, "周老师")):
        assert "还没有证书" in text_of(page(own.get("/certificates/")).main)
        assert download(own, scene, name).status_code == 404
    for path in ("/", "/me"):
        assert "二等奖" not in text_of(page(pupil.get(path)).main)
    assert "证书有效" in text_of(page(client.get(link_of(scene, "卓玛"))).main)  # who holds it on paper can verify it
    contest = f"/desk/contests/{scene.public_id}"
    assert post(host, f"{contest}/release/results", via=contest).status_code == 303
    for own, name, tier in ((pupil, "卓玛", "二等奖"), (teacher, "周老师", "优秀指导教师")):
        assert tier in text_of(page(own.get("/certificates/")).main)
        assert download(own, scene, name).status_code == 200


def test_an_award_waits_for_the_results_of_its_own_group_and_one_of_no_group_for_all(app, cast, sign_in):
    scene = make_scene(app, cast, groups=("junior", "senior"))
    with app.app_context():
        sitting = next(one.sitting for one in scene.contest().groups if one.kind == "senior")
        sitting.release_results = "manual"
        db.session.commit()
    scene.set_tiers()
    scene.issue()
    assert download(sign_in(cast.zhuoma), scene, "卓玛").status_code == 200
    assert download(sign_in(cast.teacher), scene, "周老师").status_code == 404


def test_the_qr_code_leads_to_the_verification(issued):
    from quiz.awards.printing import printed as of

    with issued.app.app_context():
        award = issued.award("卓玛")
        link = of(award, queries.setting_of(db.session, issued.contest_id)).link
    assert link == "https://qingyuan.example" + link_of(issued, "卓玛")


def test_a_revoked_certificate_is_not_given_out(cast, sign_in, issued):
    with issued.app.app_context():
        given.revoke(
            db.session, actor=actor_of(db.session, cast.province), contest=issued.contest(), award=issued.award("卓玛"),
            reason="替考", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        path = f"{issued.path}/given/{issued.award('卓玛').public_id}/certificate.pdf"
    assert download(sign_in(cast.zhuoma), issued, "卓玛").status_code == 404
    for who in (cast.province, cast.teacher):
        assert post(sign_in(who), path, via=issued.path).status_code == 404


def test_an_organiser_below_sees_that_there_is_an_award_and_not_the_certificate(cast, sign_in, issued):
    client = sign_in(cast.county)
    text = text_of(page(client.get(issued.path)).main)
    assert "李*" in text and "李明" not in text
    with issued.app.app_context():
        ids = {name: issued.award(name).public_id for name in ("李明", "城中区清源实验学校")}
    for name, status in (("李明", 404), ("城中区清源实验学校", 200)):
        path = f"{issued.path}/given/{ids[name]}/certificate.pdf"
        assert post(client, path, via=issued.path).status_code == status


def test_teachers_have_those_of_their_own_classes(app, cast, sign_in, issued):
    teacher = sign_in(cast.teacher)
    reply = post(teacher, f"{issued.path}/own-classes.pdf", via=issued.path)
    texts = pages_of(reply.data)
    assert len(texts) == 3 and "李明" in texts[0] and not any("王芳" in text for text in texts)
    with app.app_context():
        ids = {name: issued.award(name).public_id for name in ("李明", "王芳")}
        assert db.session.query(AuditEntry).filter_by(action="contest:awards:download").count() == 1
    for name, status in (("李明", 200), ("王芳", 404)):
        path = f"{issued.path}/given/{ids[name]}/certificate.pdf"
        assert post(teacher, path, via=issued.path).status_code == status
    outsider = sign_in(cast.outsider_teacher)
    assert post(outsider, f"{issued.path}/own-classes.pdf", via="/account/password").status_code == 404


def test_a_letter_without_a_form_stops_the_certificate_and_is_named(app, cast, sign_in):
    scene = make_scene(app, cast, people={"张𪻐": 10000})
    scene.set_tiers()
    scene.issue()
    reply = download(sign_in(scene.users["张𪻐"]), scene, "张𪻐")
    assert "𪻐" in text_of(page(reply, 409).main)
    batch = make_batch(scene)
    with app.app_context():
        found = db.session.get_one(CertificateBatch, batch)
        assert found.left_out == [[scene.award("张𪻐").public_id, ["𪻐"]]]
        assert [part.pages for part in queries.parts_of(db.session, found)] == [found.count - 1]
        address = f"{scene.path}/certificates/{found.public_id}"
    assert "𪻐" in text_of(page(sign_in(cast.province).get(address)).main)


def test_without_any_chinese_font_the_page_says_what_to_do(cast, sign_in, issued, monkeypatch):
    from quiz.awards.views import common

    monkeypatch.setattr(common, "font_set", lambda _folder: FontSet((), frozenset()))
    assert "fonts-noto-cjk" in text_of(page(sign_in(cast.province).get(issued.path)).main)
    assert "字体" in text_of(page(download(sign_in(cast.zhuoma), issued, "卓玛"), 409).main)


# Batches


def make_batch(scene, kind=TierKind.PUPIL):
    """Ask for a batch and run what is due; its id."""
    with scene.app.app_context():
        first = queries.slices(db.session, scene.contest_id, kind)[0][0]
        batch = batches.request(
            db.session, actor=actor_of(db.session, scene.cast.province), contest=scene.contest(), kind=kind, first=first,
            now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        batch_id = batch.id
    run_due_jobs(scene.app)
    return batch_id


def parts(scene):
    with scene.app.app_context():
        found = db.session.query(CertificatePart).order_by(CertificatePart.part)
        return [(one.part, one.pages, one.data) for one in found]


def test_a_batch_is_one_pdf_in_the_order_of_the_serials(cast, sign_in, issued):
    batch_id = make_batch(issued)
    client = sign_in(cast.province)
    with issued.app.app_context():
        address = f"{issued.path}/certificates/{db.session.get_one(CertificateBatch, batch_id).public_id}"
    assert "5 张证书做好了" in text_of(page(client.get(address)).main)
    reply = post(client, f"{address}/file", via=address)
    texts = pages_of(reply.data)
    assert [name in text for name, text in zip(("李明", "卓玛", "甲一一", "欧阳小雪", "王芳"), texts, strict=True)] == [
        True
    ] * 5
    with issued.app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="contest:awards:download").one()
        assert entry.actor_id == cast.province and entry.details["certificates"] == 5


@pytest.mark.parametrize("kind", [TierKind.INSTRUCTOR, TierKind.SCHOOL])
def test_teachers_and_schools_have_certificates_too(issued, kind):
    make_batch(issued, kind)
    ((_part, count, data),) = parts(issued)
    (text,) = pages_of(data)
    assert count == 1 and ("周老师" in text) == (kind is TierKind.INSTRUCTOR)
    assert "城中区清源实验学校" in text


def test_a_large_batch_is_a_zip_of_several(cast, sign_in, issued, monkeypatch):
    monkeypatch.setattr(batches, "IN_PART", 2)
    batch_id = make_batch(issued)
    with issued.app.app_context():
        address = f"{issued.path}/certificates/{db.session.get_one(CertificateBatch, batch_id).public_id}"
    reply = post(sign_in(cast.province), f"{address}/file", via=address)
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        texts = [text for name in archive.namelist() for text in pages_of(archive.read(name))]
    assert reply.mimetype == "application/zip" and len(texts) == 5 and "王芳" in texts[-1]


def test_a_batch_killed_half_way_goes_on_behind_what_is_there(issued, monkeypatch):
    monkeypatch.setattr(batches, "IN_PART", 2)
    make = certificates.pdf
    calls = []

    def killed(pages, found):
        calls.append([one.name for one in pages])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return make(pages, found)

    monkeypatch.setattr(batches, "pdf", killed)
    with pytest.raises(KeyboardInterrupt):
        make_batch(issued)
    before = parts(issued)
    assert [one[:2] for one in before] == [(1, 2)]
    with issued.app.app_context():
        batch = db.session.query(CertificateBatch).one()
        assert batch.state is BatchState.MAKING
        batches.make(
            db.session, batch_id=batch.id, fonts=fonts.font_set(issued.app_folder()), now=clock.now(),
            beat=lambda done, total: None,
        )  # fmt: skip
        db.session.commit()
    assert parts(issued)[:1] == before and [one[1] for one in parts(issued)] == [2, 2, 1]
    assert calls == [["李明", "卓玛"], ["甲一一", "欧阳小雪"], ["甲一一", "欧阳小雪"], ["王芳"]]
    with issued.app.app_context():
        assert db.session.query(CertificateBatch).one().state is BatchState.READY


def test_two_requests_are_one_batch(issued):
    with issued.app.app_context():
        actor = actor_of(db.session, issued.cast.province)
        made = {
            batches.request(
                db.session, actor=actor, contest=issued.contest(), kind=TierKind.PUPIL, first=1, now=clock.now()
            ).id
            for _ in range(3)
        }
    assert len(made) == 1


def test_the_page_of_a_batch_names_what_was_revoked_since(cast, sign_in, issued):
    batch_id, client = make_batch(issued), sign_in(cast.province)
    with issued.app.app_context():
        address = f"{issued.path}/certificates/{db.session.get_one(CertificateBatch, batch_id).public_id}"
    assert "后来撤销了" not in text_of(page(client.get(address)).main)
    with issued.app.app_context():
        given.revoke(
            db.session, actor=actor_of(db.session, cast.province), contest=issued.contest(), award=issued.award("李明"),
            reason="由他人代答", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    text = text_of(page(client.get(address)).main)
    assert "里面有 1 张后来撤销了" in text and "李*" in text and "卓*" not in text


def test_files_go_after_a_month(issued):
    make_batch(issued)
    with issued.app.app_context():
        erase_due(db.session, Kind.EXPORTS, clock.now() + timedelta(days=29))
        assert db.session.query(CertificatePart).count() == 1
        erase_due(db.session, Kind.EXPORTS, clock.now() + timedelta(days=31))
        db.session.commit()
        assert db.session.query(CertificatePart).count() == db.session.query(CertificateBatch).count() == 0
