"""Texts of other systems as plain text: tags gone, entities decoded, paragraphs and <br> as line breaks."""

import re
from html.parser import HTMLParser

from question_bank.formats.words import tidy

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table"})
_HIDDEN = frozenset({"script", "style", "head", "title"})
_MEDIA = frozenset({"img", "audio", "video", "object", "embed", "iframe", "svg", "math", "canvas"})


class HasMedia(ValueError):
    """A text that says nothing without a picture, sound or formula."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.has_media = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.has_media = self.has_media or tag in _MEDIA
        self.hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in _HIDDEN and self.hidden > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def plain(text: str) -> str:
    """HTML as plain text. Raises HasMedia where something would be lost that cannot be written as text."""
    if "<" not in text and "&" not in text:
        return tidy(text)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.has_media:
        raise HasMedia("有图片、声音或公式")
    return re.sub(r"\n{2,}", "\n", tidy("".join(reader.parts))).strip("\n")
