"""Items survive JSON unchanged, and their hash follows the content only."""

import json

import pytest

from question_bank.model import Item
from tests.unit.question_bank.examples import DATED, EVERY_KIND, SINGLE, vary


@pytest.mark.parametrize("item", [*EVERY_KIND, DATED], ids=lambda item: item.kind)
def test_json_gives_back_an_equal_item(item):
    assert Item.from_dict(json.loads(json.dumps(item.to_dict()))) == item


def test_the_place_in_the_file_is_no_part_of_the_item():
    moved = vary(SINGLE, origin="law/definition.toml:99")
    assert moved == SINGLE
    assert "origin" not in moved.to_dict()
    assert moved.content_hash == SINGLE.content_hash


@pytest.mark.parametrize("change", [{"kind": "essay"}, {"unknown": 1}, {"choices": [{"id": "a"}]}, {"bands": None}])
def test_a_damaged_version_is_refused(change):
    with pytest.raises(ValueError):
        Item.from_dict({**SINGLE.to_dict(), **change})


def test_a_version_without_a_stem_is_refused():
    stored = SINGLE.to_dict()
    del stored["stem"]
    with pytest.raises(ValueError):
        Item.from_dict(stored)


@pytest.mark.parametrize(
    "change", [{"stem": "另一题"}, {"answer_key": ("a",)}, {"explanation": "另一个"}, {"difficulty": 3}, {"tags": ()}]
)
def test_the_hash_changes_with_the_content(change):
    assert vary(SINGLE, **change).content_hash != SINGLE.content_hash


def test_the_hash_ignores_the_record_of_reviews():
    reviewed = vary(SINGLE, checks=DATED.checks, checked_on=DATED.checked_on, review_due=DATED.review_due)
    assert reviewed.content_hash == SINGLE.content_hash


def test_an_unknown_choice_is_a_key_error():
    with pytest.raises(KeyError):
        SINGLE.choice("z")
