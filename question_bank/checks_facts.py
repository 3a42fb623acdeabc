"""Checks of everything around the words: sources, bands, difficulty, closed lists and the record of reviews."""

from collections.abc import Iterator

from question_bank.model import GradeBand, Item
from question_bank.problem import Problem, about
from question_bank.sources import BadCitation, SourceCatalogue
from question_bank.taxonomy import AGEING_TAG, DIFFICULTY_NAMES, MISCONCEPTIONS, REVIEW_CHECKS, TAGS

_BANDS = list(GradeBand)


def check_sources(item: Item, catalogue: SourceCatalogue) -> Iterator[Problem]:
    """At least one source, none twice, and each leads to a text that may be cited."""
    if not item.sources:
        yield about(item, "source", "没有出处。请写上法条、文件或事实的编号。")
    if len(set(item.sources)) != len(item.sources):
        yield about(item, "source", "同一个出处写了两次。请删去一个。")
    for citation in item.sources:
        try:
            catalogue.resolve(citation)
        except BadCitation as reason:
            yield about(item, "source", f"{reason}。")


def check_bands(item: Item) -> Iterator[Problem]:
    """One or more bands without a gap, youngest first."""
    start = _BANDS.index(item.bands[0]) if item.bands else 0
    if not item.bands or list(item.bands) != _BANDS[start : start + len(item.bands)]:
        yield about(item, "bands", "年级段要从低到高连着写，中间不能空。请补齐或改次序。")


def check_difficulty(item: Item) -> Iterator[Problem]:
    """From 1 to 5; 5 (easily mistaken legal detail) only from senior up."""
    if item.difficulty not in DIFFICULTY_NAMES:
        yield about(item, "difficulty", "难度只能是 1 到 5。请改难度。")
    if item.difficulty == 5 and {GradeBand.PRIMARY, GradeBand.JUNIOR} & set(item.bands):
        yield about(item, "difficulty", "难度 5 只给高中以上。请降难度或改年级段。")


def check_lists(item: Item) -> Iterator[Problem]:
    """Tags, misconceptions and review checks come from the closed lists."""
    if unknown := set(item.tags) - set(TAGS):
        yield about(item, "tags", f"没有这个标签：{'、'.join(sorted(unknown))}。请从 taxonomy.py 里选。")
    named = {choice.misconception for choice in item.choices if choice.misconception}
    if unknown := named - set(MISCONCEPTIONS):
        yield about(item, "misconception", f"没有这个误区：{'、'.join(sorted(unknown))}。请从 taxonomy.py 里选。")
    if any(choice.misconception and choice.id in item.answer_key for choice in item.choices):
        yield about(item, "misconception", "正确答案不能标成误区。请把误区标在干扰项上。")
    if unknown := set(item.checks) - set(REVIEW_CHECKS):
        yield about(item, "checks", f"没有这种核对：{'、'.join(sorted(unknown))}。可写 source、safety。")


def check_reviews(item: Item) -> Iterator[Problem]:
    """A review has its date, and what can age says when it must be looked at again."""
    if bool(item.checks) != bool(item.checked_on):
        yield about(item, "checks", "checks 和 checked_on 要一起写。请补上缺的一个。")
    if AGEING_TAG in item.tags and item.review_due is None:
        yield about(item, "review-due", "带“时效”标签的题要写 review_due。请写上复核日期。")


def check_validity(item: Item) -> Iterator[Problem]:
    """The time in which an item may be asked does not end before it begins."""
    if item.valid_from and item.valid_to and item.valid_to < item.valid_from:
        yield about(item, "validity", "valid_to 早于 valid_from。请改日期。")


CHECKS = (check_bands, check_difficulty, check_lists, check_reviews, check_validity)
