"""What a class's marked papers tell, pure: by item, by topic, by pupil. Scores and points are integer hundredths."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.kinds.base import round_half_up
from question_bank.model import ChoiceGrade, Item, ItemKind
from question_bank.taxonomy import TOPICS
from quiz.items.rules import reviewed_choices

FEW_PUPILS = 5  # with fewer, the share who got it right is chance; such items come last
LURE_PERCENT = 20  # a wrong choice picked by so many is a misconception rather than a slip
LURE_PUPILS = 2  # and never by one pupil alone: with papers drawn one by one, few pupils share an item


@dataclass(frozen=True)
class MarkedPaper:
    """One counting attempt: items, answers and marks by position."""

    items: Mapping[int, Item]
    answers: Mapping[int, Sequence[str]]
    marks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ChoiceCount:
    """How often a choice was picked; ``percent`` of the pupils who had the item."""

    id: str
    text: str
    count: int
    percent: int
    is_key: bool


@dataclass(frozen=True)
class ItemReport:
    """One item over a class. ``facility`` is the whole per cent who got it right (high = easy)."""

    item: Item
    shown: int
    correct: int
    unanswered: int
    choices: tuple[ChoiceCount, ...]

    @property
    def facility(self) -> int:
        return round_half_up(self.correct * 100, self.shown)

    @property
    def is_rare(self) -> bool:
        """Whether too few pupils had the item to say how hard it is."""
        return self.shown < FEW_PUPILS

    @property
    def lure(self) -> ChoiceCount | None:
        """The wrong choice that most pupils fell for, where it is more than a slip (an acceptable one is not wrong)."""
        wrong = [choice for choice in self.choices if not choice.is_key and choice.count and not self._is_half(choice)]
        most = max(wrong, key=lambda choice: choice.count, default=None)
        is_lure = most is not None and most.percent >= LURE_PERCENT and most.count >= LURE_PUPILS
        return most if is_lure else None

    def _is_half(self, choice: ChoiceCount) -> bool:
        return self.item.choice(choice.id).grade is ChoiceGrade.ACCEPTABLE


@dataclass(frozen=True)
class TopicReport:
    """One topic over a class: ``correct`` of ``count`` answers, whole per cent of its points."""

    code: str
    name: str
    count: int
    correct: int
    percent: int


def item_reports(papers: Sequence[MarkedPaper]) -> list[ItemReport]:
    """One report per item version, the hardest first, then those that few pupils had, the hardest first.

    Papers drawn differently are put together by item.
    """
    seen: dict[str, list[tuple[Item, Sequence[str], bool]]] = {}
    for paper in papers:
        for mark in paper.marks:
            item = paper.items[mark["position"]]
            answer = paper.answers.get(mark["position"], ())
            seen.setdefault(f"{item.id}#{item.content_hash}", []).append((item, answer, mark["is_correct"]))
    reports = [_item_report(found) for found in seen.values()]
    return sorted(reports, key=lambda report: (report.is_rare, report.facility, -report.shown, report.item.id))


def _item_report(found: Sequence[tuple[Item, Sequence[str], bool]]) -> ItemReport:
    item = found[0][0]
    return ItemReport(
        item=item,
        shown=len(found),
        correct=sum(is_correct for _, _, is_correct in found),
        unanswered=sum(not answer for _, answer, _ in found),
        choices=_choice_counts(item, [answer for _, answer, _ in found]),
    )


def _choice_counts(item: Item, answers: Sequence[Sequence[str]]) -> tuple[ChoiceCount, ...]:
    """How often each choice was picked; for rows and blanks, how often each was given its right value."""
    if item.kind in (ItemKind.ORDERING, ItemKind.MATCHING, ItemKind.BLANK):
        rows = [reviewed_choices(item, (*item.choice_ids, *item.target_ids), answer) for answer in answers]
        picks = Counter(one.id for row in rows for one in row if one.state == "right")
        shown = [(one.id, one.text, True) for one in rows[0]]
    else:
        picks = Counter(choice for answer in answers for choice in answer)
        shown = [(one.id, one.text, one.id in item.answer_key or one.grade is ChoiceGrade.BEST) for one in item.choices]
    return tuple(
        ChoiceCount(choice_id, text, picks[choice_id], round_half_up(picks[choice_id] * 100, len(answers)), is_key)
        for choice_id, text, is_key in shown
    )


def topic_reports(papers: Sequence[MarkedPaper]) -> list[TopicReport]:
    """One report per topic that was asked, in the bank's order."""
    marks: dict[str, list[Mapping[str, Any]]] = {}
    for paper in papers:
        for mark in paper.marks:
            marks.setdefault(paper.items[mark["position"]].topic, []).append(mark)
    return [
        TopicReport(
            code=code,
            name=TOPICS[code].name,
            count=len(marks[code]),
            correct=sum(bool(mark["is_correct"]) for mark in marks[code]),
            percent=round_half_up(
                sum(mark["awarded"] for mark in marks[code]) * 100, sum(mark["points"] for mark in marks[code])
            ),
        )
        for code in TOPICS
        if code in marks
    ]


def average(scores: Sequence[int]) -> int | None:
    """The mean in hundredths, a half rounded up; None of nothing."""
    return round_half_up(sum(scores), len(scores)) if scores else None
