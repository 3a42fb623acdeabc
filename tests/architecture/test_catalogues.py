"""English is complete: every text of the program is in the catalogue, translated, with the same placeholders."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "quiz/translations/en/LC_MESSAGES/messages.po"
KEYWORDS = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2),
    "DomainError": None, "NotFoundError": None, "ForbiddenError": None, "ConflictError": None, "BusyError": None,
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd0-9]|%%")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(BytesIO(PO.read_bytes()), locale="en")


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """All msgids of the program, found as ``make translations`` finds them."""
    method_map, options_map = parse_mapping((ROOT / "deploy/babel.cfg").open(encoding="utf-8"))
    found = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT), method_map=method_map, options_map=options_map, keywords=KEYWORDS,
        directory_filter=lambda path: not Path(path).name.startswith(".") and Path(path).name not in {"instance", "tests"},
    ):  # fmt: skip
        found.add(message[0] if isinstance(message, tuple) else message)
    return found


def test_the_catalogue_holds_every_text(catalogue: Catalog, texts: set[str]) -> None:
    known = {message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogue if message.id}
    assert texts - known == set(), "run: make translations"
    assert known - texts == set(), "texts that the program no longer has; run: make translations"


def test_every_text_is_translated(catalogue: Catalog) -> None:
    missing = [message.id for message in catalogue if message.id and not all(_strings(message))]
    assert missing == []
    assert not [message.id for message in catalogue if message.id and message.fuzzy]


def test_placeholders_are_the_same(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(message.id[0] if isinstance(message.id, tuple) else message.id))
        for string in _strings(message):
            assert set(PLACEHOLDER.findall(string)) == wanted, message.id


def test_no_chinese_is_left_in_english(catalogue: Catalog) -> None:
    left = [m.id for m in catalogue if m.id and any(re.search(r"[\u4e00-\u9fff]", s) for s in _strings(m))]
    allowed = [i for i in left if re.search(r"清源|中文|青海|禁毒", str(i))]
    assert [i for i in left if i not in allowed] == []


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string,)
