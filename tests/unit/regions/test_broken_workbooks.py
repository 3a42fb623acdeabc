"""Files with wrong or missing bytes are read or refused with a remedy; they never break the program."""

import random
from collections.abc import Callable

import pytest

from quiz.errors import DomainError
from quiz.regions.tables import read_tables
from tests.sheets import xls_file, xlsx_file

ROWS = [["学号", "姓名", "班级"], *[[f"2024{number:04d}", "张三", "初二1班"] for number in range(30)]]
Break = Callable[[bytes, random.Random], bytes]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Up to six bytes after the signature are others."""
    broken = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        broken[rng.randrange(8, len(broken))] = rng.randrange(256)
    return bytes(broken)


def cut(data: bytes, rng: random.Random) -> bytes:
    """Only the beginning arrived."""
    return data[: rng.randrange(8, len(data))]


@pytest.mark.parametrize("make", [xlsx_file, xls_file])
@pytest.mark.parametrize("breaks", [flipped, cut])
def test_broken_files_are_refused_not_fatal(make: Callable[[object], bytes], breaks: Break) -> None:
    data, rng, refused = make(ROWS), random.Random(626), 0
    for _ in range(15):
        try:
            read_tables(breaks(data, rng), "名册.xlsx")
        except DomainError as error:
            assert error.field == "file"
            refused += 1
    assert refused > 0


def test_a_file_that_claims_all_memory_ends_only_its_reader() -> None:
    """Whichever two bytes of an old workbook are at their largest."""
    data, rng = xls_file(ROWS), random.Random(1)
    start = data.index("学号".encode("utf-16-le")) - 200
    for place in rng.sample(range(start, start + 400), 6):
        with_claim = data[:place] + b"\xff\xff\xff\x7f" + data[place + 4 :]
        try:
            read_tables(with_claim, "名册.xls")
        except DomainError as error:
            assert error.field == "file"
