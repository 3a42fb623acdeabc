"""nginx as in deploy/nginx, in a private folder: only paths, ports and the list of web processes are replaced.

The tests use it too, so that what is tested and measured is what is delivered.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from quiz.config import ROOT

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
SOURCE = ROOT / "deploy" / "nginx"
TEMPORARY = ("body", "proxy", "fastcgi", "scgi", "uwsgi")


@dataclass(frozen=True)
class Front:
    """A running nginx: its folder and its two ports (``https`` is 0 where it serves a school's own network)."""

    folder: Path
    http: int
    https: int
    process: "subprocess.Popen[bytes]"

    @property
    def access_log(self) -> str:
        return (self.folder / "logs" / "access.log").read_text()


def render(
    folder: Path, *, http: int, https: int, backends: Sequence[int], replace: dict[str, str] | None = None
) -> None:
    """Write the configuration into a folder. ``https`` = 0 takes site-lan.conf instead of site.conf.

    ``replace`` shortens patience for tests. Raises ValueError when a text to be replaced is not there.
    """
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    (folder / "logs").mkdir()
    servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=2 fail_timeout=3s;" for port in backends)
    changes = {
        "user www-data;": "user root;  # heeded only by root\ndaemon off;",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/log/nginx": f"{folder}/logs",
        "alias /opt/qingyuan/deploy/nginx": f"alias {folder}",
        "root /opt/qingyuan": f"root {ROOT}",
        "/etc/ssl/qingyuan": str(folder),
        "    server 127.0.0.1:8001 max_fails=2 fail_timeout=3s;\n": "",
        "    server 127.0.0.1:8002 max_fails=2 fail_timeout=3s;": servers,
        "listen 80 default_server": f"listen 127.0.0.1:{http} default_server",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "    listen [::]:80 default_server;\n": "",
        "    listen [::]:443 ssl http2 default_server;\n": "",
        **{f"/var/lib/nginx/{name}": f"{folder}/{name}" for name in TEMPORARY},
        **({} if https else {"include site.conf;": "include site-lan.conf;"}),
        **(replace or {}),
    }
    _change(folder, changes)


def _change(folder: Path, changes: dict[str, str]) -> None:
    files = {path: path.read_text() for path in folder.glob("*.conf")}
    for old, new in changes.items():
        if not any(old in text for text in files.values()):
            raise ValueError(f"deploy/nginx no longer says {old!r}")
        files = {path: text.replace(old, new) for path, text in files.items()}
    for path, text in files.items():
        path.write_text(text)


def make_certificate(folder: Path) -> None:
    """A certificate that nobody else believes, where tls.conf of the folder looks for it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip


def complaint(folder: Path) -> str:
    """What ``nginx -t`` has against the folder's configuration; empty when nothing."""
    reply = subprocess.run([str(NGINX), "-t", "-q", *_arguments(folder)], capture_output=True, text=True)
    return reply.stderr


def _arguments(folder: Path) -> list[str]:
    return ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "logs" / "start.log")]


@contextmanager
def serving(
    folder: Path, *, http: int, https: int, backends: Sequence[int], replace: dict[str, str] | None = None
) -> Iterator[Front]:
    """Run nginx before web processes on local ports until the end of the block."""
    if NGINX is None:
        raise RuntimeError("nginx is not installed (apt install nginx)")
    render(folder, http=http, https=https, backends=backends, replace=replace)
    if https:
        make_certificate(folder)
    process = subprocess.Popen([NGINX, *_arguments(folder)])
    try:
        _wait(folder, process)
        yield Front(folder, http, https, process)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while not (folder / "nginx.pid").exists() or not (folder / "nginx.pid").read_text().strip():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"nginx did not start: {complaint(folder)}")
        time.sleep(0.05)
