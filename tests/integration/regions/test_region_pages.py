"""The tree is browsed downwards, each role from its own place, and nothing outside it exists."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


def test_down_the_tree_to_a_school(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.province)
    assert client.get("/regions").location == "/regions/630000"
    province = page(client.get("/regions/630000"))
    assert "启用的学校 2 所" in text_of(province)
    assert province.select_one('a[href="/regions/630100"]')
    assert "1 所学校" in text_of(
        page(client.get("/regions/630100")).select_one("li:-soup-contains('城中区') .list__end")
    )
    county = page(client.get("/regions/630103"))
    assert county.select_one(f'a[href="/schools/{cast.school_a}"]')
    assert "还没有学校" in text_of(page(client.get("/regions/630104")))


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("admin", "/regions/630000", 200), ("prefecture", "/regions/630100", 200), ("prefecture", "/regions/630000", 404),
        ("prefecture", "/regions/632801", 404), ("county", "/regions/630104", 404), ("school_admin", "/regions/630103", 404),
        ("admin", "/regions/999999", 404), ("teacher", "/regions", 403), ("zhuoma", "/regions", 403), ("editor", "/schools", 403),
    ],
)  # fmt: skip
def test_each_role_sees_its_own_part(cast: Cast, sign_in: SignIn, who: str, path: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get(path).status_code == status


def test_the_list_of_schools_is_searched_and_filtered(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)

    def names(query: str) -> int:
        return len(page(client.get(f"/schools?{query}")).select("tbody tr"))

    assert [names(""), names("q=昆仑"), names("q=6301"), names("kind=初中"), names("region=632800")] == [2, 1, 1, 1, 1]
    assert [names("state=active"), names("state=closed"), names("q=%25"), names("kind=nonsense")] == [2, 0, 0, 2]
    assert len(page(sign_in(cast.prefecture).get("/schools")).select("tbody tr")) == 1


def test_a_school_administrator_lands_on_the_own_school(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    assert client.get("/regions").location == "/schools"
    assert client.get("/schools").location == f"/schools/{cast.school_a}"
    soup = page(client.get(f"/schools/{cast.school_a}"))
    assert soup.select_one(f'form[action="/schools/{cast.school_a}/classes"]')
    assert not soup.select_one(f'a[href="/schools/{cast.school_a}/edit"]')
    assert client.get(f"/schools/{cast.school_b}").status_code == 404
    assert client.get(f"/schools/{cast.school_a}/edit").status_code == 403
