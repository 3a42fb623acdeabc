"""The command line and the counts behind it."""

import json

import pytest

from question_bank.__main__ import main
from question_bank.stats import count
from tests.unit.question_bank.examples import CHOICE_KINDS, DATED, SINGLE, TRUE_FALSE, toml_item, vary

HEAD = 'topic = "law"\nsubtopic = "definition"\n\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "definition.toml").write_text(HEAD + toml_item(), encoding="utf-8")
    return tmp_path


def test_counts_by_topic_band_kind_and_question():
    stats = count(CHOICE_KINDS)
    assert (stats.total, stats.qinghai, stats.reviewed) == (4, 1, 0)
    assert stats.topics == {"law": 4}
    assert stats.bands == {"primary": 4, "junior": 4, "senior": 4, "adult": 4}
    assert stats.cells["law", "junior", "scenario"] == 1
    assert stats.questions == {2: 1}


def test_an_item_counts_as_reviewed_after_both_checks():
    assert count([vary(DATED, checks=("source", "safety")), DATED]).reviewed == 1


def test_an_item_citing_two_questions_counts_for_both():
    assert count([vary(TRUE_FALSE, sources=("doc:000:q2", "doc:000:q10")), SINGLE]).questions == {2: 1, 10: 1}


def test_check_says_it_is_clean(folder, capsys):
    assert main(["check", "--path", str(folder)]) == 0
    assert capsys.readouterr().out == "1 题，0 个问题\n"


def test_check_lists_lint_and_reading_problems(folder, capsys):
    bad = toml_item(id='"law-0002"', sources='["fact:XX-99"]') + toml_item(id='"law-0003"', kind='"essay"')
    (folder / "law" / "crimes.toml").write_text(HEAD.replace("definition", "crimes") + bad, encoding="utf-8")
    assert main(["check", "--json", "--path", str(folder)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["items"] == 2
    assert {problem["rule"] for problem in report["problems"]} == {"item", "source", "likeness"}


def test_stats_as_table_and_json(folder, capsys):
    assert main(["stats", "--path", str(folder)]) == 0
    table = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert table["法律法规"] == ["1", "0", "0", "0", "0", "0", "0", "1", "155"]
    assert "总题数：有" in table  # the targets that one item misses are named
    assert main(["stats", "--json", "--path", str(folder)]) == 0
    stats = json.loads(capsys.readouterr().out)
    assert {"topic": "law", "band": "junior", "kind": "single", "items": 1} in stats["cells"]


def test_stats_says_when_something_cannot_be_read(folder, capsys):
    (folder / "law" / "crimes.toml").write_text("nonsense", encoding="utf-8")
    assert main(["stats", "--path", str(folder)]) == 1
    assert "读不出来" in capsys.readouterr().err
