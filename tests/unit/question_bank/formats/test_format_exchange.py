"""GIFT, Aiken, Moodle XML and QTI as other systems write them: fixtures of the real structure, and refusals by name."""

import io
import zipfile

import pytest

from question_bank.formats import aiken, gift, moodle
from question_bank.formats.base import FormatError
from question_bank.formats.qti import read as read_qti
from question_bank.model import Item

GIFT = r"""
// a comment
$CATEGORY: $course$/top/禁毒

::Q1:: 国际禁毒日是哪一天？ {
  =6月26日#对了
  ~6月1日
  ~3月15日
}

::Q2:: 禁毒是大家的事。{T}

哪些要拒绝？ { ~%50%陌生人的糖 ~%50%不明的烟 ~%-100%家里的饭 ####先拒绝。 }

打 {=110 =一一〇} 报警。

配对 { =6月1日 -> 禁毒法施行 =6月26日 -> 国际禁毒日 =6月3日 -> 虎门销烟 }

算一算 {#3:0.5}

谈谈你的看法 {}

怪权重 {=%90%甲 ~%10%乙}

带\{括号\}的题 \= 对吗？ {FALSE}
"""


def by_stem(result) -> dict[str, Item]:
    return {read.item.stem: read.item for read in result.items}


def test_gift_as_moodle_documents_it() -> None:
    result = gift.read(GIFT.encode(), "x.gift")
    found = by_stem(result)
    assert found["国际禁毒日是哪一天？"].answer_key == ("a",)
    assert found["禁毒是大家的事。"].answer_key == ("a",)
    several = found["哪些要拒绝？"]
    assert (several.kind, several.answer_key, several.explanation) == ("multiple", ("a", "b"), "先拒绝。")
    assert found["打____报警。"].answer_key == ("110|一一〇",)
    assert found["带{括号}的题 = 对吗？"].answer_key == ("b",)
    pairs = found["配对"]
    texts = {target.id: target.text for target in pairs.targets}
    assert {pairs.choice(one[0]).text: texts[one[2]] for one in pairs.answer_key}["6月26日"] == "国际禁毒日"
    assert [(problem.where, problem.message[:6]) for problem in result.problems] == [
        ("第 6 题", "这是数值题，"), ("第 7 题", "这是问答题，"), ("第 8 题", "各选项的权重"),
    ]  # fmt: skip


def test_aiken_as_it_is_documented() -> None:
    result = aiken.read(
        "甲？\nA) 一\nB) 二\nANSWER: B\n\n乙？\nA. 一\nB. 二\n\n丙？\nA. 一\nB. 二\nANSWER: C\n".encode()
    )
    assert [(read.item.stem, read.item.answer_key) for read in result.items] == [("甲？", ("b",))]
    assert [problem.where for problem in result.problems] == ["第 2 题", "第 3 题"]


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/top/law/definition</text></category></question>
<question type="multichoice"><name><text>一</text></name>
 <questiontext format="html"><text><![CDATA[<p>甲&nbsp;是<b>什么</b>？</p><script>alert(1)</script>]]></text></questiontext>
 <generalfeedback format="html"><text><![CDATA[<p>先看。</p><p>再答。</p>]]></text></generalfeedback>
 <single>true</single>
 <answer fraction="100" format="html"><text><![CDATA[<p>一</p>]]></text><feedback format="html"><text></text></feedback></answer>
 <answer fraction="-33.33333" format="html"><text><![CDATA[<p>二</p>]]></text><feedback format="html"><text></text></feedback></answer>
</question>
<question type="multichoice"><name><text>二</text></name><questiontext format="html"><text>哪些？</text></questiontext><single>false</single>
 <answer fraction="33.33333"><text>一</text></answer><answer fraction="33.33333"><text>二</text></answer>
 <answer fraction="33.33333"><text>三</text></answer><answer fraction="0"><text>四</text></answer>
</question>
<question type="truefalse"><name><text>三</text></name><questiontext format="html"><text>乙。</text></questiontext>
 <answer fraction="0"><text>true</text></answer><answer fraction="100"><text>false</text></answer></question>
<question type="shortanswer"><name><text>四</text></name><questiontext format="html"><text>打____报警。</text></questiontext>
 <answer fraction="100"><text>110</text></answer><answer fraction="100"><text>一一〇</text></answer></question>
<question type="matching"><name><text>五</text></name><questiontext format="html"><text>配。</text></questiontext>
 <subquestion><text>左一</text><answer><text>右一</text></answer></subquestion>
 <subquestion><text>左二</text><answer><text>右二</text></answer></subquestion>
 <subquestion><text>左三</text><answer><text>右三</text></answer></subquestion>
 <subquestion><text></text><answer><text>多出来的</text></answer></subquestion></question>
<question type="ordering"><name><text>六</text></name><questiontext format="html"><text>排。</text></questiontext>
 <answer fraction="1.0000000"><text>先</text></answer><answer fraction="2.0000000"><text>中</text></answer><answer fraction="3.0000000"><text>后</text></answer></question>
<question type="essay"><name><text>七</text></name><questiontext format="html"><text>谈谈。</text></questiontext></question>
<question type="numerical"><name><text>八</text></name><questiontext format="html"><text>几？</text></questiontext></question>
<question type="multichoice"><name><text>九</text></name><questiontext format="html"><text><![CDATA[<img src="a.png">看图]]></text></questiontext><single>true</single><answer fraction="100"><text>一</text></answer><answer fraction="0"><text>二</text></answer></question>
<question type="shortanswer"><name><text>十</text></name><questiontext format="html"><text>打____。</text></questiontext><answer fraction="100"><text>11*</text></answer></question>
</quiz>"""


def test_moodle_as_its_export_writes_it() -> None:
    result = moodle.read(MOODLE.encode(), "x.xml")
    found = by_stem(result)
    first = found["甲 是什么？"]
    assert (first.topic, first.subtopic, first.answer_key, first.explanation) == (
        "law",
        "definition",
        ("a",),
        "先看。\n再答。",
    )
    assert "倒扣" in result.items[0].doubts[0].message
    assert found["哪些？"].answer_key == ("a", "b", "c")
    assert found["乙。"].answer_key == ("b",)
    assert found["打____报警。"].answer_key == ("110|一一〇",)
    ordered = found["排。"]
    assert [ordered.choice(one).text for one in ordered.answer_key] == ["先", "中", "后"]
    assert ordered.answer_key != ordered.choice_ids
    assert len(found["配。"].targets) == 4
    assert [problem.where for problem in result.problems] == [
        "第 7 题（七）",
        "第 8 题（八）",
        "第 9 题（九）",
        "第 10 题（十）",
    ]


QTI2 = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="choice" title="t" adaptive="false" timeDependent="false">
 <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier"><correctResponse><value>ChoiceB</value></correctResponse></responseDeclaration>
 <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="integer"/>
 <itemBody><p>看标牌。</p><choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1"><prompt>它说什么？</prompt>
  <simpleChoice identifier="ChoiceA">一</simpleChoice><simpleChoice identifier="ChoiceB">二</simpleChoice><simpleChoice identifier="ChoiceC">三</simpleChoice>
 </choiceInteraction></itemBody>
 <responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>
</assessmentItem>"""
QTI3 = """<?xml version="1.0" encoding="UTF-8"?>
<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="m" title="t" time-dependent="false">
 <qti-response-declaration identifier="RESPONSE" cardinality="multiple" base-type="directedPair"><qti-correct-response><qti-value>X R</qti-value><qti-value>Y M</qti-value><qti-value>Z T</qti-value></qti-correct-response></qti-response-declaration>
 <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
 <qti-item-body><qti-match-interaction response-identifier="RESPONSE" max-associations="3"><qti-prompt>配一配</qti-prompt>
  <qti-simple-match-set><qti-simple-associable-choice identifier="X" match-max="1">甲</qti-simple-associable-choice><qti-simple-associable-choice identifier="Y" match-max="1">乙</qti-simple-associable-choice><qti-simple-associable-choice identifier="Z" match-max="1">丙</qti-simple-associable-choice></qti-simple-match-set>
  <qti-simple-match-set><qti-simple-associable-choice identifier="M" match-max="1">子</qti-simple-associable-choice><qti-simple-associable-choice identifier="R" match-max="1">丑</qti-simple-associable-choice><qti-simple-associable-choice identifier="T" match-max="1">寅</qti-simple-associable-choice></qti-simple-match-set>
 </qti-match-interaction></qti-item-body>
 <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
</qti-assessment-item>"""


def test_single_items_of_versions_two_and_three() -> None:
    (choice,) = read_qti(QTI2.encode(), "x.xml").items
    assert (choice.item.stem, choice.item.answer_key) == ("看标牌。\n它说什么？", ("b",))
    (match,) = read_qti(QTI3.encode(), "x.xml").items
    assert match.item.answer_key == ("a:q", "b:p", "c:r")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("choiceInteraction", "hotspotInteraction", "热区题"),
        (
            'template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"',
            'template="http://x/own"',
            "计分模板",
        ),
        ("<p>看标牌。</p>", "<p><img src='a.png' alt=''/></p>", "图片"),
        ("<value>ChoiceB</value>", "", "没有标出正确答案"),
        ("<responseDeclaration", "<templateDeclaration identifier='A'/><responseDeclaration", "变量模板"),
    ],
)
def test_what_qti_says_in_ways_that_we_do_not_understand_is_refused_never_guessed(
    old: str, new: str, reason: str
) -> None:
    result = read_qti(QTI2.replace(old, new).encode(), "x.xml")
    assert result.items == ()
    assert reason in result.problems[0].message


def package(**files: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return target.getvalue()


MANIFEST = """<?xml version="1.0"?><manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"><organizations/><resources>
<resource identifier="a" type="imsqti_item_xmlv2p1" href="a.xml"><file href="a.xml"/></resource>
<resource identifier="b" type="imsqti_item_xmlv2p1" href="b.xml"><file href="b.xml"/></resource>
<resource identifier="c" type="webcontent" href="c.jpg"/></resources></manifest>"""


def test_a_package_with_a_missing_file_keeps_the_rest() -> None:
    result = read_qti(package(imsmanifest_xml=MANIFEST, a_xml=QTI2), "x.zip")
    assert len(result.items) == 1
    assert "没有它的文件" in result.problems[0].message


def test_a_package_without_a_manifest_is_refused() -> None:
    with pytest.raises(FormatError, match="imsmanifest"):
        read_qti(package(a_xml=QTI2), "x.zip")
