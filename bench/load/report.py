"""Where a report goes, and what commit it is of."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from quiz.config import ROOT


def commit() -> str:
    """The short hash of the commit, with ``+`` when the tree differs from it (but for the reports themselves)."""
    git = ["git", "-C", str(ROOT)]
    found = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run(
        [*git, "status", "--porcelain", "-uno", "--", ":!bench/reports"], capture_output=True, text=True
    ).stdout.strip()
    return f"{found or 'unknown'}{'+' if changed else ''}"


def heading(title: str) -> str:
    """A report's first lines: what was measured, of which commit, when and on what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"# {title}\n\nCommit {commit()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {os.cpu_count()} cores, "
        f"{memory:.0f} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}. "
        "The load generator runs on the same cores.\n"
    )


def of_each_engine(module: str, options: Sequence[str]) -> Iterator[str]:
    """A benchmark's tables, each engine's in a process of its own: a process keeps the bank of one database in memory."""
    for engine in ("sqlite", "postgresql"):
        command = [sys.executable, "-m", module, "--engine", engine, *options]
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        yield text[text.index(f"### {engine}") :]


def write(report: str, path: Path | None) -> None:
    """Print a report, and keep it where that is wanted."""
    print(report)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report)
