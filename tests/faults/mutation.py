"""Run the tests of a mutant on a copy of the project, never in place."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".git", ".venv", "instance", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "screenshots")


class PatternGoneError(AssertionError):
    """A guard is not where the list says: the list must follow the code."""


@contextmanager
def copied_tree() -> Iterator[Path]:
    """A copy of the project that may be damaged."""
    with tempfile.TemporaryDirectory(prefix="qingyuan-mutant-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        yield copy


def apply(tree: Path, mutant: Mutant) -> None:
    """Switch one guard off; PatternGoneError names the guard whose pattern is no longer found."""
    for edit in mutant.edits:
        path = tree / edit.file
        text = path.read_text() if path.exists() else ""
        changed, found = re.subn(edit.pattern, lambda _match, edit=edit: edit.replacement, text, flags=re.MULTILINE)  # type: ignore[misc]
        if found != edit.times:
            raise PatternGoneError(
                f"guard “{mutant.name}”: {edit.pattern!r} is found {found} times in {edit.file}, not {edit.times}; "
                "bring tests/faults/mutants.py up to date"
            )
        path.write_text(changed)


def run(tree: Path, tests: Iterable[str], database: str) -> tuple[int, str]:
    """Exit code and the last lines of pytest for the named tests in a tree."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "FAULTS"))}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
    result = subprocess.run(
        [*command, "--database", database, *tests],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    return result.returncode, result.stdout[-3000:] + result.stderr[-1000:]


def failures(output: str) -> int:
    """How many tests failed (not: could not be collected or set up)."""
    found = re.search(r"(\d+) failed", output)
    return int(found[1]) if found else 0


def is_caught(mutant: Mutant) -> tuple[bool, str]:
    """Whether some named test turns red when the guard is off, and what pytest said."""
    with copied_tree() as tree:
        apply(tree, mutant)
        code, output = run(tree, mutant.tests, mutant.database)
    return code == 1 and failures(output) > 0, output


def check_patterns(mutants: Iterable[Mutant]) -> None:
    """All patterns are found in the code as it is; cheap, so it is done for all mutants always."""
    with copied_tree() as tree:
        for mutant in mutants:
            kept = {edit.file: (tree / edit.file).read_text() for edit in mutant.edits if (tree / edit.file).exists()}
            apply(tree, mutant)
            for file, text in kept.items():
                (tree / file).write_text(text)
