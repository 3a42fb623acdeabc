"""Who may import what: teachers their own classes, nobody another's upload."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.integration.accounts.roster.upload import confirm, preview, roster, upload
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


def test_a_teacher_imports_the_own_class_and_no_other(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    rows = [
        ["20240104", "赵云", "初二1班"],
        ["20240202", "钱进", "初二2班"],
        ["20240301", "孙亮", "初二3班"],
        ["20240201", "王芳", "初二1班"],
    ]
    wrong = [text_of(line) for line in preview(client, upload(app, client, cast.school_a, rows)).select("tr.has-error")]
    assert len(wrong) == 3
    assert "不归你管理" in wrong[0]
    assert "没有这个班" in wrong[1]
    assert "在另一个班" in wrong[2]
    assert confirm(client, upload(app, client, cast.school_a, rows[:1])).status_code == 303
    assert roster(app, cast.school_a)["20240104"] == ("赵云", cast.class_a1)


def test_others_see_neither_the_school_nor_the_upload(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    address = upload(app, sign_in(cast.school_admin), cast.school_a, [["1", "赵云", "初二1班"]])
    for user in (cast.outsider_teacher, cast.teacher, cast.admin):
        client = sign_in(user)
        for path in (address, f"{address}/progress"):
            assert client.get(path).status_code == 404
    assert sign_in(cast.outsider_teacher).get(f"/roster/schools/{cast.school_a}").status_code == 404
    assert sign_in(cast.outsider_teacher).get(f"/roster/schools/{cast.school_a}/template.xlsx").status_code == 404


@pytest.mark.parametrize("who", ["editor", "county", "zhuoma"])
def test_some_may_not_import_at_all(cast: Cast, sign_in: SignIn, who: str) -> None:
    assert sign_in(getattr(cast, who)).get("/roster").status_code == 403


def test_choosing_a_school(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.teacher).get("/roster").location == f"/roster/schools/{cast.school_a}"
    client = sign_in(cast.admin)
    assert len(page(client.get("/roster")).select(".list li")) == 2
    assert len(page(client.get("/roster?q=昆仑")).select(".list li")) == 1
    assert "没有找到" in text_of(page(client.get("/roster?q=%25")))
    assert "你可以导入的班级" in text_of(page(sign_in(cast.teacher).get(f"/roster/schools/{cast.school_a}")))
