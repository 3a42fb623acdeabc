"""QTI 2.1, 2.2 and 3.0: content packages out, packages and single items in."""

from collections.abc import Callable, Sequence

from question_bank.formats.base import FIELDS, Format, Written
from question_bank.formats.qti.names import VERSIONS, Version
from question_bank.formats.qti.package import read, write
from question_bank.model import Item, ItemKind


def _writer(version: Version) -> Callable[[Sequence[Item]], Written]:
    return lambda items: write(items, version)


FORMATS = tuple(
    Format(
        code=version.code,
        name=f"{version.name} 题目包",
        extension="zip",
        media_type="application/zip",
        kinds=frozenset(ItemKind),
        fields=frozenset(FIELDS),
        write=_writer(version),
        read=read,
    )
    for version in VERSIONS
)
