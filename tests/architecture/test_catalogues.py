"""English is complete: every text of the program is in the catalogue, translated, with the same placeholders."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "quiz/translations/en/LC_MESSAGES/messages.po"
COLLECTION = (ROOT / "deploy/translations.sh").read_text(encoding="utf-8")
KEYWORDS = {**DEFAULT_KEYWORDS, **dict.fromkeys(re.findall(r"-k (\w+)", COLLECTION))}
PLACEHOLDER = re.compile(r"%\(\w+\)0?\d?[sd]|%%|\{\w+\}")
QUOTED = re.compile(r"“[^”]*”|‘[^’]*’|《[^》]*》")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(BytesIO(PO.read_bytes()), locale="en")


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """All msgids of the program, found as ``make translations`` finds them."""
    with (ROOT / "deploy/babel.cfg").open(encoding="utf-8") as mapping:
        method_map, options_map = parse_mapping_cfg(mapping)
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
    """Only words that must be typed as they are (headings and values of a table) may be quoted, as the msgid does."""
    for message in catalogue:
        if not message.id:
            continue
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        for string in _strings(message):
            quoted = [one[1:-1] for one in QUOTED.findall(string) if CHINESE.search(one)]
            assert not CHINESE.search(QUOTED.sub("", string)), string
            assert [one for one in quoted if one not in source] == [], string


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string,)
