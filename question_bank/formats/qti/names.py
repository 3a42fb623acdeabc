"""How the three versions of QTI spell the same things.

Names, namespaces and templates follow the published examples of the standard's own organisation (repository
1EdTech/qti-examples: QTI3_BPIG_Examples, QTI3_BeginnersGuide_Examples, BeginnersGuideExamples) and the addresses in use
for 2.1 and 2.2. In version 3 every element is `qti-` and kebab-case, attributes are kebab-case too.
"""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

XSI = "http://www.w3.org/2001/XMLSchema-instance"
LOM = "http://ltsc.ieee.org/xsd/LOM"
CHOSEN = "CHOSEN"  # the outcome in which our scenarios keep what was chosen, to show its reason
_HTML = frozenset({"p", "div", "span", "br"})


@dataclass(frozen=True)
class Version:
    """One version: its namespaces, schema addresses, and what a package calls an item."""

    code: str
    name: str
    namespace: str
    schema: str
    package: str
    package_schema: str
    schema_version: str
    resource_type: str
    templates: str  # "…/%s", with the template's name

    @property
    def is_three(self) -> bool:
        return self.code == "qti30"

    def tag(self, name: str) -> str:
        """An element's name; the namespace is declared once, at the root."""
        return f"qti-{kebab(name)}" if self.is_three and name not in _HTML else name

    def attribute(self, name: str) -> str:
        """An attribute's name as the version spells it."""
        return kebab(name) if self.is_three else name

    def attributes(self, values: dict[str, str]) -> dict[str, str]:
        """Attributes as the version spells them."""
        return {self.attribute(name): value for name, value in values.items()}


V21 = Version(
    "qti21", "QTI 2.1", "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd", "http://www.imsglobal.org/xsd/imscp_v1p1",
    "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd", "2.1", "imsqti_item_xmlv2p1",
    "http://www.imsglobal.org/question/qti_v2p1/rptemplates/%s",
)  # fmt: skip
V22 = Version(
    "qti22", "QTI 2.2", "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd", "http://www.imsglobal.org/xsd/imscp_v1p1",
    "http://www.imsglobal.org/xsd/qti/qtiv2p2/qtiv2p2_imscpv1p2_v1p0.xsd", "2.2", "imsqti_item_xmlv2p2",
    "http://www.imsglobal.org/question/qti_v2p2/rptemplates/%s",
)  # fmt: skip
V30 = Version(
    "qti30", "QTI 3.0", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0p1_v1p0.xsd",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd", "3.0.1",
    "imsqti_item_xmlv3p0", "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/%s.xml",
)  # fmt: skip
VERSIONS = (V21, V22, V30)


def kebab(name: str) -> str:
    """responseDeclaration → response-declaration."""
    return re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)


def camel(name: str) -> str:
    """response-declaration → responseDeclaration; a name without hyphens stays."""
    return re.sub(r"-([a-z])", lambda found: found[1].upper(), name)


def local(element: Element) -> str:
    """An element's name as version 2 spells it, without namespace."""
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    return camel(name.removeprefix("qti-")) if name.startswith("qti-") else name


def value(element: Element, name: str, default: str = "") -> str:
    """An attribute by its version 2 name."""
    return element.get(name) or element.get(kebab(name)) or default


def children(element: Element, name: str) -> list[Element]:
    """Direct children of a name."""
    return [child for child in element if local(child) == name]


def descendants(element: Element, name: str) -> list[Element]:
    """All elements of a name below another."""
    return [child for child in element.iter() if local(child) == name]
