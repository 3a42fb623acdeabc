"""Citations in words: for staff every one of them, for pupils the laws and documents that they may look up."""

from collections.abc import Iterable
from functools import lru_cache

from question_bank.sources import BadCitation, Source, SourceCatalogue, load_sources


def for_staff(citations: Iterable[str]) -> list[str]:
    """Every citation as readers see it; one that the catalogue no longer knows is shown as it was written."""
    return [source.display if (source := _resolve(citation)) else citation for citation in citations]


def display(citation: str) -> str:
    """One citation in words; empty when it leads nowhere."""
    source = _resolve(citation.strip())
    return source.display if source else ""


def for_pupils(citations: Iterable[str]) -> list[str]:
    """Laws and documents; where an item rests on facts alone, the facts themselves. Unknown ones are left out."""
    known = [source for citation in citations if (source := _resolve(citation))]
    named = [source.display for source in known if source.kind != "fact"]
    return named or [source.title for source in known]


@lru_cache(maxsize=1)
def citable() -> list[Source]:
    """Everything that an item may cite, for the editor to choose from."""
    return _catalogue().citable()


def _resolve(citation: str) -> Source | None:
    """The source of a citation, None when its law has been superseded or its fact withdrawn since."""
    try:
        return _catalogue().resolve(citation)
    except BadCitation:
        return None


@lru_cache(maxsize=1)
def _catalogue() -> SourceCatalogue:
    return load_sources()
