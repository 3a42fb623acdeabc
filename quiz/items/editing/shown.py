"""What the editor's and the checkers' pages show of a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from question_bank.kinds import KINDS, kind_of
from question_bank.likeness import LookAlike
from question_bank.model import Item as BankItem
from question_bank.model import ItemKind
from question_bank.problem import Problem
from quiz.items import catalogue, citations
from quiz.items.answering import AnswerView, answer_view
from quiz.items.editing import queries, rules
from quiz.items.editing.checking import problems_of
from quiz.items.editing.models import ItemDraft
from quiz.items.editing.rules import DraftStage, DraftStep
from quiz.items.rules import ReviewedChoice, reviewed_choices

ROW_KINDS = (ItemKind.ORDERING, ItemKind.MATCHING, ItemKind.BLANK)


@dataclass(frozen=True)
class CitedSource:
    """A citation as it was written, and what it leads to (empty where it leads nowhere)."""

    citation: str
    display: str
    law: str = ""  # slug and article of the catalogue's page, where it is a law
    article: str = ""


@dataclass(frozen=True)
class Preview:
    """An item as a pupil answers it and sees it revealed, with what the lint says and what it resembles."""

    content: BankItem
    answer: AnswerView | None
    revealed: list[ReviewedChoice]
    sources: list[CitedSource]
    problems: list[Problem]
    look_alikes: list[LookAlike]


@dataclass(frozen=True)
class QueueLine:
    """One draft in the queue; ``is_for_me`` when the reader may take the check that is due."""

    public_id: str
    content: BankItem
    stage: str
    item_id: str | None
    is_from_bank: bool
    is_for_me: bool
    created_by: int | None
    updated_at: datetime
    import_place: str | None


@dataclass(frozen=True)
class Change:
    """One field of an item that a draft changes."""

    field: str
    before: str
    after: str


def queue_line(draft: ItemDraft, user_id: int) -> QueueLine:
    """A draft as the queue shows it."""
    step = {
        DraftStage.SOURCE_CHECK: DraftStep.CONFIRM_SOURCE,
        DraftStage.SAFETY_CHECK: DraftStep.CONFIRM_SAFETY,
    }.get(draft.stage)
    return QueueLine(
        public_id=draft.public_id,
        content=BankItem.from_dict(draft.content),
        stage=str(draft.stage),
        item_id=draft.item_id,
        is_from_bank=draft.is_from_bank,
        is_for_me=step is not None
        and not rules.why_not_check(step, user_id, queries.authors(draft), draft.source_checked_by),
        created_by=draft.created_by,
        updated_at=draft.updated_at,
        import_place=draft.import_place,
    )


def preview(session: Session, content: BankItem) -> Preview:
    """Everything that a page shows of a content, however unfinished it is."""
    return Preview(
        content=content,
        answer=_answer(content),
        revealed=revealed(content),
        sources=[_cited(one) for one in content.sources],
        problems=problems_of(content),
        look_alikes=queries.look_alikes(session, content) if content.stem.strip() else [],
    )


def _cited(citation: str) -> CitedSource:
    kind, *rest = citation.split(":")
    law, article = (rest[0], rest[1].removeprefix("art-")) if kind == "law" and len(rest) > 1 else ("", "")
    return CitedSource(citation, citations.display(citation), law, article)


def revealed(content: BankItem) -> list[ReviewedChoice]:
    """The choices with key, grades and reasons; rows and blanks with their right values."""
    if content.kind in ROW_KINDS and kind_of(content).check(content):
        return []  # a key that is not whole yet cannot be shown
    order = (*content.choice_ids, *content.target_ids)
    picked = kind_of(content).right_response(content) if content.kind in ROW_KINDS else ()
    return reviewed_choices(content, order, picked)


def _answer(content: BankItem) -> AnswerView | None:
    """The item to be answered; None while there is nothing to answer."""
    if content.kind not in KINDS:
        return None
    view = answer_view(content, (*content.choice_ids, *content.target_ids), ())
    return view if view.is_known else None


def changes(session: Session, draft: ItemDraft, content: BankItem) -> list[Change]:
    """What a draft changes of the version it began from; nothing for a new item."""
    if draft.item_id is None or draft.base_version is None:
        return []
    return differences(catalogue.load(session).get(session, draft.item_id, draft.base_version), content)


def differences(before: BankItem, after: BankItem) -> list[Change]:
    """The fields in which two versions of an item differ, as texts."""
    old, new = before.to_dict(), after.to_dict()
    skipped = {"id", "checks", "checked_on"}
    return [
        Change(name, _text(old.get(name)), _text(new.get(name)))
        for name in FIELD_ORDER
        if name not in skipped and old.get(name) != new.get(name)
    ]


FIELD_ORDER = (
    "kind", "topic", "subtopic", "stem", "choices", "targets", "answer_key", "explanation", "bands", "difficulty",
    "sources", "tags", "valid_from", "valid_to", "review_due",
)  # fmt: skip


def _text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_line(part) for part in value)
    return str(value)


def _line(part: Any) -> str:
    if not isinstance(part, dict):
        return str(part)
    rest = [str(part[name]) for name in ("grade", "reason", "misconception") if part.get(name)]
    return f"{part['id']}. {part['text']}" + (f"（{'；'.join(rest)}）" if rest else "")
