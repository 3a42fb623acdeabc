"""The report: every proof notes its counts in a folder, and ``python -m tests.faults.report`` makes one page of them."""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.scale import IS_WHOLE

ROOT = Path(__file__).resolve().parents[2]
PROOFS = {
    "kills": "Killed processes", "postgres": "PostgreSQL stopped at once", "redis": "Redis killed, hung and flushed",
    "proxy": "Cut, delayed and reset connections", "disk": "Acknowledgement follows the disk",
    "deadline": "Deadline", "many": "Many starts and submits at once", "machine": "State machine",
    "unavailable": "Disk full, database away, pool exhausted", "mutants": "Guards switched off",
    "decisions": "Killed in the middle of promotions, awards and certificates",
}  # fmt: skip


def note(proof: str, engine: str, counts: Mapping[str, Any]) -> None:
    """Keep what a proof counted; without FAULTS_NOTES (a folder) it is not kept."""
    assert proof in PROOFS, proof
    if not (folder := os.environ.get("FAULTS_NOTES")):
        return
    path = Path(folder) / f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{proof}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"proof": proof, "engine": engine, "is_whole": IS_WHOLE, "counts": dict(counts)}
    path.write_text(json.dumps(content, ensure_ascii=False))


def note_failure(test: str) -> None:
    """Keep the name of a test that failed."""
    if folder := os.environ.get("FAULTS_NOTES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        with (Path(folder) / "failed.txt").open("a") as file:
            file.write(f"{test}\n")


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _machine() -> list[str]:
    import sqlite3

    from tests.faults.postgres import find_binaries

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    binaries = find_binaries()
    postgres = _run(str(binaries / "postgres"), "--version") if binaries else "no PostgreSQL"
    redis = _run("redis-server", "--version").split(" sha")[0]
    dirty = " with changes that are not committed" if _run("git", "status", "--porcelain") else ""
    return [
        f"- commit {_run('git', 'rev-parse', '--short=12', 'HEAD')}{dirty}",
        f"- {os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}",
        f"- SQLite {sqlite3.sqlite_version}, {postgres}, {redis}",
    ]


def write(notes: Path, target: Path) -> None:
    """One page from the notes of a run."""
    found = [json.loads(path.read_text()) for path in sorted(notes.glob("*.json"))]
    kind = "whole" if found and all(one["is_whole"] for one in found) else "a cut"
    lines = [
        "# Faults on purpose",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {kind}. What is proven how: docs/faults.md.",
        "",
    ]
    lines += [*_machine(), "", *_outcome(notes), ""]
    for proof, title in PROOFS.items():
        lines += [f"## {title}", ""]
        own = [one for one in found if one["proof"] == proof]
        if not own:
            lines += ["Not run.", ""]
            continue
        for one in own:
            counts = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in one["counts"].items())
            lines.append(f"- **{one['engine']}**: {counts}")
        lines.append("")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines).rstrip() + "\n")


def _outcome(notes: Path) -> list[str]:
    failed = notes / "failed.txt"
    if not failed.exists():
        return ["Every proof passed."]
    return ["**Failed:**", "", *(f"- {name}" for name in failed.read_text().splitlines())]


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    """``python -m tests.faults.report NOTES``: writes bench/reports/faults-<date>.md."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("notes", type=Path)
    target = ROOT / "bench" / "reports" / f"faults-{datetime.now(UTC):%Y-%m-%d}.md"
    write(parser.parse_args().notes, target)
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
