"""The reveal: step by step from the last award to the first place, led by one page and followed by the screen."""

from collections.abc import Callable

import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.audit.models import AuditEntry
from quiz.awards.models import Award, AwardTier
from quiz.awards.reveal.models import AwardReveal
from quiz.db import db
from quiz.rankings.models import BoardFreeze
from tests.cast import Cast
from tests.integration.awards.scene import Scene
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def _start(client: FlaskClient, scene: Scene, do: str = "start", **data: str) -> str:
    """Begin; gives the presenter's path."""
    path = f"/desk/reveal/{scene.public_id}"
    response = post(client, path, {"do": do, **data})
    assert response.status_code == 303, text_of(page(response, 422))
    return response.location


def _press(client: FlaskClient, path: str, do: str = "next") -> BeautifulSoup:
    """Press a button of the presenter's page as it is now."""
    field = page(client.get(path)).select_one("input[name=step]")
    assert field is not None
    post(client, f"{path}/step", {"step": str(field["value"]), "do": do}, via=path)
    return page(client.get(path))


def _screen(client: FlaskClient, scene: Scene) -> str:
    return text_of(page(client.get(f"/desk/reveal/{scene.public_id}/stage")).select_one(".reveal-screen"))


def _all_screens(client: FlaskClient, scene: Scene, path: str) -> list[str]:
    found = [_screen(client, scene)]
    while page(client.get(path)).select_one("button[value=next]"):
        _press(client, path)
        found.append(_screen(client, scene))
    return found


def test_the_hall_sees_the_last_award_first_and_the_first_place_at_the_end(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    client = sign_in(cast.province)
    screens = _all_screens(client, issued, _start(client, issued))
    heads = [screen.split()[0] for screen in screens]
    assert heads == [
        "颁奖典礼", "优秀组织单位", "优秀组织单位", "优秀指导教师", "优秀指导教师", "三等奖", "三等奖", "二等奖", "二等奖", "一等奖", "一等奖",
        "祝贺所有获奖者",
    ]  # fmt: skip
    assert "城中区清源实验学校" in screens[2] and "城中区" in screens[2]
    assert "周老师" in screens[4] or "何老师" in screens[4]
    assert "卓*" in screens[8] and "甲*一" in screens[8] and "初中组" in screens[8]
    assert "第 1 名" in screens[10] and "李*" in screens[10] and "城中区清源实验学校" in screens[10]
    assert not [screen for screen in screens if "李明" in screen or "卓玛" in screen]


def test_a_press_that_comes_twice_moves_once(cast: Cast, sign_in: SignIn, issued: Scene) -> None:
    client = sign_in(cast.province)
    path = _start(client, issued)
    for _again in range(2):
        assert post(client, f"{path}/step", {"step": "0", "do": "next"}, via=path).status_code == 303
    assert "2 / 12" in text_of(page(client.get(path)))
    other = sign_in(cast.admin)
    post(other, f"{path}/step", {"step": "1", "do": "next"}, via=path)
    post(client, f"{path}/step", {"step": "1", "do": "next"}, via=path)
    assert "大屏已经在第 3 步" in text_of(page(client.get(path)))
    assert "3 / 12" in text_of(_press(client, path, "back")) or "2 / 12" in text_of(page(client.get(path)))
    for nonsense in ("", "99", "-1", "x"):
        post(client, f"{path}/step", {"step": nonsense, "do": "next"}, via=path)
    assert "2 / 12" in text_of(page(client.get(path)))


def test_the_screen_asks_for_a_few_bytes_and_shows_the_same_after_a_reload(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    client = sign_in(cast.province)
    stage = f"/desk/reveal/{issued.public_id}/stage"
    assert client.get(f"{stage}/state").json == {"mark": ""} and "即将开始" in _screen(client, issued)
    path = _start(client, issued)
    first = client.get(f"{stage}/state")
    assert len(first.data) < 80
    _press(client, path)
    second = client.get(f"{stage}/state").json["mark"]
    assert first.json["mark"] != second
    live = BeautifulSoup(client.get(f"{stage}/live").text, "html.parser")
    assert live.select_one("[data-mark]")["data-mark"] == second  # type: ignore[index]
    assert text_of(live.select_one(".reveal-screen")) == _screen(client, issued)


def test_at_the_end_the_boards_and_the_results_are_open_if_that_was_ticked(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    app, now = issued.app, clock.now()
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(release_results="manual"))
        db.session.add(BoardFreeze(
            contest_id=issued.contest_id, freezes_at=now, unfreezes_at=None, set_by=cast.province, set_at=now
        ))  # fmt: skip
        db.session.commit()
    pupil = sign_in(cast.liming)
    assert "一等奖" not in pupil.get("/certificates/").text
    assert "一等奖" not in sign_in(cast.teacher).get(f"/awards/{issued.public_id}").text
    client = sign_in(cast.province)
    path = _start(client, issued, lifts_freeze="y", releases="y")
    _all_screens(client, issued, path)
    assert "一等奖" not in pupil.get("/certificates/").text
    assert post(client, f"{path}/end", via=path).status_code == 303
    assert "一等奖" in pupil.get("/certificates/").text
    assert "一等奖" in sign_in(cast.teacher).get(f"/awards/{issued.public_id}").text
    with app.app_context():
        assert db.session.get_one(BoardFreeze, issued.contest_id).unfreezes_at is not None
        assert db.session.scalars(sa.select(Sitting.results_released_at)).one() is not None
        query = sa.select(AuditEntry.action).where(AuditEntry.action.like("contest:reveal:%")).order_by(AuditEntry.id)
        assert list(db.session.scalars(query)) == ["contest:reveal:start", "contest:reveal:end"]
    assert "祝贺所有获奖者" in _screen(client, issued)


def test_given_up_before_the_end_nothing_is_opened_and_the_screen_waits(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    now = clock.now()
    with issued.app.app_context():
        db.session.add(BoardFreeze(
            contest_id=issued.contest_id, freezes_at=now, unfreezes_at=None, set_by=cast.province, set_at=now
        ))  # fmt: skip
        db.session.commit()
    client = sign_in(cast.province)
    path = _start(client, issued, lifts_freeze="y")
    _press(client, path)
    post(client, f"{path}/end", via=path)
    with issued.app.app_context():
        assert db.session.get_one(BoardFreeze, issued.contest_id).unfreezes_at is None
    assert "即将开始" in _screen(client, issued)
    assert _start(client, issued) != path  # and it can be begun again


def test_a_rehearsal_shows_samples_and_names_nobody(cast: Cast, sign_in: SignIn, scene: Scene) -> None:
    client = sign_in(cast.province)
    refused = post(client, f"/desk/reveal/{scene.public_id}", {"do": "start"})
    assert "还没有颁发的奖" in text_of(page(refused, 422))
    path = _start(client, scene, "rehearse")
    screens = _all_screens(client, scene, path)
    text = " ".join(screens)
    assert "示例学生" in text and all("彩排" in screen for screen in screens)
    assert not [name for name in scene.users if name in text] and "李*" not in text
    post(client, f"{path}/end", via=path)
    assert "即将开始" in _screen(client, scene)
    with scene.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Award.id)).where(Award.number.is_not(None))) == 0


def test_a_rehearsal_of_issued_awards_has_the_steps_of_the_reveal_and_is_not_called_one(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    client, address = sign_in(cast.province), f"/desk/reveal/{issued.public_id}"
    path = _start(client, issued, "rehearse")
    rehearsed = _all_screens(client, issued, path)
    post(client, f"{path}/end", via=path)
    text = text_of(page(client.get(address)).main)
    assert "彩排已结束。" in text and "彩排过" in text and "揭晓已结束" not in text and "已揭晓" not in text
    assert "已揭晓" not in text_of(page(client.get(path)).main)
    real = _all_screens(client, issued, _start(client, issued))
    assert [screen.removeprefix("彩排 · 示例名单").split()[0] for screen in rehearsed] == [
        one.split()[0] for one in real
    ]
    assert not [screen for screen in rehearsed if "李*" in screen or "城中区清源实验学校" in screen]


def _fields(client: FlaskClient, scene: Scene, way: str) -> dict[str, str]:
    """The form's choice of one way for all tiers."""
    tiers = page(client.get(f"/desk/reveal/{scene.public_id}")).select("select[name^=tier-]")
    return {str(tier["name"]): way for tier in tiers}


def test_the_page_counts_the_steps_of_a_choice_before_anything_begins(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    client, address = sign_in(cast.province), f"/desk/reveal/{issued.public_id}"
    assert "步数： 12" in text_of(page(client.get(address)).main)
    fields = _fields(client, issued, "not")
    first = next(name for name in fields if "一等奖" in name)
    soup = page(post(client, address, {"do": "count", **fields, first: "screens"}))
    assert "步数： 4" in text_of(soup.main)
    assert len(soup.select("option[value=not][selected]")) == 4
    with issued.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(AwardReveal.id))) == 0
    screens = _all_screens(client, issued, _start(client, issued, **{**fields, first: "screens"}))
    assert [screen.split()[0] for screen in screens] == ["颁奖典礼", "一等奖", "一等奖", "祝贺所有获奖者"]


def test_a_reveal_of_no_tier_is_not_begun(cast: Cast, sign_in: SignIn, issued: Scene) -> None:
    client = sign_in(cast.province)
    fields = _fields(client, issued, "not")
    refused = post(client, f"/desk/reveal/{issued.public_id}", {"do": "rehearse", **fields})
    assert "至少选一个奖级" in text_of(page(refused, 422))


def test_without_tiers_nothing_can_be_rehearsed_and_the_page_says_what_to_do(
    cast: Cast, sign_in: SignIn, scene: Scene
) -> None:
    with scene.app.app_context():
        db.session.execute(sa.delete(AwardTier))
        db.session.commit()
    soup = page(sign_in(cast.province).get(f"/desk/reveal/{scene.public_id}"))
    assert "还没有设置奖项" in text_of(soup.main) and "现在可以先彩排" not in text_of(soup.main)
    assert soup.select_one(f".form a[href='{scene.path}']")
    assert not soup.select_one("button[value=rehearse]")


def test_samples_are_of_the_kind_that_a_tier_honours(cast: Cast, sign_in: SignIn, scene: Scene) -> None:
    client = sign_in(cast.province)
    path = _start(client, scene, "rehearse")
    shown: dict[str, str] = {}
    for screen in _all_screens(client, scene, path):
        tier = screen.removeprefix("彩排 · 示例名单").split()[0]
        shown[tier] = shown.get(tier, "") + screen
    assert "示例学校" in shown["优秀组织单位"] and "示例学生" not in shown["优秀组织单位"]
    assert "示例教师" in shown["优秀指导教师"] and "示例学生" not in shown["优秀指导教师"]
    assert "示例学生" in shown["一等奖"]


def test_a_forgotten_rehearsal_does_not_keep_the_ceremony_waiting(cast: Cast, sign_in: SignIn, issued: Scene) -> None:
    client, address = sign_in(cast.province), f"/desk/reveal/{issued.public_id}"
    rehearsal = _start(client, issued, "rehearse")
    soup = page(client.get(address))
    assert soup.select_one("button[value=start]") and not soup.select_one("button[value=rehearse]")
    begun = _start(sign_in(cast.admin), issued)
    assert begun != rehearsal and "彩排" not in _screen(client, issued)
    assert "中途停了" in text_of(page(client.get(address)).main)
    assert _start(client, issued, "rehearse") == begun  # but no rehearsal takes the screen from the ceremony


def test_who_was_revoked_since_is_not_shown_and_one_reveal_is_on_at_a_time(
    cast: Cast, sign_in: SignIn, issued: Scene
) -> None:
    client = sign_in(cast.province)
    path = _start(client, issued)
    assert _start(sign_in(cast.admin), issued) == path
    with issued.app.app_context():
        db.session.execute(sa.update(Award).where(Award.user_id == cast.liming).values(revoked_at=clock.now()))
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count(AwardReveal.id))) == 1
    screens = _all_screens(client, issued, path)
    assert not [screen for screen in screens if "李*" in screen]
    assert "这一项没有要宣布的名字" in screens[-2]


def test_only_those_who_award_may_lead_or_look(cast: Cast, sign_in: SignIn, issued: Scene) -> None:
    path = _start(sign_in(cast.province), issued)
    for user in (cast.teacher, cast.school_admin, cast.county):
        client = sign_in(user)
        for address in (path, f"/desk/reveal/{issued.public_id}", f"/desk/reveal/{issued.public_id}/stage/state"):
            assert client.get(address).status_code in (403, 404)
        assert post(client, f"{path}/step", {"step": "0", "do": "next"}, via="/account/password").status_code in (
            403,
            404,
        )
