"""Reading content files: what is accepted, and that every refusal names file and line."""

import pytest

from question_bank.loader import BankError, load_bank, read_bank
from question_bank.model import ItemKind
from tests.unit.question_bank.examples import toml_item

HEAD = 'topic = "law"\nsubtopic = "definition"\n\n'


@pytest.fixture
def bank(tmp_path):
    """Writes one content file and returns the folder."""

    def write(text, name="law/definition.toml"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def refusals(folder):
    with pytest.raises(BankError) as refused:
        load_bank(folder)
    return refused.value.problems


def test_it_reads_items_in_the_order_of_the_file(bank):
    folder = bank(HEAD + toml_item() + "\n" + toml_item(id='"law-0002"'))
    items = load_bank(folder)
    assert [item.id for item in items] == ["law-0001", "law-0002"]
    assert [item.origin for item in items] == ["law/definition.toml:4", "law/definition.toml:15"]
    assert items[0].topic == "law" and items[0].subtopic == "definition"


def test_it_adds_the_choices_of_a_true_false_item(bank):
    item = load_bank(bank(HEAD + toml_item(kind='"true_false"', choices="", key='["a"]')))[0]
    assert item.kind is ItemKind.TRUE_FALSE
    assert [choice.text for choice in item.choices] == ["正确", "错误"]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": '"policy-0001"'},
        {"id": '"law-1"'},
        {"kind": '"essay"'},
        {"kind": '"true_false"'},
        {"stem": ""},
        {"stem": "3"},
        {"sources": ""},
        {"difficulty": "true"},
        {"difficulty": '"2"'},
        {"bands": '["toddler"]'},
        {"key": "[1]"},
        {"choices": '[{ id = "a" }]'},
        {"choices": '[{ id = "a", text = "甲", colour = "红" }]'},
        {"choices": '[{ id = "a", text = "甲", grade = "good" }]'},
        {"choices": '["甲"]'},
        {"checked_on": "2026-11-21T10:00:00"},
        {"valid_from": '"2021-10-01"'},
        {"colour": '"红"'},
    ],
)
def test_a_malformed_item_is_refused_with_its_line(bank, changes):
    problems = refusals(bank(HEAD + toml_item(id='"law-0009"') + "\n" + toml_item(**changes)))
    assert [problem.origin for problem in problems] == ["law/definition.toml:15"]


def test_a_repeated_id_is_refused_even_across_files(bank):
    bank(HEAD + toml_item())
    folder = bank('topic = "law"\nsubtopic = "crimes"\n' + toml_item(), "law/crimes.toml")
    problems = refusals(folder)
    assert [(problem.rule, problem.origin) for problem in problems] == [("item-id", "law/definition.toml:4")]
    assert "law/crimes.toml:3" in problems[0].message


def test_broken_toml_names_the_line(bank):
    problems = refusals(bank(HEAD + "[[item]]\nid = \n"))
    assert [problem.origin for problem in problems] == ["law/definition.toml:5"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('topic = "weather"\nsubtopic = "rain"\n', "weather/rain.toml"),
        ('topic = "law"\nsubtopic = "rain"\n', "law/rain.toml"),
        ('topic = "law"\nsubtopic = "crimes"\n', "law/definition.toml"),
        ('topic = "law"\nsubtopic = "crimes"\nauthor = "x"\n', "law/crimes.toml"),
        ('topic = "law"\nsubtopic = "crimes"\nitem = "x"\n', "law/crimes.toml"),
        ("topic = 3\n", "law/crimes.toml"),
        ('topic = "law"\nsubtopic = "crimes"\nitem = ["x"]\n', "law/crimes.toml"),
    ],
)
def test_a_file_out_of_place_is_refused(bank, text, name):
    assert [problem.origin for problem in refusals(bank(text, name))] == [f"{name}:1"]


def test_all_errors_are_reported_at_once_and_sound_items_survive(bank):
    bank(HEAD + toml_item() + toml_item(id='"law-0002"', kind='"essay"'))
    folder = bank("nonsense", "law/crimes.toml")
    items, problems = read_bank(folder)
    assert [item.id for item in items] == ["law-0001"]
    assert len(problems) == 2
    assert str(BankError(problems)).count("\n") == 1
