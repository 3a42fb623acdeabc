"""What the answering page shows of a paper: only what ``pupil_view`` allows, and nothing of an unknown kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from question_bank.kinds import pupil_view
from question_bank.model import Item
from quiz.items.labels import TOPIC_LABELS

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Option:
    """One choice as a pupil sees it: the letter follows the shuffled order, the id never does."""

    id: str
    letter: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Question:
    """One position of a paper. ``options`` is empty where the kind is unknown: then nothing of it is shown."""

    position: int
    kind: str
    label: str
    stem: str
    options: tuple[Option, ...]

    @property
    def is_multiple(self) -> bool:
        return self.kind == "multiple"

    @property
    def is_answered(self) -> bool:
        return any(option.is_chosen for option in self.options)


def kind_label(kind: str) -> str:
    """The name of a kind of item, as pupils know it."""
    names: dict[str, str] = {
        "single": _("单选题"),
        "multiple": _("多选题"),
        "true_false": _("判断题"),
        "scenario": _("情景题"),
    }
    return names.get(kind) or str(_("题目"))


def topic_label(topic: str) -> str:
    """The name of a content area."""
    return str(TOPIC_LABELS.get(topic, topic))


def question(entry: Mapping[str, Any], item: Item, chosen: Sequence[str]) -> Question:
    """One entry of a paper snapshot, with the choices that stand."""
    view = pupil_view(item, entry["order"])
    if not view:
        return Question(entry["position"], "", "", "", ())
    options = tuple(
        Option(choice["id"], letter, choice["text"], choice["id"] in chosen)
        for letter, choice in zip(LETTERS, view["choices"], strict=False)
    )
    label = f"{kind_label(view['kind'])} · {topic_label(item.topic)}"
    return Question(entry["position"], view["kind"], label, view["stem"], options)


def questions(
    paper: Sequence[Mapping[str, Any]], items: Mapping[int, Item], answers: Mapping[int, Sequence[str]]
) -> list[Question]:
    """The whole paper in order; ``items`` and ``answers`` by position."""
    return [question(entry, items[entry["position"]], answers.get(entry["position"], ())) for entry in paper]
