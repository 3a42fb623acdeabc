"""What the review shows of an answered item. Built only when the keys are visible to its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from question_bank.kinds import KINDS
from question_bank.model import Choice, ChoiceGrade, Item, ItemKind
from quiz.attempts.views.paper import kind_label, topic_label
from quiz.items.answering import LETTERS, shown_stem
from quiz.items.citations import for_pupils
from quiz.items.rules import ReviewedChoice, reviewed_choices

ROW_KINDS = (ItemKind.ORDERING, ItemKind.MATCHING, ItemKind.BLANK)


@dataclass(frozen=True)
class ReviewedOption:
    """One choice with what it was worth. ``tone`` is right, wrong or empty, ``verdict`` the same in words."""

    letter: str
    text: str
    is_chosen: bool
    tone: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class ReviewedQuestion:
    """One position with key, explanation and sources; points in hundredths."""

    position: int
    item_id: str
    label: str
    stem: str
    is_multiple: bool
    options: tuple[ReviewedOption, ...]
    is_answered: bool
    is_correct: bool
    awarded: int
    points: int
    explanation: str
    sources: tuple[str, ...]


def reviewed(
    paper: Sequence[Mapping[str, Any]],
    items: Mapping[int, Item],
    answers: Mapping[int, Sequence[str]],
    marks: Sequence[Mapping[str, Any]],
) -> list[ReviewedQuestion]:
    """The whole paper in order; items of a kind that is not known are left out."""
    marks_at = {mark["position"]: mark for mark in marks}
    return [
        _question(entry, items[entry["position"]], answers.get(entry["position"], ()), marks_at[entry["position"]])
        for entry in paper
        if items[entry["position"]].kind in KINDS
    ]


def _question(
    entry: Mapping[str, Any], item: Item, chosen: Sequence[str], mark: Mapping[str, Any]
) -> ReviewedQuestion:  # fmt: skip
    if item.kind in ROW_KINDS:
        options = tuple(_row(one) for one in reviewed_choices(item, entry["order"], chosen))
    else:
        options = tuple(
            _option(letter, item.choice(choice_id), item, chosen)
            for letter, choice_id in zip(LETTERS, entry["order"], strict=False)
        )
    return ReviewedQuestion(
        position=entry["position"],
        item_id=item.id,
        label=f"{kind_label(item.kind)} · {topic_label(item.topic)}",
        stem=shown_stem(item.stem),
        is_multiple=item.kind == "multiple",
        options=options,
        is_answered=bool(chosen),
        is_correct=mark["is_correct"],
        awarded=mark["awarded"],
        points=mark["points"],
        explanation=item.explanation,
        sources=tuple(for_pupils(item.sources)),
    )


def _row(one: ReviewedChoice) -> ReviewedOption:
    """A row of an ordering or matching item, or a blank: the right value, and what was given instead."""
    if one.state == "right":
        return ReviewedOption(one.letter, one.text, True, "right", _("你答对了"), "")
    verdict = _("你答的是：%(given)s", given=one.instead) if one.instead else _("你没有答")
    return ReviewedOption(one.letter, one.text, bool(one.instead), "wrong", verdict, "")


def _option(letter: str, choice: Choice, item: Item, chosen: Sequence[str]) -> ReviewedOption:
    is_chosen = choice.id in chosen
    if choice.grade:
        tone, verdict = _graded(choice.grade, is_chosen)
    else:
        tone, verdict = _keyed(choice.id in item.answer_key, is_chosen, bool(chosen) and item.kind == "multiple")
    return ReviewedOption(letter, choice.text, is_chosen, tone, verdict, choice.reason or "")


def _keyed(is_key: bool, is_chosen: bool, may_be_left_out: bool) -> tuple[str, str]:
    """Tone and verdict of a choice that is right or wrong; one of several right ones may have been left out."""
    if is_key and not is_chosen:
        return "right", _("正确答案，你漏选了") if may_be_left_out else _("正确答案")
    if is_key:
        return "right", _("你选对了")
    return ("wrong", _("你选了这一项，不对")) if is_chosen else ("", "")


def _graded(grade: ChoiceGrade, is_chosen: bool) -> tuple[str, str]:
    """Tone and verdict of a scenario's choice."""
    if grade is ChoiceGrade.BEST:
        return "right", _("你选了最好的做法") if is_chosen else _("最好的做法")
    if grade is ChoiceGrade.ACCEPTABLE:
        return ("fair", _("你选的可以，还有更好的做法")) if is_chosen else ("fair", _("可以，但不是最好"))
    return ("wrong", _("你选的做法有危险")) if is_chosen else ("", _("有危险"))
