"""What the answering page shows of a paper: only what ``pupil_view`` allows, and nothing of an unknown kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import get_template_attribute
from flask_babel import gettext as _
from markupsafe import Markup

from question_bank.model import Item
from quiz.attempts.queries import LogState
from quiz.items.answering import AnswerView, answer_view
from quiz.items.labels import KIND_LABELS, TOPIC_LABELS


@dataclass(frozen=True)
class Question:
    """One position of a paper; nothing of a kind that is not known is shown."""

    position: int
    label: str
    answer: AnswerView

    @property
    def is_answered(self) -> bool:
        return self.answer.is_answered


def kind_label(kind: str) -> str:
    """The name of a kind of item, as pupils know it."""
    return str(KIND_LABELS.get(kind) or _("题目"))


def topic_label(topic: str) -> str:
    """The name of a content area."""
    return str(TOPIC_LABELS.get(topic, topic))


def question(entry: Mapping[str, Any], item: Item, chosen: Sequence[str]) -> Question:
    """One entry of a paper snapshot, with the answer that stands."""
    view = answer_view(item, entry["order"], chosen)
    label = f"{kind_label(view.kind)} · {topic_label(item.topic)}" if view.is_known else ""
    return Question(entry["position"], label, view)


def question_form(
    question: Question,
    attempt_id: str,
    log: LogState,
    *,
    total: int,
    saved: int | None = None,
    unsent: int | None = None,
) -> Markup:
    """The form of one question. ``saved`` and ``unsent`` are the positions that an answer just sent was, or was not, saved for."""
    macro = get_template_attribute("attempts/_question.html", "question_form")
    html = macro(
        question, question.position == total, attempt_id, log.last_seq + 1, question.position == saved,
        question.position == unsent, log.answered, total,
    )  # fmt: skip
    return cast(Markup, html)


def questions(
    paper: Sequence[Mapping[str, Any]], items: Mapping[int, Item], answers: Mapping[int, Sequence[str]]
) -> list[Question]:
    """The whole paper in order; ``items`` and ``answers`` by position."""
    return [question(entry, items[entry["position"]], answers.get(entry["position"], ())) for entry in paper]
