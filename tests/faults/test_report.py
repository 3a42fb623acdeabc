"""The report says what was counted, what was left out and what failed."""

from pathlib import Path

import pytest

from tests.faults import report


def test_counts_failures_and_gaps_stand_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, page = tmp_path / "notes", tmp_path / "reports" / "page.md"
    monkeypatch.setenv("FAULTS_NOTES", str(notes))
    report.note("kills", "sqlite", {"kills": 1500, "answers_acknowledged": 7})
    report.write(notes, page)
    text = page.read_text()
    assert "- **sqlite**: kills 1,500, answers acknowledged 7" in text
    assert "Every proof passed." in text and "Not run." in text and "cores" in text
    report.note_failure("test_kills.py::test_nothing")
    report.write(notes, page)
    assert "Every proof passed." not in page.read_text() and "- test_kills.py::test_nothing" in page.read_text()


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAULTS_NOTES", raising=False)
    monkeypatch.chdir(tmp_path)
    report.note("kills", "sqlite", {"kills": 1})
    assert list(tmp_path.iterdir()) == []
