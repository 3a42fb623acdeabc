"""Read a QR code off a printed page, as a camera would: from the drawn path to the text.

Versions 2 to 6, byte mode, an undamaged print (nothing to correct). Only the table of block sizes comes from the
library that draws the codes; everything else is read from the picture.
"""

import re
from collections.abc import Callable, Iterator

from segno import consts

QUIET_ZONE = 4
FORMAT_MASK = 0b101010000010010
MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda x, y: (x + y) % 2 == 0,
    lambda x, y: y % 2 == 0,
    lambda x, y: x % 3 == 0,
    lambda x, y: (x + y) % 3 == 0,
    lambda x, y: (x // 3 + y // 2) % 2 == 0,
    lambda x, y: x * y % 2 + x * y % 3 == 0,
    lambda x, y: (x * y % 2 + x * y % 3) % 2 == 0,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2 == 0,
)
LEVELS = (
    consts.ERROR_LEVEL_M, consts.ERROR_LEVEL_L, consts.ERROR_LEVEL_H, consts.ERROR_LEVEL_Q,
)  # fmt: skip


def read_qr(path: str, size: int) -> str:
    """The text of a code drawn as runs ``M<x> <y>h<length>v1…`` in a square of ``size`` with its quiet zone."""
    edge = size - 2 * QUIET_ZONE
    version = (edge - 17) // 4
    assert 2 <= version <= 6, f"version {version}: its alignment patterns are not known here"
    dark = _dark_modules(path)
    level, mask = _format(dark)
    bits = [((x, y) in dark) != MASKS[mask](x, y) for x, y in _data_modules(edge)]
    words = [_number(bits[start : start + 8]) for start in range(0, len(bits) - 7, 8)]
    return _text(_one_after_another(words, version, level))


def _dark_modules(path: str) -> set[tuple[int, int]]:
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1", path)
    return {
        (x - QUIET_ZONE, int(row) - QUIET_ZONE)
        for start, row, length in runs
        for x in range(int(start), int(start) + int(length))
    }


def _format(dark: set[tuple[int, int]]) -> tuple[int, int]:
    """Error level (as the library numbers it) and mask, from the fifteen bits beside the upper left finder."""
    along = [(x, 8) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(8, y) for y in (7, 5, 4, 3, 2, 1, 0)]
    value = _number([module in dark for module in along]) ^ FORMAT_MASK
    return LEVELS[value >> 13], value >> 10 & 7


def _data_modules(edge: int) -> Iterator[tuple[int, int]]:
    """The modules that carry data, in their order: pairs of columns from the right, upwards and downwards in turn."""
    right, is_upward = edge - 1, True
    while right > 0:
        if right == 6:  # the column of the timing pattern
            right = 5
        for step in range(edge):
            y = edge - 1 - step if is_upward else step
            yield from ((x, y) for x in (right, right - 1) if not _is_pattern(x, y, edge))
        right, is_upward = right - 2, not is_upward


def _is_pattern(x: int, y: int, edge: int) -> bool:
    is_finder = (x < 9 and y < 9) or (x >= edge - 8 and y < 9) or (x < 9 and y >= edge - 8)
    is_alignment = abs(x - (edge - 7)) <= 2 and abs(y - (edge - 7)) <= 2
    return is_finder or is_alignment or x == 6 or y == 6


def _one_after_another(words: list[int], version: int, level: int) -> list[int]:
    """The data words of all blocks; in the picture the blocks take turns."""
    sizes = [one.num_data for one in consts.ECC[version][level] for _ in range(one.num_blocks)]
    blocks: list[list[int]] = [[] for _ in sizes]
    stream = iter(words)
    for place in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if place < size:
                block.append(next(stream))
    return [word for block in blocks for word in block]


def _text(words: list[int]) -> str:
    bits = [bool(word >> place & 1) for word in words for place in range(7, -1, -1)]
    assert _number(bits[:4]) == 0b0100, "not in byte mode"
    length = _number(bits[4:12])
    starts = range(12, 12 + 8 * length, 8)
    return bytes(_number(bits[start : start + 8]) for start in starts).decode()


def _number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
