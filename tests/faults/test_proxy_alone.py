"""nginx, as deploy/nginx configures it, with nothing behind it: what people and scripts are told meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.load import front
from tests.integration.serving.site import Device, free_port

pytestmark = pytest.mark.skipif(
    front.NGINX is None and os.environ.get("CI") != "true", reason="nginx is not installed (apt install nginx)"
)


@pytest.fixture
def without_site(tmp_path: Path) -> Iterator[Device]:
    """nginx with nothing behind it."""
    with front.serving(tmp_path / "nginx", http=free_port(), https=0, backends=[free_port(), free_port()]) as nginx:
        yield Device(nginx.http)


def test_without_web_processes_people_read_that_answers_are_kept(without_site: Device) -> None:
    for reply in (without_site.get("/attempts/x"), without_site.post("/contests/x/start")):
        assert reply.status == 502
        assert "作答的内容没有丢" in reply.text
        assert "自动补交" in reply.text
        assert reply.header("Content-Type") == "text/html; charset=utf-8"
        assert (reply.header("Retry-After"), reply.header("Cache-Control")) == ("5", "no-store")
        assert "default-src 'none'" in str(reply.header("Content-Security-Policy"))


def test_without_web_processes_scripts_read_json(without_site: Device) -> None:
    reply = without_site.post_json("/attempts/x/answers", {"seq": 1, "position": 1, "choices": ["a"]})
    assert reply.status == 502
    assert reply.data["error"] == 503
    assert reply.header("Retry-After") == "5"


@pytest.mark.parametrize("https", [0, 1])
def test_nginx_has_nothing_against_the_configuration(tmp_path: Path, https: int) -> None:
    folder = tmp_path / "nginx"
    front.render(folder, http=free_port(), https=https and free_port(), backends=[8001])
    if https:
        front.make_certificate(folder)
    assert front.complaint(folder) == ""
