"""Exports follow the structure of the published examples of QTI (1EdTech/qti-examples), element by element.

The schemas of the standard could be had neither from PyPI nor from npm, so this checks what they would: which elements
stand where, in which order, with which attributes, and that identifiers refer to something.
"""

from xml.etree.ElementTree import Element, fromstring

import pytest

from question_bank.formats.qti.names import VERSIONS, Version, camel, local
from question_bank.formats.qti.package import MANIFEST, write
from question_bank.formats.safety import open_zip
from question_bank.loader import load_bank
from tests.unit.question_bank.examples import EVERY_KIND

#: Element → the children that it may have, in their order ("text" where it may hold text).
CHILDREN = {
    "assessmentItem": ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"],
    "responseDeclaration": ["correctResponse", "mapping"],
    "correctResponse": ["value"],
    "mapping": ["mapEntry"],
    "outcomeDeclaration": ["defaultValue"],
    "defaultValue": ["value"],
    "itemBody": ["p", "choiceInteraction", "orderInteraction", "matchInteraction"],
    "choiceInteraction": ["prompt", "simpleChoice"],
    "orderInteraction": ["prompt", "simpleChoice"],
    "matchInteraction": ["prompt", "simpleMatchSet"],
    "simpleMatchSet": ["simpleAssociableChoice"],
    "simpleChoice": ["feedbackInline", "text"],
    "p": ["textEntryInteraction", "text"],
    "responseProcessing": ["setOutcomeValue", "responseCondition", "setOutcomeValue"],
    "responseCondition": ["responseIf", "responseElse"],
    "responseIf": ["match", "and", "equal", "setOutcomeValue"],
    "responseElse": ["setOutcomeValue"],
    "and": ["equal"],
    "equal": ["mapResponse", "baseValue"],
    "match": ["variable", "correct"],
    "setOutcomeValue": ["mapResponse", "variable", "baseValue"],
    "modalFeedback": ["contentBody", "p"],
    "contentBody": ["p"],
}
TEXT = {"value", "prompt", "feedbackInline", "simpleAssociableChoice", "baseValue"}
ATTRIBUTES = {
    "assessmentItem": {"identifier", "title", "adaptive", "timeDependent"},
    "responseDeclaration": {"identifier", "cardinality", "baseType"},
    "outcomeDeclaration": {"identifier", "cardinality", "baseType"},
    "mapEntry": {"mapKey", "mappedValue"},
    "choiceInteraction": {"responseIdentifier", "shuffle", "maxChoices"},
    "orderInteraction": {"responseIdentifier", "shuffle"},
    "matchInteraction": {"responseIdentifier", "shuffle", "maxAssociations"},
    "textEntryInteraction": {"responseIdentifier", "expectedLength"},
    "simpleChoice": {"identifier"},
    "simpleAssociableChoice": {"identifier", "matchMax"},
    "feedbackInline": {"outcomeIdentifier", "showHide", "identifier"},
    "modalFeedback": {"outcomeIdentifier", "showHide", "identifier"},
    "setOutcomeValue": {"identifier"},
    "mapResponse": {"identifier"},
    "variable": {"identifier"},
    "correct": {"identifier"},
    "baseValue": {"baseType"},
    "equal": {"toleranceMode"},
}
VERSION = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.code)


def faults(element: Element) -> list[str]:
    """What is wrong below an element."""
    name = local(element)
    allowed = CHILDREN.get(name, [])
    found, place = [], 0
    for child in element:
        rest = allowed[place:]
        if local(child) not in rest:
            found.append(f"{local(child)} may not stand here in {name}")
        else:
            place += rest.index(local(child))
    if (element.text or "").strip() and name not in TEXT and "text" not in allowed:
        found.append(f"text in {name}")
    given = {camel(one) for one in element.attrib if "}" not in one}
    missing = ATTRIBUTES.get(name, set()) - given
    found += [f"{name} lacks {one}" for one in missing]
    return found + [fault for child in element for fault in faults(child)]


def files(version: Version) -> dict[str, Element]:
    entries = open_zip(write([*load_bank(), *EVERY_KIND], version).data)
    return {name: fromstring(content) for name, content in entries.items()}


@VERSION
def test_every_item_has_the_structure_of_the_published_examples(version: Version) -> None:
    found = files(version)
    wrong = {name: faults(root) for name, root in found.items() if name != MANIFEST and faults(root)}
    assert wrong == {}
    assert all(root.tag.startswith(f"{{{version.namespace}}}") for name, root in found.items() if name != MANIFEST)


@VERSION
def test_answers_and_feedback_refer_to_what_is_declared(version: Version) -> None:
    for name, root in files(version).items():
        if name == MANIFEST:
            continue
        everything = list(root.iter())
        declared = {one.get("identifier") for one in everything if local(one).endswith("Declaration")}
        used = {
            value
            for one in everything
            for key, value in one.attrib.items()
            if camel(key) in {"responseIdentifier", "outcomeIdentifier"}
        }
        assert used <= declared, name
        choices = {
            one.get("identifier") for one in everything if local(one) in {"simpleChoice", "simpleAssociableChoice"}
        }
        if choices:
            correct = {
                part
                for one in everything
                if local(one) == "value" and one.text and one.text != "0"
                for part in one.text.split()
            }
            assert correct <= choices, name


@VERSION
def test_the_manifest_lists_every_file_once(version: Version) -> None:
    found = files(version)
    resources = [one for one in found[MANIFEST].iter() if local(one) == "resource"]
    assert {one.get("href") for one in resources} == set(found) - {MANIFEST}
    assert {one.get("type") for one in resources} == {version.resource_type}
    assert len({one.get("identifier") for one in resources}) == len(resources)
