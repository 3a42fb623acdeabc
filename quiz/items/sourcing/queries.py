"""Reads of the sources that items cite."""

from functools import lru_cache

from question_bank.sources import SourceCatalogue, load_sources


@lru_cache(maxsize=1)
def catalogue() -> SourceCatalogue:
    """Everything that may be cited."""
    return load_sources()
