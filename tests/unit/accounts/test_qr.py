"""The drawn path covers exactly the dark modules of the code."""

import re

import segno

from quiz.accounts.qr import QUIET_ZONE, qr_code

ADDRESS = "http://192.168.1.20:8000/s/" + "aZ09-_" * 4 + "xyz"


def test_the_path_draws_every_dark_module_and_no_other() -> None:
    code = qr_code(ADDRESS)
    drawn = set()
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1H(\d+)z", code.path):
        assert x == back
        drawn |= {(int(x) + step, int(y)) for step in range(int(width))}
    rows = list(segno.make(ADDRESS, error="m", micro=False).matrix_iter(border=QUIET_ZONE))
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}
    assert code.size == len(rows)
