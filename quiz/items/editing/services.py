"""Write drafts and take them through the two checks; a draft that passes both is published in the same transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from quiz.accounts.rules import Actor
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.items import catalogue
from quiz.items.editing import queries, rules
from quiz.items.editing.checking import problems_of
from quiz.items.editing.models import DraftEvent, ItemDraft
from quiz.items.editing.rules import DraftStage, DraftStep, EventAction
from quiz.items.models import Item
from quiz.items.services import publish


def edit_item(session: Session, *, actor: Actor, item_id: str, now: datetime) -> ItemDraft:
    """The open draft of an item, or a new one that copies its current version. Raises NotFoundError."""
    item = session.get(Item, item_id)
    if item is None:
        raise NotFoundError("没有找到这道题目。")
    if (found := queries.open_draft(session, item_id)) is not None:
        return found
    content = catalogue.load(session).get(session, item.id, item.current_version)
    try:
        with session.begin_nested():
            return _create(session, content, actor.user_id, now, item_id=item.id, base_version=item.current_version)
    except IntegrityError:  # somebody opened one in the same moment: theirs is the draft
        found = queries.open_draft(session, item_id)
        if found is None:
            raise
        return found


def create_draft(session: Session, *, actor: Actor, content: BankItem, now: datetime, **place: Any) -> ItemDraft:
    """A draft of a new item; ``place`` may say from which import it comes (import_id, import_place)."""
    return _create(session, content, actor.user_id, now, **place)


def _create(session: Session, content: BankItem, actor_id: int, now: datetime, **values: Any) -> ItemDraft:
    draft = ItemDraft(content=content.to_dict(), created_by=actor_id, created_at=now, updated_at=now, **values)
    draft.events.append(DraftEvent(action=EventAction.CREATED, actor_id=actor_id, at=now))
    session.add(draft)
    session.flush()
    return draft


def save_draft(
    session: Session, *, actor: Actor, public_id: str, content: BankItem, revision: int, now: datetime
) -> ItemDraft:
    """Replace a draft's content. Raises ConflictError when it is being checked or has changed since ``revision``."""
    draft = queries.get_draft(session, public_id, for_update=True)
    if draft.stage is not DraftStage.DRAFT:
        raise ConflictError("这份草稿已经送审，现在不能改。要改，请先让核对的人退回。")
    if draft.revision != revision:
        raise ConflictError("别人刚刚改过这份草稿，你的修改还没有保存。请在另一个窗口打开最新的一份，把修改抄过去。")
    plain = content.to_dict()
    if plain == draft.content:
        return draft
    draft.content = plain
    _changed(draft, EventAction.EDITED, actor.user_id, now)
    session.flush()
    return draft


def take_step(
    session: Session, *, actor: Actor, public_id: str, step: DraftStep, revision: int, comment: str, now: datetime
) -> ItemDraft:
    """Move a draft on or back; the second check publishes it.

    Raises ConflictError when somebody was first, DomainError when the lint finds something, a remark is missing, or
    the actor may not check this draft.
    """
    draft = queries.get_draft(session, public_id, for_update=True)
    target = rules.after(draft.stage, step)
    if draft.revision != revision:
        raise ConflictError("这份草稿刚刚有了变化，请看过最新的一份再决定。")
    remark = rules.checked_comment(step, comment)
    content = BankItem.from_dict(draft.content)
    _refuse_unready(draft, step, actor, content)
    if step is DraftStep.CONFIRM_SOURCE:
        draft.source_checked_by = actor.user_id
    elif step is DraftStep.CONFIRM_SAFETY:
        draft.safety_checked_by = actor.user_id
        draft.item_id = publish(session, content, item_id=draft.item_id, actor_id=actor.user_id, now=now)
    elif step is DraftStep.SEND_BACK:
        draft.source_checked_by = None
    draft.stage = target
    _changed(draft, rules.STEPS[step][2], actor.user_id, now, remark)
    session.flush()
    return draft


def comment_on(session: Session, *, actor: Actor, public_id: str, text: str, now: datetime) -> ItemDraft:
    """Leave a remark in a draft's history. Raises DomainError for an empty one."""
    draft = queries.get_draft(session, public_id, for_update=True)
    remark = rules.checked_comment(DraftStep.SEND_BACK, text)
    draft.events.append(DraftEvent(action=EventAction.COMMENTED, actor_id=actor.user_id, at=now, text=remark))
    session.flush()
    return draft


def submit_many(session: Session, *, actor: Actor, import_id: int, now: datetime) -> tuple[int, int]:
    """Send every sound draft of an import to the source check; (sent, still to be mended)."""
    wanted = queries.DraftFilter(stage=DraftStage.DRAFT, import_id=import_id)
    drafts = list(session.scalars(queries.select_drafts(wanted).with_for_update()))
    sent = 0
    for draft in drafts:
        if not problems_of(BankItem.from_dict(draft.content)):
            draft.stage = DraftStage.SOURCE_CHECK
            _changed(draft, EventAction.SUBMITTED, actor.user_id, now)
            sent += 1
    session.flush()
    return sent, len(drafts) - sent


def _refuse_unready(draft: ItemDraft, step: DraftStep, actor: Actor, content: BankItem) -> None:
    if step in rules.CHECKS:
        reason = rules.why_not_check(step, actor.user_id, queries.authors(draft), draft.source_checked_by)
        if reason:
            raise DomainError(reason)
    if step in (DraftStep.SUBMIT, *rules.CHECKS) and (problems := problems_of(content)):
        raise DomainError(
            "还有 %(count)s 处要改，改好才能往下走：%(first)s", count=len(problems), first=problems[0].message
        )


def _changed(draft: ItemDraft, action: EventAction, actor_id: int, now: datetime, text: str = "") -> None:
    draft.revision += 1
    draft.updated_at = now
    draft.events.append(DraftEvent(action=action, actor_id=actor_id, at=now, text=text))
