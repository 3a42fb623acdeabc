"""The editor and the check pages, through HTTP, without script."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from bs4 import Tag
from flask import Flask
from flask.testing import FlaskClient

from question_bank.loader import load_bank
from question_bank.model import Item as BankItem
from question_bank.model import ItemKind
from quiz.accounts.models import Role, RoleGrant
from quiz.db import db
from quiz.items.editing.models import ItemDraft
from tests.cast import CREATED, Cast
from tests.factories.items import SOUND
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]

COMMON = {
    "place": "refusal/saying-no", "stem": "有人请你喝来路不明的饮料，下面怎么排？",
    "explanation": "先说“不”，再离开。这样最安全。", "bands": ["junior", "senior", "adult"], "difficulty": "2",
    "sources": "fact:JQ-03",
}  # fmt: skip
ROWS = {
    "single": {f"rows-{n}-text": one.text for n, one in enumerate(SOUND.choices)} | {"rows-1-is_key": "y"},
    "multiple": {"rows-0-text": "说不要", "rows-1-text": "走开去", "rows-2-text": "喝一口", "rows-0-is_key": "y", "rows-1-is_key": "y"},
    "true_false": {"verdict": "b"},
    "scenario": {
        "rows-0-text": "说不要就离开", "rows-0-grade": "best", "rows-0-reason": "又清楚又安全。",
        "rows-1-text": "找借口先离开", "rows-1-grade": "acceptable", "rows-1-reason": "安全了，还可以告诉老师。",
        "rows-2-text": "只喝一小口吧", "rows-2-grade": "dangerous", "rows-2-reason": "一口也可能出事。",
        "rows-2-misconception": "first-time-safe",
    },
    "ordering": {"steps-0": "说“我不要”", "steps-1": "离开那里", "steps-2": "告诉家长"},
    "matching": {
        "pairs-0-left": "6月26日", "pairs-0-right": "国际禁毒日", "pairs-1-left": "6月1日", "pairs-1-right": "禁毒法施行",
        "pairs-2-left": "6月3日", "pairs-2-right": "虎门销烟", "extra-0": "元旦",
    },
    "blank": {"stem": "遇到紧急情况，拨打____报警。", "blanks-0": "110|一一〇"},
}  # fmt: skip


@pytest.fixture
def team(app: Flask, cast: Cast) -> tuple[int, int, int]:
    """Three people who may edit and check."""
    with app.app_context():
        db.session.add(RoleGrant(user_id=cast.province, role=Role.EDITOR, created_at=CREATED))
        db.session.commit()
    return cast.editor, cast.admin, cast.province


def begin(client: FlaskClient, kind: str) -> str:
    """The address of a new draft."""
    return str(post(client, "/items/drafts/new", {"kind": kind}).headers["Location"])


def revision_of(client: FlaskClient, path: str) -> str:
    field = page(client.get(path)).select_one("input[name=revision]")
    assert field is not None
    return str(field["value"])


def write(client: FlaskClient, path: str, kind: str, button: str = "save", **more: object) -> object:
    data = {**COMMON, **ROWS[kind], "revision": revision_of(client, path), button: "1", **more}
    return post(client, path, data)


def content_of(app: Flask, path: str) -> BankItem:
    with app.app_context():
        draft = db.session.query(ItemDraft).filter_by(public_id=path.rpartition("/")[2]).one()
        return BankItem.from_dict(draft.content)


@pytest.mark.parametrize("kind", list(ROWS))
def test_every_kind_is_written_previewed_and_sent_to_the_checks(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int], kind: str
) -> None:
    client = sign_in(team[0])
    path = begin(client, kind)
    assert write(client, path, kind).status_code == 303
    shown = page(client.get(path))
    assert COMMON["explanation"] in text_of(shown.select_one("[data-preview]"))
    assert shown.select("[data-preview] .lint:not(.lint--plain) li") == [], text_of(shown.select_one("[data-preview]"))
    assert write(client, path, kind, "submit").headers["Location"] == "/items/drafts/"
    queue = page(sign_in(team[1]).get("/items/drafts/?stage=source_check"))
    assert "可以由你核对" in text_of(queue)


def test_ids_of_an_ordering_and_a_matching_tell_nothing(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int]
) -> None:
    client = sign_in(team[0])
    ordering, matching = begin(client, "ordering"), begin(client, "matching")
    write(client, ordering, "ordering")
    write(client, matching, "matching")
    first = content_of(app, ordering)
    assert [first.choice(one).text for one in first.answer_key] == ["说“我不要”", "离开那里", "告诉家长"]
    assert first.answer_key != first.choice_ids
    second = content_of(app, matching)
    texts = {target.id: target.text for target in second.targets}
    pairs = dict(pair.split(":") for pair in second.answer_key)
    assert {second.choice(left).text: texts[right] for left, right in pairs.items()} == {
        "6月26日": "国际禁毒日", "6月1日": "禁毒法施行", "6月3日": "虎门销烟",
    }  # fmt: skip
    assert len(second.targets) == 4


def test_saving_twice_keeps_the_ids_that_stored_answers_refer_to(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int]
) -> None:
    client = sign_in(team[0])
    for kind in ("ordering", "matching"):
        path = begin(client, kind)
        write(client, path, kind)
        before = content_of(app, path)
        write(client, path, kind, stem="换一个说法，意思不变，下面怎么排？")
        after = content_of(app, path)
        assert (after.answer_key, after.choices, after.targets) == (before.answer_key, before.choices, before.targets)


def test_what_is_unfinished_is_saved_and_says_what_is_missing(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int]
) -> None:
    client = sign_in(team[0])
    path = begin(client, "single")
    assert write(client, path, "single", sources="", place="").status_code == 303
    assert "还没有选主题" in text_of(page(client.get(path)))
    refused = write(client, path, "single", "submit", sources="law:drug-control:art-99")
    assert refused.status_code == 422
    assert "没有第九十九条的文本" in text_of(page(refused, 422))
    assert content_of(app, path).stem == COMMON["stem"]


def test_somebody_else_s_change_is_not_overwritten_and_what_was_typed_stays(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int]
) -> None:
    first, second = sign_in(team[0]), sign_in(team[1])
    path = begin(first, "single")
    old = revision_of(first, path)
    write(second, path, "single", stem="第二个人的题干，怎么回答好？")
    refused = write(first, path, "single", stem="第一个人的题干，怎么回答好？", revision=old)
    assert refused.status_code == 409
    shown = page(refused, 409)
    assert "别人刚刚改过" in text_of(shown)
    assert "第一个人的题干" in text_of(shown.select_one("#stem"))
    assert content_of(app, path).stem == "第二个人的题干，怎么回答好？"


def test_the_preview_shows_the_fields_and_writes_nothing(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int]
) -> None:
    client = sign_in(team[0])
    path = begin(client, "scenario")
    reply = post(client, f"{path}/preview", {**COMMON, **ROWS["scenario"]}, via=path)
    assert reply.status_code == 200
    assert "说不要就离开" in reply.text and "有危险" in reply.text and "又清楚又安全" in reply.text
    assert content_of(app, path).stem == ""


def test_the_whole_way_by_three_people(app: Flask, sign_in: SignIn, team: tuple[int, int, int]) -> None:
    author, first, second = (sign_in(one) for one in team)
    path = begin(author, "single")
    write(author, path, "single", "submit", stem=SOUND.stem)
    own = page(author.get(path))
    assert "要由别人来核对" in text_of(own)
    assert own.select("button[value=confirm]") == []
    unread = post(first, f"{path}/step", {"step": "confirm", "revision": revision_of(first, path)}, via=path)
    assert unread.status_code == 422 and "逐句读过" in text_of(page(unread, 422))
    data = {"step": "confirm", "did_read": "y"}
    assert post(first, f"{path}/step", {**data, "revision": revision_of(first, path)}, via=path).status_code == 303
    done = post(second, f"{path}/step", {**data, "revision": revision_of(second, path)}, via=path)
    assert done.headers["Location"] == "/items/refusal-5001"
    shown = page(second.get("/items/refusal-5001"))
    assert "第 1 版" in text_of(shown) and "本地" in text_of(shown)
    assert SOUND.stem in text_of(page(author.get("/items/?quality=local")))
    closed = page(author.get(path))
    assert "已经发布" in text_of(closed)


def test_a_draft_that_was_sent_back_shows_the_reason_to_its_author(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int]
) -> None:
    author, other = sign_in(team[0]), sign_in(team[1])
    path = begin(author, "single")
    write(author, path, "single", "submit")
    answer = {"step": "send_back", "comment": "第二个选项也说得通 <b>", "revision": revision_of(other, path)}
    assert post(other, f"{path}/step", answer, via=path).status_code == 303
    shown = page(author.get(path))
    assert "第二个选项也说得通 <b>" in text_of(shown)
    assert shown.select_one("form[data-editor]") is not None


def test_remarks_stay_in_the_history(app: Flask, sign_in: SignIn, team: tuple[int, int, int]) -> None:
    author = sign_in(team[0])
    path = begin(author, "single")
    post(author, f"{path}/comments", {"comment": "请医务室老师也看看。"}, via=path)
    assert "请医务室老师也看看。" in text_of(page(author.get(path)).select_one("#history"))


def test_retiring_needs_a_reason_and_is_on_record(app: Flask, sign_in: SignIn, team: tuple[int, int, int]) -> None:
    client = sign_in(team[0])
    assert post(client, "/items/law-0001/status", {"reason": ""}, via="/items/law-0001").status_code == 422
    post(client, "/items/law-0001/status", {"reason": "等新法条"}, via="/items/law-0001")
    shown = page(client.get("/items/law-0001"))
    assert "已经停用" in text_of(shown) and "等新法条" in text_of(shown)
    assert "law-0001" in text_of(page(client.get("/items/?status=retired")))
    post(client, "/items/law-0001/status", {"reason": "对过了"}, via="/items/law-0001")
    assert "已经停用" not in text_of(page(client.get("/items/law-0001")))


def test_an_older_version_is_shown_with_what_changed(app: Flask, sign_in: SignIn, team: tuple[int, int, int]) -> None:
    author, first, second = (sign_in(one) for one in team)
    path = str(post(author, "/items/law-0001/edit", via="/items/law-0001").headers["Location"])
    form = page(author.get(path)).select_one("#editor")
    assert form is not None
    data: dict[str, object] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name = str(field["name"])
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            data[name] = str(chosen["value"]) if chosen else ""
        elif field.name == "textarea":
            data[name] = field.get_text().lstrip("\n")
        elif field.get("type") not in {"checkbox", "radio"} or field.has_attr("checked"):
            data.setdefault(name, [])
            data[name] = [*data[name], str(field.get("value", ""))]  # type: ignore[misc]
    assert isinstance(data["explanation"], str)
    data["explanation"] = "先想一想，再回答。" + data["explanation"]
    data["submit"] = "1"
    assert post(author, path, data).status_code == 303
    review = page(first.get(path))
    assert "和第 1 版相比" in text_of(review) and "先想一想" in text_of(review.select_one(".changes__after"))
    for client in (first, second):
        answer = {"step": "confirm", "did_read": "y", "revision": revision_of(client, path)}
        assert post(client, f"{path}/step", answer, via=path).status_code == 303
    assert "第 2 版" in text_of(page(author.get("/items/law-0001")))
    assert "这是旧版本" in text_of(page(author.get("/items/law-0001?version=1")))
    assert author.get("/items/law-0001?version=9").status_code == 404


@pytest.mark.parametrize("who", ["teacher", "county", "school_admin"])
def test_others_may_read_but_not_write(app: Flask, cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(cast, who))
    assert client.get("/items/drafts/").status_code == 403
    shown = page(client.get("/items/law-0001"))
    assert shown.select("form[action$='/edit'], form[action$='/status']") == []


def sent_as_it_stands(form: Tag) -> dict[str, list[str]]:
    """What a browser sends when a form is submitted without a change."""
    sent: dict[str, list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), field.get("type", "")
        if kind in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        if field.name == "select":
            values = [str(option.get("value", "")) for option in field.select("option[selected]")][:1]
        else:
            values = [field.get_text() if field.name == "textarea" else str(field.get("value", ""))]
        sent.setdefault(name, []).extend(values)
    return sent


@pytest.mark.parametrize("kind", list(ItemKind))
def test_opening_and_saving_an_item_of_the_bank_changes_nothing(
    app: Flask, sign_in: SignIn, team: tuple[int, int, int], kind: ItemKind
) -> None:
    client = sign_in(team[0])
    of_kind = [item for item in load_bank() if item.kind is kind]
    rich = sorted(of_kind, key=lambda item: -len({c.misconception for c in item.choices} - {None}))[:2]
    dated = [item for item in of_kind if item.valid_from or item.review_due][:1]
    for item in [*rich, *dated]:
        path = str(post(client, f"/items/{item.id}/edit", via=f"/items/{item.id}").headers["Location"])
        form = page(client.get(path)).select_one("form#editor")
        assert form is not None
        assert client.post(path, data={**sent_as_it_stands(form), "save": "1"}).status_code == 303
        stored = content_of(app, path)
        assert replace(stored, checks=(), checked_on=None) == replace(item, checks=(), checked_on=None)
