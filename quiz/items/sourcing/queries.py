"""Reads of the sources that items cite, with how many items rest on each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from question_bank.sources import SourceCatalogue, article_name, load_sources
from quiz.errors import NotFoundError
from quiz.items import catalogue as bank_catalogue


@lru_cache(maxsize=1)
def sources() -> SourceCatalogue:
    """Everything that may be cited."""
    return load_sources()


@dataclass(frozen=True)
class LawLine:
    """A law with the number of published items that cite it."""

    slug: str
    law: Mapping[str, Any]
    items: int


@dataclass(frozen=True)
class ArticleLine:
    """An article of a law ("62", "133-1") with the number of published items that cite it."""

    article: str
    name: str
    items: int


@dataclass(frozen=True)
class FactGroup:
    """The facts on one topic, by code."""

    topic: str
    facts: Mapping[str, Mapping[str, Any]]


#: The first two letters of a fact's code, the initials of its topic's Chinese name → topic.
FACT_TOPICS = {
    "FZ": "policy", "FL": "law", "LS": "history", "CS": "knowledge", "WH": "harm", "KF": "recovery", "JQ": "refusal",
    "XS": "situation",
}  # fmt: skip


def by_topic(facts: Mapping[str, Mapping[str, Any]]) -> list[FactGroup]:
    """Facts in groups of one topic; empty groups are left out."""
    groups = [
        FactGroup(topic, {code: fact for code, fact in facts.items() if code[:2] == initials})
        for initials, topic in FACT_TOPICS.items()
    ]
    return [group for group in groups if group.facts]


def law_lines(session: Session) -> list[LawLine]:
    """Laws in the order of the catalogue."""
    counts = Counter(slug for cited in _cited(session) for slug in {one.split(":")[1] for one in cited if _is_law(one)})
    return [LawLine(slug, law, counts[slug]) for slug, law in sources().laws.items()]


def get_law(slug: str) -> Mapping[str, Any]:
    """A law's entry; NotFoundError if there is none."""
    law = sources().laws.get(slug)
    if law is None:
        raise NotFoundError("出处目录里没有这部法规。")
    return law


def article_lines(session: Session, slug: str) -> list[ArticleLine]:
    """The articles of a law that published items cite, in order."""
    counts = Counter(
        article
        for cited in _cited(session)
        for article in {one.split(":")[2].removeprefix("art-") for one in cited if one.startswith(f"law:{slug}:")}
    )
    order = sorted(counts, key=lambda article: [int(part) for part in article.split("-")])
    return [ArticleLine(article, article_name(article), counts[article]) for article in order]


def fact_counts(session: Session) -> Counter[str]:
    """How many published items cite each document ("doc:000") and fact ("fact:FL-15")."""
    return Counter(
        name
        for cited in _cited(session)
        for name in {":".join(one.split(":")[:2]) for one in cited if not _is_law(one)}
    )


def _is_law(citation: str) -> bool:
    return citation.startswith("law:")


def _cited(session: Session) -> list[tuple[str, ...]]:
    bank = bank_catalogue.load(session)
    return [bank.get(session, one.item_id, one.version).sources for one in bank.published.values()]
