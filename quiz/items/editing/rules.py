"""The way of a draft: draft → source check → safety check → published, and who may take each step. Pure."""

from collections.abc import Collection
from enum import StrEnum

from quiz.errors import ConflictError, DomainError, msgid


class DraftStage(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    SOURCE_CHECK = "source_check"
    SAFETY_CHECK = "safety_check"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


OPEN_STAGES = (DraftStage.DRAFT, DraftStage.SOURCE_CHECK, DraftStage.SAFETY_CHECK)


class DraftStep(StrEnum):
    """What moves a draft on or back."""

    SUBMIT = "submit"
    CONFIRM_SOURCE = "confirm_source"
    CONFIRM_SAFETY = "confirm_safety"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"


class EventAction(StrEnum):
    """What the history of a draft records."""

    CREATED = "created"
    EDITED = "edited"
    SUBMITTED = "submitted"
    SOURCE_PASSED = "source_passed"
    SAFETY_PASSED = "safety_passed"
    SENT_BACK = "sent_back"
    COMMENTED = "commented"
    WITHDRAWN = "withdrawn"


#: Step → (stages it starts from, stage it leads to, what is recorded).
STEPS: dict[DraftStep, tuple[tuple[DraftStage, ...], DraftStage, EventAction]] = {
    DraftStep.SUBMIT: ((DraftStage.DRAFT,), DraftStage.SOURCE_CHECK, EventAction.SUBMITTED),
    DraftStep.CONFIRM_SOURCE: ((DraftStage.SOURCE_CHECK,), DraftStage.SAFETY_CHECK, EventAction.SOURCE_PASSED),
    DraftStep.CONFIRM_SAFETY: ((DraftStage.SAFETY_CHECK,), DraftStage.PUBLISHED, EventAction.SAFETY_PASSED),
    DraftStep.SEND_BACK: (
        (DraftStage.SOURCE_CHECK, DraftStage.SAFETY_CHECK), DraftStage.DRAFT, EventAction.SENT_BACK,
    ),
    DraftStep.WITHDRAW: (OPEN_STAGES, DraftStage.WITHDRAWN, EventAction.WITHDRAWN),
}  # fmt: skip

CHECKS = (DraftStep.CONFIRM_SOURCE, DraftStep.CONFIRM_SAFETY)
MOST_COMMENT = 1000


def after(stage: DraftStage, step: DraftStep) -> DraftStage:
    """The stage that a step leads to; ConflictError where it cannot be taken (somebody else was first)."""
    starts, result, _ = STEPS[step]
    if stage not in starts:
        raise ConflictError("这份草稿的状态已经变了，请刷新页面看看现在走到哪一步。")
    return result


def why_not_check(
    step: DraftStep, actor_id: int, authors: Collection[int], source_checked_by: int | None
) -> str:  # fmt: skip
    """Why somebody may not take a check, empty when they may: nobody checks what they wrote, and two people check."""
    if actor_id in authors:
        return msgid("你写过或改过这份草稿，要由别人来核对。")
    if step is DraftStep.CONFIRM_SAFETY and actor_id == source_checked_by:
        return msgid("事实核对是你做的，安全核对要由另一个人来做。")
    return ""


def checked_comment(step: DraftStep, text: str) -> str:
    """The remark that goes with a step; sending back needs one. Raises DomainError on ``comment``."""
    remark = text.strip()
    if step is DraftStep.SEND_BACK and not remark:
        raise DomainError("请写清楚要改什么，作者才知道怎么改。", field="comment")
    if len(remark) > MOST_COMMENT:
        raise DomainError("意见最多 %(most)s 字，请写短一些。", field="comment", most=MOST_COMMENT)
    return remark
