"""One item as a QTI assessment item of any version.

Marking is written out where an explanation or reasons are shown after the answer (standard templates set no feedback);
otherwise the standard templates are named. The order of elements is that of the specification: response declarations,
outcome declarations, item body, response processing, modal feedback.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from question_bank.formats.qti.names import CHOSEN, XSI, Version
from question_bank.kinds.blank import GAP
from question_bank.model import ChoiceGrade, Item, ItemKind

WEIGHTS = {ChoiceGrade.BEST: "1", ChoiceGrade.ACCEPTABLE: "0.5", ChoiceGrade.DANGEROUS: "0"}
EXPLANATION = "explanation"


class _Builder:
    """Adds elements in the spelling of one version."""

    def __init__(self, version: Version) -> None:
        self.version = version

    def add(self, parent: Element, name: str, text: str = "", **attributes: str) -> Element:
        found = SubElement(parent, self.version.tag(name), self.version.attributes(attributes))
        if text:
            found.text = text
        return found


def item_element(item: Item, version: Version, identifier: str) -> Element:
    """The assessment item; the caller has seen to it that its kind can be written."""
    build = _Builder(version)
    root = Element(
        version.tag("assessmentItem"),
        version.attributes(
            {
                "identifier": identifier,
                "title": item.id or item.stem[:60],
                "adaptive": "false",
                "timeDependent": "false",
            }
        ),
    )
    root.set("xmlns", version.namespace)
    root.set("xmlns:xsi", XSI)
    root.set("xsi:schemaLocation", f"{version.namespace} {version.schema}")
    root.set("xml:lang", "zh-CN")
    _declare(build, root, item)
    body = build.add(root, "itemBody")
    _BODIES[item.kind](build, body, item)
    _processing(build, root, item)
    if item.explanation:
        feedback = build.add(
            root, "modalFeedback", outcomeIdentifier="FEEDBACK", showHide="show", identifier=EXPLANATION
        )
        _paragraphs(build, build.add(feedback, "contentBody") if version.is_three else feedback, item.explanation)
    return root


def _paragraphs(build: _Builder, parent: Element, text: str) -> None:
    for line in text.split("\n"):
        build.add(parent, "p", line)


def _declare(build: _Builder, root: Element, item: Item) -> None:
    if item.kind is ItemKind.BLANK:
        for number, accepted in enumerate(item.answer_key, 1):
            forms = accepted.split("|")
            _response(build, root, f"RESPONSE_{number}", "single", "string", [forms[0]], dict.fromkeys(forms, "1"))
    elif item.kind is ItemKind.MATCHING:
        pairs = [pair.replace(":", " ") for pair in item.answer_key]
        _response(build, root, "RESPONSE", "multiple", "directedPair", pairs)
    elif item.kind is ItemKind.SCENARIO:
        best = [choice.id for choice in item.choices if choice.grade is ChoiceGrade.BEST]
        weights = {choice.id: WEIGHTS[choice.grade] for choice in item.choices if choice.grade}
        _response(build, root, "RESPONSE", "single", "identifier", best, weights)
    else:
        cardinality = {ItemKind.MULTIPLE: "multiple", ItemKind.ORDERING: "ordered"}.get(item.kind, "single")
        _response(build, root, "RESPONSE", cardinality, "identifier", list(item.answer_key))
    score = build.add(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    build.add(build.add(score, "defaultValue"), "value", "0")
    if item.explanation:
        build.add(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier")
    if item.kind is ItemKind.SCENARIO:
        build.add(root, "outcomeDeclaration", identifier=CHOSEN, cardinality="single", baseType="identifier")


def _response(
    build: _Builder, root: Element, identifier: str, cardinality: str, base_type: str, correct: list[str],
    mapping: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    found = build.add(
        root, "responseDeclaration", identifier=identifier, cardinality=cardinality, baseType=base_type
    )  # fmt: skip
    values = build.add(found, "correctResponse")
    for one in correct:
        build.add(values, "value", one)
    if mapping:
        table = build.add(found, "mapping", defaultValue="0")
        for key, mapped in mapping.items():
            entry = build.add(table, "mapEntry", mapKey=key, mappedValue=mapped)
            if base_type == "string":
                entry.set(build.version.attribute("caseSensitive"), "false")


def _choice_body(build: _Builder, body: Element, item: Item) -> None:
    is_verdict = item.kind is ItemKind.TRUE_FALSE
    most = "0" if item.kind is ItemKind.MULTIPLE else "1"
    interaction = build.add(
        body,
        "choiceInteraction",
        responseIdentifier="RESPONSE",
        shuffle="false" if is_verdict else "true",
        maxChoices=most,
    )
    build.add(interaction, "prompt", item.stem)
    for choice in item.choices:
        found = build.add(interaction, "simpleChoice", choice.text, identifier=choice.id)
        if is_verdict:
            found.set("fixed", "true")
        if choice.reason:
            build.add(
                found,
                "feedbackInline",
                choice.reason,
                outcomeIdentifier=CHOSEN,
                showHide="show",
                identifier=choice.id,
            )


def _order_body(build: _Builder, body: Element, item: Item) -> None:
    interaction = build.add(body, "orderInteraction", responseIdentifier="RESPONSE", shuffle="true")
    build.add(interaction, "prompt", item.stem)
    for choice in item.choices:
        build.add(interaction, "simpleChoice", choice.text, identifier=choice.id)


def _match_body(build: _Builder, body: Element, item: Item) -> None:
    interaction = build.add(
        body, "matchInteraction", responseIdentifier="RESPONSE", shuffle="true", maxAssociations=str(len(item.choices))
    )
    build.add(interaction, "prompt", item.stem)
    for side in (item.choices, item.targets):
        group = build.add(interaction, "simpleMatchSet")
        for one in side:
            build.add(group, "simpleAssociableChoice", one.text, identifier=one.id, matchMax="1")


def _blank_body(build: _Builder, body: Element, item: Item) -> None:
    first, *rest = item.stem.split(GAP)
    paragraph = build.add(body, "p", first)
    for number, text in enumerate(rest, 1):
        entry = build.add(
            paragraph, "textEntryInteraction", responseIdentifier=f"RESPONSE_{number}", expectedLength="20"
        )
        entry.tail = text


_BODIES = {
    ItemKind.SINGLE: _choice_body,
    ItemKind.MULTIPLE: _choice_body,
    ItemKind.TRUE_FALSE: _choice_body,
    ItemKind.SCENARIO: _choice_body,
    ItemKind.ORDERING: _order_body,
    ItemKind.MATCHING: _match_body,
    ItemKind.BLANK: _blank_body,
}


def _processing(build: _Builder, root: Element, item: Item) -> None:
    is_mapped = item.kind is ItemKind.SCENARIO
    is_plain = not item.explanation and item.kind not in (ItemKind.SCENARIO, ItemKind.BLANK)
    if is_plain:
        build.add(root, "responseProcessing", template=build.version.templates % "match_correct")
        return
    processing = build.add(root, "responseProcessing")
    if is_mapped:
        score = build.add(processing, "setOutcomeValue", identifier="SCORE")
        build.add(score, "mapResponse", identifier="RESPONSE")
        chosen = build.add(processing, "setOutcomeValue", identifier=CHOSEN)
        build.add(chosen, "variable", identifier="RESPONSE")
    else:
        _all_or_nothing(build, processing, item)
    if item.explanation:
        shown = build.add(processing, "setOutcomeValue", identifier="FEEDBACK")
        build.add(shown, "baseValue", EXPLANATION, baseType="identifier")


def _all_or_nothing(build: _Builder, processing: Element, item: Item) -> None:
    condition = build.add(processing, "responseCondition")
    if_right = build.add(condition, "responseIf")
    if item.kind is ItemKind.BLANK:
        both = build.add(if_right, "and") if len(item.answer_key) > 1 else if_right
        for number in range(1, len(item.answer_key) + 1):
            equal = build.add(both, "equal", toleranceMode="exact")
            build.add(equal, "mapResponse", identifier=f"RESPONSE_{number}")
            build.add(equal, "baseValue", "1", baseType="float")
    else:
        match = build.add(if_right, "match")
        build.add(match, "variable", identifier="RESPONSE")
        build.add(match, "correct", identifier="RESPONSE")
    for branch, points in ((if_right, "1"), (build.add(condition, "responseElse"), "0")):
        score = build.add(branch, "setOutcomeValue", identifier="SCORE")
        build.add(score, "baseValue", points, baseType="float")
