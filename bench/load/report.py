"""Where a report goes, and what commit it is of."""

import subprocess
from pathlib import Path

from quiz.config import ROOT


def commit() -> str:
    """The short hash of the commit, with ``+`` when the tree differs from it."""
    git = ["git", "-C", str(ROOT)]
    found = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True).stdout.strip()
    return f"{found or 'unknown'}{'+' if changed else ''}"


def write(report: str, path: Path | None) -> None:
    """Print a report, and keep it where that is wanted."""
    print(report)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report)
