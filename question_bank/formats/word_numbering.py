"""The numbers that Word puts before paragraphs of a list: they stand in no text, but authors read them as "1." and "A."."""

from collections import defaultdict
from typing import Any

from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

_CHINESE = "零一二三四五六七八九十"


class Numbering:
    """Counts through a document's lists in the order of its paragraphs."""

    def __init__(self, document: DocxDocument) -> None:
        self._levels = _levels(document)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._of_style: dict[str | None, Any] = {}  # a style is looked up once: Word's list of styles is long

    def next(self, paragraph: Paragraph) -> str:
        """What Word shows before this paragraph ("1. ", "A. "); empty where it shows nothing or a bullet."""
        found = self._place(paragraph)
        if found is None or found not in self._levels:
            return ""
        list_id, level = found
        counts = self._counts[list_id]
        form, text, start = self._levels[found]
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        if form == "bullet":
            return ""
        shown = text
        for one in range(level + 1):
            other = self._levels.get((list_id, one), (form, "", 1))
            shown = shown.replace(f"%{one + 1}", _number(counts.get(one, other[2]), other[0]))
        return f"{shown} " if shown else ""

    def _place(self, paragraph: Paragraph) -> tuple[str, int] | None:
        """(list id, level) of a paragraph, by itself or by its style."""
        style = paragraph._p.style
        if style not in self._of_style:
            self._of_style[style] = _style_properties(paragraph)
        for properties in (paragraph._p.pPr, self._of_style[style]):
            number = None if properties is None else properties.find(qn("w:numPr"))
            if number is None or number.find(qn("w:numId")) is None:
                continue
            level = number.find(qn("w:ilvl"))
            return number.find(qn("w:numId")).get(qn("w:val")), int(level.get(qn("w:val")) if level is not None else 0)
        return None


def _style_properties(paragraph: Paragraph) -> Any:
    style = paragraph.style
    return None if style is None else style.element.find(qn("w:pPr"))


def _levels(document: DocxDocument) -> dict[tuple[str, int], tuple[str, str, int]]:
    """(list id, level) → (format, text such as "%1.", first number)."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract = {
        one.get(qn("w:abstractNumId")): [_level(level) for level in one.findall(qn("w:lvl"))]
        for one in root.findall(qn("w:abstractNum"))
    }
    found = {}
    for number in root.findall(qn("w:num")):
        target = number.find(qn("w:abstractNumId"))
        if target is None:
            continue
        for level, form, text, start in abstract.get(target.get(qn("w:val")), []):
            found[number.get(qn("w:numId")), level] = (form, text, start)
    return found


def _level(level: Any) -> tuple[int, str, str, int]:
    def value(name: str, default: str) -> str:
        found = level.find(qn(name))
        return default if found is None else str(found.get(qn("w:val"), default))

    return (
        int(level.get(qn("w:ilvl"))),
        value("w:numFmt", "decimal"),
        value("w:lvlText", ""),
        int(value("w:start", "1")),
    )


def _number(value: int, form: str) -> str:
    if form in {"upperLetter", "lowerLetter"}:
        letter = chr(ord("A") + (value - 1) % 26)
        return letter if form == "upperLetter" else letter.lower()
    if form.startswith(("chinese", "japanese", "ideograph", "taiwanese")) and 1 <= value <= 19:
        return _CHINESE[value] if value <= 10 else f"十{_CHINESE[value - 10]}"
    return str(value)
