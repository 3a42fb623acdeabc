"""What still stands in the way of a draft, in the words of the bank's lint."""

from dataclasses import replace
from functools import lru_cache

from question_bank.checks import check_item
from question_bank.model import Item as BankItem
from question_bank.problem import Problem, about
from question_bank.sources import SourceCatalogue, load_sources
from question_bank.taxonomy import TOPICS


def problems_of(content: BankItem) -> list[Problem]:
    """Everything that must be mended before a draft can be checked by others; empty when nothing must."""
    found = (
        []
        if content.topic in TOPICS and content.subtopic in TOPICS[content.topic].subtopics
        else [about(content, "topic", "还没有选主题。请选一个主题和子主题。")]
    )
    if not content.stem.strip():
        return [*found, about(content, "stem", "题干是空的。请写题干。")]
    unreviewed = replace(content, checks=(), checked_on=None)
    return found + check_item(unreviewed, _catalogue())


@lru_cache(maxsize=1)
def _catalogue() -> SourceCatalogue:
    return load_sources()
