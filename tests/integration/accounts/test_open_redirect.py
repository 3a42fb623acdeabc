"""After signing in the browser never leaves this site."""

import pytest
from flask.testing import FlaskClient

from quiz.i18n import local_path
from tests.integration.accounts.walk import sign_in_pupil
from tests.pages import page

ELSEWHERE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "javascript:alert(1)", "evil.example", " //evil.example", "/%0d%0a//evil\r\nX: y", "",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_an_address_elsewhere_leads_home(client: FlaskClient, target: str) -> None:
    reply = sign_in_pupil(client, next=target)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("target", ["/sign-in", "/sign-in/staff?next=/", "/sign-out", "/s/abc"])
def test_signing_in_does_not_lead_back_to_signing_in(client: FlaskClient, target: str) -> None:
    assert sign_in_pupil(client, next=target).headers["Location"] == "/"


@pytest.mark.parametrize("target", ["/", "/contests/abc?x=1", "/attempts/a-b_c#q7"])
def test_a_path_of_this_site_is_kept(client: FlaskClient, target: str) -> None:
    assert local_path(target) == target
    assert sign_in_pupil(client, next=target).headers["Location"] == target


def test_the_form_and_its_links_carry_the_path_on(client: FlaskClient) -> None:
    soup = page(client.get("/sign-in?school=6301030001&next=/contests/abc"))
    field = soup.select_one('form[action="/sign-in"] input[name=next]')
    assert field is not None
    assert field["value"] == "/contests/abc"
    assert soup.select_one('a[href="/sign-in/staff?next=/contests/abc"]')
