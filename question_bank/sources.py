"""What an item may cite, read from sources.toml, and how a citation is shown to people.

Citations: `law:drug-control:art-62:para-2` · `law:criminal:art-133-1` · `doc:000:q4` · `doc:001` · `fact:FL-15`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).with_name("sources.toml")

CITABLE_GRADES = ("法", "报", "A", "B")

_LAW = re.compile(r"law:([a-z0-9-]+):art-(\d+(?:-\d+)?)(?::para-(\d+))?")
_DOC = re.compile(r"doc:(\d{3})(?::q(\d+))?")
_FACT = re.compile(r"fact:([A-Z]{2}-\d{2})")
_DIGITS = "零一二三四五六七八九"


class BadCitation(ValueError):
    """A citation that leads nowhere or may not be used; the message is Chinese and says why."""


@dataclass(frozen=True)
class Source:
    """A citation that holds: `display` is what readers see, `title` names the law, document or fact."""

    citation: str
    kind: str  # law | doc | fact
    title: str
    display: str


class SourceCatalogue:
    """All laws, documents and facts of sources.toml; reading it once serves a whole lint."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.laws: dict[str, Mapping[str, Any]] = {law["slug"]: law for law in data["law"]}
        self.documents: dict[str, Mapping[str, Any]] = {doc["code"]: doc for doc in data["document"]}
        self.facts: dict[str, Mapping[str, Any]] = data["fact"]

    def resolve(self, citation: str) -> Source:
        """The source behind a citation.

        Raises BadCitation when its form is unknown, its target does not exist, the law is superseded or the grade
        of the fact may not be cited.
        """
        for pattern, find in ((_LAW, self._law), (_DOC, self._document), (_FACT, self._fact)):
            if found := pattern.fullmatch(citation):
                return find(citation, *found.groups())
        raise BadCitation(f"出处 {citation!r} 写法不对。可写 law:…:art-2、doc:000:q4、fact:FL-15")

    def _law(self, citation: str, slug: str, article: str, paragraph: str | None) -> Source:
        law = self.laws.get(slug)
        if law is None:
            raise BadCitation(f"没有登记法规 {slug}")
        if law["status"] == "superseded":
            raise BadCitation(f"《{law['name']}》已被取代，请改引 {law['replaced_by']}")
        if law["status"] == "amended":
            raise BadCitation(f"《{law['name']}》已经修改，新文本还没有登记，不能引用")
        if article not in _articles(law):
            raise BadCitation(f"《{law['name']}》没有{article_name(article)}的文本，不能引用")
        if paragraph is not None:
            _check_paragraph(law, article, int(paragraph))
        place = article_name(article) + (f"第{chinese_number(int(paragraph))}款" if paragraph else "")
        return Source(citation, "law", law["name"], f"《{law['name']}》{place}")

    def _document(self, citation: str, code: str, question: str | None) -> Source:
        document = self.documents.get(code)
        if document is None:
            raise BadCitation(f"没有登记文件 {code}")
        if question is None:
            where = f"{document['place']}，{document['year']}年"
            return Source(citation, "doc", document["title"], f"《{document['title']}》（{where}）")
        if not 1 <= int(question) <= document.get("questions", 0):
            raise BadCitation(f"文件 {code} 没有第{question}问")
        where = f"{document['questions_in']}，{document['year']}年"
        display = f"{document['questions_title']} 第{int(question)}问（{where}）"
        return Source(citation, "doc", document["title"], display)

    def citable(self) -> list[Source]:
        """Everything that may be cited: articles of laws in force (not their paragraphs), documents, facts."""
        articles = [
            f"law:{slug}:art-{number}"
            for slug, law in self.laws.items()
            if law["status"] == "current"
            for number in sorted(_articles(law), key=lambda name: [int(part) for part in name.split("-")])
        ]
        documents = [f"doc:{code}" for code in self.documents]
        facts = [f"fact:{code}" for code, fact in self.facts.items() if fact["grade"] in CITABLE_GRADES]
        return [self.resolve(citation) for citation in (*articles, *documents, *facts)]

    def _fact(self, citation: str, code: str) -> Source:
        fact = self.facts.get(code)
        if fact is None:
            raise BadCitation(f"没有登记事实 {code}")
        if fact["grade"] not in CITABLE_GRADES:
            raise BadCitation(f"事实 {code} 的依据是“{fact['grade']}”级，不能引用，请换可靠的出处")
        return Source(citation, "fact", fact["text"], f"事实清单 {code}：{fact['text']}")


def load_sources(path: Path = SOURCES) -> SourceCatalogue:
    """The catalogue in sources.toml."""
    return SourceCatalogue(tomllib.loads(path.read_text(encoding="utf-8")))


def article_name(article: str) -> str:
    """Name of an article: "62" -> 第六十二条, "133-1" -> 第一百三十三条之一."""
    number, _, suffix = article.partition("-")
    return f"第{chinese_number(int(number))}条" + (f"之{chinese_number(int(suffix))}" if suffix else "")


def chinese_number(number: int) -> str:
    """A whole number from 1 to 999 as laws write it: 15 -> 十五, 105 -> 一百零五, 110 -> 一百一十."""
    if not 1 <= number <= 999:
        raise ValueError(f"no Chinese form for {number}")
    hundreds, rest = divmod(number, 100)
    tens, units = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and units:
        text += "零"
    return text + (_DIGITS[units] if units else "")


def _articles(law: Mapping[str, Any]) -> set[str]:
    """Every article that may be cited, as text."""
    known: set[str] = set()
    for entry in law["articles"]:
        if isinstance(entry, str):
            known.add(entry)
        else:
            known.update(str(number) for number in range(entry[0], entry[1] + 1))
    return known


def _check_paragraph(law: Mapping[str, Any], article: str, paragraph: int) -> None:
    if "paragraphs" not in law:
        raise BadCitation(f"《{law['name']}》只有要旨或摘录，请只写到条，不写款")
    count = law["paragraphs"].get(article, 1)
    if not 1 <= paragraph <= count:
        raise BadCitation(f"《{law['name']}》{article_name(article)}只有{count}款，没有第{paragraph}款")
