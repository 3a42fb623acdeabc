"""What the bank should hold, and how far it is: the promise that `stats` prints and the tests keep.

Topics may fall short by a tenth where sources run out; what is missing is made up in 防毒拒毒技巧.
"""

from dataclasses import dataclass

from question_bank.model import GradeBand, ItemKind
from question_bank.stats import BankStats

TOTAL = 700
TOPIC_TARGETS = {
    "policy": 70, "law": 155, "history": 40, "knowledge": 105, "harm": 75, "recovery": 70, "refusal": 150,
    "situation": 35,
}  # fmt: skip
TOPIC_SHORTFALL = 0.1
BAND_TARGETS = {GradeBand.PRIMARY: 180, GradeBand.JUNIOR: 300, GradeBand.SENIOR: 350, GradeBand.ADULT: 400}
#: Share of the bank, lowest and highest, in per cent.
KIND_SHARES = {
    ItemKind.SINGLE: (45, 50),
    ItemKind.TRUE_FALSE: (11, 13),
    ItemKind.MULTIPLE: (9, 11),
    ItemKind.SCENARIO: (25, 100),
}
KIND_COUNTS = {ItemKind.SCENARIO: 180, ItemKind.ORDERING: 10, ItemKind.MATCHING: 10, ItemKind.BLANK: 10}
QINGHAI = 60


@dataclass(frozen=True)
class Shortfall:
    """One target that the bank misses, in words: what, how many there are, how many there should be."""

    what: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.what}：有 {self.found}，应有 {self.wanted}"


def shortfalls(stats: BankStats) -> list[Shortfall]:
    """Every target that is missed; empty when the promise is kept."""
    wanted = [("总题数", stats.total, TOTAL, "")]
    for topic, target in TOPIC_TARGETS.items():
        least = -(-target * (100 - round(TOPIC_SHORTFALL * 100)) // 100)
        wanted.append((f"主题 {topic}", stats.topics.get(topic, 0), least, f"（目标 {target}）"))
    wanted += [(f"年级段 {band}", stats.bands.get(band, 0), target, "") for band, target in BAND_TARGETS.items()]
    wanted += [(f"题型 {kind}", stats.kinds.get(kind, 0), target, "") for kind, target in KIND_COUNTS.items()]
    wanted.append(("标签 青海", stats.tagged_qinghai, QINGHAI, ""))
    few = [Shortfall(what, str(n), f"至少 {least}{more}") for what, n, least, more in wanted if n < least]
    return few + _shares(stats)


def _shares(stats: BankStats) -> list[Shortfall]:
    """Kinds that are too many or too few of the whole; shares are rounded to whole per cents."""
    shares = {kind: 100 * stats.kinds.get(kind, 0) / max(1, stats.total) for kind in KIND_SHARES}
    return [
        Shortfall(f"题型 {kind}", f"{share:.1f}%", f"{KIND_SHARES[kind][0]}%～{KIND_SHARES[kind][1]}%")
        for kind, share in shares.items()
        if not KIND_SHARES[kind][0] - 0.5 <= share < KIND_SHARES[kind][1] + 0.5
    ]
