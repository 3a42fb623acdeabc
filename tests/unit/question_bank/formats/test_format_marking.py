"""A question of another system is read only when our marking means the same; where it differs a little, a doubt says so."""

import pytest

from question_bank.formats import gift, moodle
from question_bank.formats.qti import read as read_qti
from question_bank.formats.registry import FORMATS
from tests.unit.question_bank.examples import BLANK, MULTIPLE


def moodle_question(kind: str, inner: str, stem: str = "题？"):
    text = f'<quiz><question type="{kind}"><questiontext format="html"><text>{stem}</text></questiontext>{inner}</question></quiz>'
    return moodle.read(text.encode())


def answers(*rows: tuple[str, str, str]) -> str:
    return "".join(
        f'<answer fraction="{fraction}"><text>{text}</text><feedback><text>{feedback}</text></feedback></answer>'
        for text, fraction, feedback in rows
    )


def doubts(result) -> str:
    assert result.problems == ()
    return "".join(doubt.message for read in result.items for doubt in read.doubts)


def test_feedback_on_every_choice_does_not_make_the_wrong_ones_dangerous() -> None:
    inner = "<single>true</single>" + answers(("甲", "100", "对"), ("乙", "0", "不对"), ("丙", "0", "也不对"))
    result = moodle_question("multichoice", inner)
    assert (result.items[0].item.kind, result.items[0].item.answer_key) == ("single", ("a",))
    assert "反馈没有读取" in doubts(result)
    assert gift.read("题？{=甲#对 ~乙#不对 ~丙#也不对}".encode()).items[0].item.kind == "single"
    assert gift.read("题？{=甲#好 ~%50%乙#行 ~丙#危险}".encode()).items[0].item.kind == "scenario"


@pytest.mark.parametrize(
    ("kind", "inner", "said"),
    [
        ("multichoice", "<single>false</single>" + answers(("甲", "50", ""), ("乙", "50", ""), ("丙", "-100", "")), "全对才得分"),
        ("multichoice", "<single>true</single>" + answers(("甲", "100", ""), ("乙", "-33.33333", "")), "倒扣"),
        ("ordering", answers(("先", "2", ""), ("中", "1", ""), ("后", "3", "")), "序号"),
        ("ordering", "<selecttype>RANDOM</selecttype>" + answers(("先", "1", ""), ("中", "2", ""), ("后", "3", "")), "抽其中几项"),
        ("ordering", "<gradingtype>RELATIVE_TO_CORRECT</gradingtype>" + answers(("先", "1", ""), ("后", "2", "")), "全对才得分"),
        ("shortanswer", "<usecase>1</usecase>" + answers(("Stop", "100", "")), "大小写"),
    ],
)  # fmt: skip
def test_what_moodle_marks_otherwise_is_told(kind: str, inner: str, said: str) -> None:
    assert said in doubts(moodle_question(kind, inner, "题____"))


def test_our_own_files_raise_no_doubts() -> None:
    for code in ("moodle", "gift", "qti21", "qti22", "qti30"):
        items = [MULTIPLE, BLANK] if code != "gift" else [MULTIPLE]
        written = FORMATS[code].write(items)
        assert FORMATS[code].read is not None
        assert doubts(FORMATS[code].read(written.data, f"x.{FORMATS[code].extension}")) == "", code


def test_ticking_everything_earns_nothing_in_moodle() -> None:
    written = moodle.write([MULTIPLE]).data.decode()
    assert written.count('fraction="-100"') == len(MULTIPLE.choices) - len(MULTIPLE.answer_key)


def test_a_bar_in_an_answer_is_no_second_accepted_form() -> None:
    for result in (
        moodle_question("shortanswer", answers(("甲|乙", "100", "")), "打____"),
        gift.read("打 {=甲|乙} 报警。".encode()),
        read_qti(entry("甲|乙").encode()),
    ):
        assert result.items == ()
        assert "竖线" in result.problems[0].message


def entry(text: str, mapping: str = "", processing: str = "") -> str:
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="t" adaptive="false" '
        'timeDependent="false"><responseDeclaration identifier="R" cardinality="single" baseType="string">'
        f"<correctResponse><value>{text}</value></correctResponse>{mapping}</responseDeclaration><itemBody>"
        f'<p>打<textEntryInteraction responseIdentifier="R"/></p></itemBody>{processing}</assessmentItem>'
    )


MATCH_CORRECT = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'


def test_qti_without_rules_of_marking_is_read_with_a_doubt() -> None:
    assert "没有写怎样计分" in doubts(read_qti(entry("停").encode()))
    assert doubts(read_qti(entry("停", processing=MATCH_CORRECT).encode())) == ""


def test_qti_that_heeds_capital_letters_is_told_and_ours_does_not() -> None:
    assert "大小写" in doubts(read_qti(entry("Stop", processing=MATCH_CORRECT).encode()))
    lenient = '<mapping defaultValue="0"><mapEntry mapKey="Stop" mappedValue="1" caseSensitive="false"/></mapping>'
    by_map = MATCH_CORRECT.replace("match_correct", "map_response")
    assert doubts(read_qti(entry("Stop", lenient, by_map).encode())) == ""
    for code, name in (("qti21", b"caseSensitive"), ("qti30", b"case-sensitive")):
        from question_bank.formats.safety import open_zip

        entries = open_zip(FORMATS[code].write([BLANK]).data)
        assert any(name + b'="false"' in content for content in entries.values())


def test_a_qti_order_listed_as_it_should_be_answered_is_mixed() -> None:
    body = (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="t" adaptive="false" '
        'timeDependent="false"><responseDeclaration identifier="R" cardinality="ordered" baseType="identifier">'
        "<correctResponse><value>x</value><value>y</value><value>z</value></correctResponse></responseDeclaration>"
        '<itemBody><orderInteraction responseIdentifier="R"><prompt>排。</prompt>'
        '<simpleChoice identifier="x">先</simpleChoice><simpleChoice identifier="y">中</simpleChoice>'
        f'<simpleChoice identifier="z">后</simpleChoice></orderInteraction></itemBody>{MATCH_CORRECT}</assessmentItem>'
    )
    (found,) = read_qti(body.encode()).items
    assert [found.item.choice(one).text for one in found.item.answer_key] == ["先", "中", "后"]
    assert found.item.answer_key != found.item.choice_ids
