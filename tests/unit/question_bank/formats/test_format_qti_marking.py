"""A QTI item is read only when our marking gives the same verdicts: no key may turn round on the way in."""

import pytest

from question_bank.formats.qti.package import read

MATCH = '<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
CHOICES = (
    '<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1"><prompt>哪个对？</prompt>'
    '<simpleChoice identifier="a">甲</simpleChoice><simpleChoice identifier="b">乙</simpleChoice></choiceInteraction>'
)


def _rules(test: str, passed: str = "1", failed: str = "0") -> str:
    def score(points: str) -> str:
        return f'<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{points}</baseValue></setOutcomeValue>'

    return (
        f"<responseProcessing><responseCondition><responseIf>{test}{score(passed)}</responseIf>"
        f"<responseElse>{score(failed)}</responseElse></responseCondition></responseProcessing>"
    )


def _read(processing: str, body: str = CHOICES, mapping: str = ""):
    return read(
        (
            '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="t" adaptive="false" '
            'timeDependent="false"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
            f"<correctResponse><value>a</value></correctResponse>{mapping}</responseDeclaration>"
            f"<itemBody>{body}</itemBody>{processing}</assessmentItem>"
        ).encode()
    )


def test_points_for_the_match_keep_the_key() -> None:
    (found,) = _read(_rules(MATCH)).items
    assert found.item.answer_key == ("a",)


@pytest.mark.parametrize(
    "processing",
    [
        _rules(f"<not>{MATCH}</not>"),
        _rules(MATCH, "0", "1"),
        _rules('<match><variable identifier="RESPONSE"/><baseValue baseType="identifier">b</baseValue></match>'),
    ],
    ids=["negated", "points for failing", "another value"],
)
def test_rules_that_mark_otherwise_are_refused(processing: str) -> None:
    result = _read(processing)
    assert list(result.items) == []
    assert "计分" in result.problems[0].message


def test_a_mapping_that_contradicts_the_answer_is_refused() -> None:
    template = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>'
    result = _read(template, mapping='<mapping defaultValue="0"><mapEntry mapKey="b" mappedValue="1"/></mapping>')
    assert list(result.items) == []
    assert "标准答案" in result.problems[0].message


def test_text_in_a_box_around_the_choices_stays_in_the_stem() -> None:
    (found,) = _read(_rules(MATCH), f'<div class="row"><div><p>先读这句话。</p>{CHOICES}</div></div>').items
    assert "先读这句话。" in found.item.stem
