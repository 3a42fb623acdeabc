"""docs/bank-sample.md shows the items that its seed draws, as they stand in the bank."""

import random
import re
from pathlib import Path

from question_bank.loader import load_bank

DOCUMENT = Path(__file__).parents[2] / "docs" / "bank-sample.md"


def test_the_sample_is_the_one_that_its_seed_draws() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    bank = {item.id: item for item in load_bank()}
    seed = re.search(r"random\.Random\((\d+)\)\.sample\(.*, 40\)", text)
    assert seed is not None
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| [a-z]+-\d{4} \|", line)]
    assert [row[0] for row in rows] == sorted(random.Random(int(seed[1])).sample(sorted(bank), 40))
    assert [row[1] for row in rows] == [bank[row[0]].stem for row in rows]
    assert all(row[4].startswith("“") for row in rows)
