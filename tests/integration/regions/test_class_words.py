"""Grades and numbered classes read in the language of the page; names stay as they are."""

import pytest
from flask import Flask
from flask_babel import force_locale

from quiz.regions.labels import GRADES, KINDS, class_words
from quiz.regions.models import SchoolKind
from quiz.regions.rules import GRADE_NAMES

LABELS = [
    ("初二 3班", "Junior 2 Class 3"),
    ("六年级", "Grade 6"),
    ("已毕业 1班", "Left school Class 1"),
    ("高一 藏语班", "Senior 1 藏语班"),
    ("玉树市第一 民族中学 初二 1班", "玉树市第一 民族中学 Junior 2 Class 1"),
    ("12班", "Class 12"),
    ("初一办事处", "初一办事处"),
    ("城中区", "城中区"),
]


@pytest.mark.parametrize(("label", "english"), LABELS)
def test_a_label_is_translated_as_far_as_it_is_no_name(app: Flask, label: str, english: str) -> None:
    with app.test_request_context():
        with force_locale("en"):
            assert class_words(label) == english
        with force_locale("zh"):
            assert class_words(label) == label


def test_every_grade_and_kind_has_its_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert {grade: str(words) for grade, words in GRADES.items()} == GRADE_NAMES
        names = {kind.value: kind.value for kind in SchoolKind} | {"社区": "社区（村）"}
        assert {kind: str(words) for kind, words in KINDS.items()} == names
