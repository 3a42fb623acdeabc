"""systemd units and the container files of deploy/: checked as far as a machine without systemd or Docker can."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from quiz.config import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service")) + [ROOT / "deploy" / "systemd" / "qingyuan.target"]
SERVICES = [path for path in UNITS if path.suffix == ".service"]


def directives(path: Path) -> dict[str, list[str]]:
    """Every directive of a unit with its values."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_has_nothing_against_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text().replace("/opt/qingyuan/.venv/bin/python", "/bin/true")
        (tmp_path / path.name).write_text(text.replace("/opt/qingyuan/.venv/bin/flask", "/bin/true"))
    names = [path.name.replace("@.", "@8001.") for path in UNITS]
    reply = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True, text=True,
    )  # fmt: skip
    complaints = [line for line in reply.stderr.splitlines() if "qingyuan" in line]
    assert complaints == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_no_service_may_do_more_than_it_needs(path: Path) -> None:
    found = directives(path)
    assert found["User"] == ["qingyuan"]
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert found["UMask"] == ["0077"]


@pytest.mark.parametrize("name", ["qingyuan-web@", "qingyuan-worker"])
def test_services_come_back_for_ever_and_stop_gently(name: str) -> None:
    found = directives(ROOT / "deploy" / "systemd" / f"{name}.service")
    assert found["Restart"] == ["always"]
    assert found["StartLimitIntervalSec"] == ["0"]
    assert found["KillMode"] == ["mixed"]
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert "postgresql.service" in found["After"][0]
    assert "redis-server.service" in found["After"][0]


def test_what_the_units_start_exists() -> None:
    for path in SERVICES:
        command = directives(path)["ExecStart"][0]
        assert re.fullmatch(
            r"/opt/qingyuan/\.venv/bin/(python -m quiz\.serve (web|worker)|flask --app wsgi seed)", command
        )


def test_nginx_and_the_target_name_the_same_ports() -> None:
    upstream = (ROOT / "deploy" / "nginx" / "upstream.conf").read_text()
    ports = set(re.findall(r"server 127\.0\.0\.1:(\d+)", upstream))
    wanted = set(
        re.findall(r"qingyuan-web@(\d+)", directives(ROOT / "deploy" / "systemd" / "qingyuan.target")["Wants"][0])
    )
    assert ports == wanted == {"8001", "8002"}


def test_the_environment_example_names_known_settings() -> None:
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))
    for name in ("deploy/systemd/qingyuan.env.example", "deploy/compose/env.example"):
        parser = configparser.ConfigParser()
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string("[env]\n" + re.sub(r"^#(?=[A-Z]+=)", "", (ROOT / name).read_text(), flags=re.M))
        compose_only = {"POSTGRES_PASSWORD", "TLS_FOLDER", "WEB_COPIES", "POSTGRES_SHARED_BUFFERS"}
        assert set(parser["env"]) - compose_only <= documented


def test_the_image_copies_what_is_in_the_repository() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    sources = [one for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M) for one in line.split()[:-1]]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source


def test_databases_in_containers_are_durable() -> None:
    text = (ROOT / "deploy" / "compose" / "compose.yaml").read_text()
    for setting in ("fsync=on", "full_page_writes=on", "synchronous_commit=on"):
        assert f"-c {setting}" in text
        assert setting.replace("=", " = ") in (ROOT / "deploy" / "systemd" / "postgresql.conf").read_text()
