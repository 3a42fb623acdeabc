"""Reads of drafts: the queue, one draft with its history, who wrote it, and what it resembles."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from question_bank.likeness import LikenessIndex, LookAlike
from question_bank.model import Item as BankItem
from quiz.accounts.models import User
from quiz.errors import NotFoundError
from quiz.items import catalogue
from quiz.items.editing.models import ItemDraft
from quiz.items.editing.rules import OPEN_STAGES, DraftStage, EventAction

WARN_LIKENESS = 0.5  # from here on two items are shown side by side


@dataclass(frozen=True)
class DraftFilter:
    """What a list of drafts is narrowed to; empty values narrow nothing."""

    stage: DraftStage | None = None
    mine: int | None = None
    import_id: int | None = None
    topic: str = ""


def select_drafts(wanted: DraftFilter) -> sa.Select[ItemDraft]:
    """Drafts that fit: open ones oldest first (the queue), closed ones newest first."""
    query = sa.select(ItemDraft).options(selectinload(ItemDraft.events))
    if wanted.stage is not None:
        query = query.where(ItemDraft.stage == wanted.stage)
    if wanted.mine is not None:
        query = query.where(ItemDraft.created_by == wanted.mine)
    if wanted.import_id is not None:
        query = query.where(ItemDraft.import_id == wanted.import_id)
    if wanted.topic:
        query = query.where(ItemDraft.content["topic"].as_string() == wanted.topic)
    is_closed = wanted.stage in (DraftStage.PUBLISHED, DraftStage.WITHDRAWN)
    by_time = (ItemDraft.updated_at.desc(), ItemDraft.id.desc()) if is_closed else (ItemDraft.updated_at, ItemDraft.id)
    return query.order_by(*by_time)


def stage_counts(session: Session) -> dict[DraftStage, int]:
    """How many drafts stand at each open stage."""
    rows = session.execute(
        sa.select(ItemDraft.stage, sa.func.count()).where(ItemDraft.stage.in_(OPEN_STAGES)).group_by(ItemDraft.stage)
    )
    return {stage: 0 for stage in OPEN_STAGES} | {stage: count for stage, count in rows}


def get_draft(session: Session, public_id: str, *, for_update: bool = False) -> ItemDraft:
    """A draft with its history; NotFoundError if there is none."""
    query = sa.select(ItemDraft).where(ItemDraft.public_id == public_id).options(selectinload(ItemDraft.events))
    found = session.scalar(query.with_for_update() if for_update else query)
    if found is None:
        raise NotFoundError("没有找到这份草稿。")
    return found


def open_draft(session: Session, item_id: str) -> ItemDraft | None:
    """The open draft of a published item."""
    return session.scalar(sa.select(ItemDraft).where(ItemDraft.item_id == item_id, ItemDraft.stage.in_(OPEN_STAGES)))


def drafts_of(session: Session, item_id: str) -> list[ItemDraft]:
    """Every draft there has been of an item, newest first."""
    query = sa.select(ItemDraft).where(ItemDraft.item_id == item_id).options(selectinload(ItemDraft.events))
    return list(session.scalars(query.order_by(ItemDraft.id.desc())))


def authors(draft: ItemDraft) -> set[int]:
    """Everybody who wrote in a draft: none of them may check it."""
    writing = (EventAction.CREATED, EventAction.EDITED)
    return {event.actor_id for event in draft.events if event.action in writing and event.actor_id is not None}


def names(session: Session, user_ids: Sequence[int | None]) -> dict[int, str]:
    """Names of staff by id."""
    wanted = {user_id for user_id in user_ids if user_id}
    if not wanted:
        return {}
    return {row.id: row.name for row in session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted)))}


def actor_ids(drafts: Sequence[ItemDraft]) -> list[int | None]:
    """Everybody named in these histories."""
    return [event.actor_id for draft in drafts for event in draft.events] + [draft.created_by for draft in drafts]


def look_alikes(session: Session, content: BankItem, at_least: float = WARN_LIKENESS) -> list[LookAlike]:
    """Published items that resemble a content, the likest first."""
    return _index(session).look_alikes(content, at_least)[:5]


def _index(session: Session) -> LikenessIndex:
    bank = catalogue.load(session)
    return _index_of(
        bank.revision, tuple(bank.get(session, one.item_id, one.version) for one in bank.published.values())
    )


@lru_cache(maxsize=1)
def _index_of(_revision: int, items: tuple[BankItem, ...]) -> LikenessIndex:
    return LikenessIndex(items)
