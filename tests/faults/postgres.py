"""A PostgreSQL cluster of the tests' own, made by initdb in a temporary folder, that may be stopped at any moment.

PostgreSQL refuses to run as root: then it runs as the user ``postgres`` (or ``nobody``).
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.processes import end_with_parent, free_port, wait_until

SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "on", "synchronous_commit": "on", "max_connections": "200",
    "shared_buffers": "64MB", "autovacuum": "on", "log_min_messages": "fatal",
}  # fmt: skip


def find_binaries() -> Path | None:
    """The folder of initdb and postgres: Debian's newest, else what pg_config says; None without PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if shutil.which("pg_config"):
        folder = Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
        return folder if (folder / "initdb").exists() else None
    return None


def _account() -> dict[str, Any]:
    """As whom to run: ourselves, or somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Cluster:
    """One server on a port of its own; ``close`` removes everything."""

    def __init__(self) -> None:
        binaries = find_binaries()
        assert binaries is not None, "no PostgreSQL is installed"
        self.binaries = binaries
        self.account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="qingyuan-faults-pg-"))
        if self.account:
            os.chown(self.folder, self.account["user"], self.account["group"])
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._initialise()
        self.start()

    def _initialise(self) -> None:
        command = [self.binaries / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*command, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.account
        )

    def start(self) -> None:
        """Start, and wait until it takes connections (after a crash: until it has recovered)."""
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        place = ["-D", self.folder / "data", "-p", str(self.port), "-k", self.folder]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", *place, *options], stdout=log, stderr=log, cwd=self.folder,
                preexec_fn=end_with_parent(signal.SIGQUIT), **self.account,
            )  # fmt: skip
        wait_until(self.is_up, "PostgreSQL takes connections")

    def is_up(self) -> bool:
        """Whether somebody can connect."""
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, mode: str = "immediate") -> None:
        """``pg_ctl stop``: ``immediate`` is a crash (no checkpoint, recovery at the next start), ``fast`` is orderly."""
        command = [self.binaries / "pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "stop"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.account)
        assert self.process is not None
        self.process.wait(timeout=60)

    def dsn(self, database: str) -> str:
        """For psycopg."""
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement outside a transaction, with its rows if there are any."""
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Stop and remove."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
