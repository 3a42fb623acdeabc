"""Reads of practice. Every one takes the pupil's own user id; what belongs to another is not found."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from question_bank.taxonomy import TOPICS
from quiz.clock import LOCAL_ZONE
from quiz.errors import NotFoundError
from quiz.items import catalogue
from quiz.items.rules import PoolItem
from quiz.practice.models import Mistake, PracticeAnswer, PracticeRun, PracticeSource, ReviewCard
from quiz.practice.rules import REVIEWS_PER_DAY, Outcome, band_of_grade, school_day
from quiz.practice.scheduling import due_before
from quiz.regions.models import SchoolClass
from quiz.regions.rules import grade_of


@dataclass(frozen=True)
class TopicProgress:
    """A topic of the pupil's band: items in it, items practised, items whose last answer was right."""

    topic: str
    total: int
    seen: int
    right: int


@dataclass(frozen=True)
class OpenMistake:
    """An open mistake with the item as it is published now; ``right_days`` as in rules.MistakeState."""

    item: PoolItem
    content: BankItem
    wrong_count: int
    right_days: int


@dataclass(frozen=True)
class Today:
    """What waits for a pupil: open mistakes, and reviews that are due today (at most the daily cap)."""

    mistakes: int
    reviews: int


@dataclass(frozen=True)
class RunLine:
    """One item of a finished run."""

    position: int
    stem: str
    outcome: Outcome


@dataclass(frozen=True)
class RunResult:
    """A finished run: its items in order, and the topics not fully right, weakest first."""

    lines: list[RunLine]
    weak_topics: list[str]

    @property
    def right(self) -> int:
        """How many items were fully right."""
        return sum(line.outcome is Outcome.RIGHT for line in self.lines)


def band_of(session: Session, class_id: int | None, now: datetime) -> str:
    """The band a pupil of this class practises; the simplest one without a class."""
    school_class = session.get(SchoolClass, class_id) if class_id else None
    if school_class is None:
        return "primary"
    return band_of_grade(grade_of(school_class.cohort_year, school_class.entry_grade, now))


def get_run(session: Session, public_id: str, user_id: int) -> PracticeRun:
    """The pupil's own run; NotFoundError when it does not exist or is another's."""
    run = session.scalar(
        sa.select(PracticeRun).where(PracticeRun.public_id == public_id, PracticeRun.user_id == user_id)
    )
    if run is None:
        raise NotFoundError("没有找到这次练习。")
    return run


def answers_of(session: Session, run_id: int) -> dict[int, PracticeAnswer]:
    """Position → answer of a run."""
    rows = session.scalars(sa.select(PracticeAnswer).where(PracticeAnswer.run_id == run_id))
    return {row.position: row for row in rows}


def unfinished_run(session: Session, *, user_id: int, since: datetime) -> PracticeRun | None:
    """The latest run begun since then and not finished."""
    return session.scalar(
        sa.select(PracticeRun)
        .where(PracticeRun.user_id == user_id, PracticeRun.finished_at.is_(None), PracticeRun.started_at >= since)
        .order_by(PracticeRun.started_at.desc(), PracticeRun.id.desc())
        .limit(1)
    )


def last_outcomes(session: Session, user_id: int) -> dict[str, Outcome]:
    """Item id → outcome of the pupil's last practice answer to it."""
    latest = (
        sa.select(sa.func.max(PracticeAnswer.id))
        .where(PracticeAnswer.user_id == user_id)
        .group_by(PracticeAnswer.item_id)
    )
    rows = session.execute(
        sa.select(PracticeAnswer.item_id, PracticeAnswer.outcome).where(PracticeAnswer.id.in_(latest))
    )
    return {row.item_id: Outcome(row.outcome) for row in rows}


def topic_progress(session: Session, *, user_id: int, band: str) -> list[TopicProgress]:
    """The pupil's progress in each topic that has items for the band, in the order of the taxonomy."""
    outcomes = last_outcomes(session, user_id)
    by_topic: dict[str, list[Outcome | None]] = {}
    for entry in catalogue.load(session).pool(band):
        by_topic.setdefault(entry.topic, []).append(outcomes.get(entry.item_id))
    return [
        TopicProgress(
            topic=topic,
            total=len(found),
            seen=sum(outcome is not None for outcome in found),
            right=found.count(Outcome.RIGHT),
        )
        for topic in TOPICS
        if (found := by_topic.get(topic))
    ]


def open_mistakes(session: Session, *, user_id: int) -> list[OpenMistake]:
    """The open notebook, most often missed first; retired items are left out."""
    bank = catalogue.load(session)
    rows = session.scalars(
        sa.select(Mistake)
        .where(Mistake.user_id == user_id, Mistake.closed_at.is_(None))
        .order_by(Mistake.wrong_count.desc(), Mistake.last_answer_at.desc(), Mistake.id)
    )
    return [
        OpenMistake(entry, bank.get(session, entry.item_id, entry.version), row.wrong_count, row.right_days)
        for row in rows
        if (entry := bank.published.get(row.item_id))
    ]


def due_items(session: Session, *, user_id: int, now: datetime) -> list[PoolItem]:
    """The items to review today, longest due first, at most what is left of the daily cap."""
    left = REVIEWS_PER_DAY - _reviewed_today(session, user_id, now)
    rows = session.scalars(
        sa.select(ReviewCard.item_id)
        .where(ReviewCard.user_id == user_id, ReviewCard.due_at < due_before(now))
        .order_by(ReviewCard.due_at, ReviewCard.id)
    )
    return _published(session, rows)[: max(0, left)]


def next_due(session: Session, *, user_id: int, now: datetime) -> datetime | None:
    """When the next review after today is due; None when there is none."""
    return session.scalar(
        sa.select(sa.func.min(ReviewCard.due_at)).where(
            ReviewCard.user_id == user_id, ReviewCard.due_at >= due_before(now)
        )
    )


def today(session: Session, *, user_id: int, now: datetime) -> Today:
    """Numbers for the pupil's start page."""
    mistakes = session.scalars(
        sa.select(Mistake.item_id).where(Mistake.user_id == user_id, Mistake.closed_at.is_(None))
    )
    return Today(len(_published(session, mistakes)), len(due_items(session, user_id=user_id, now=now)))


def _published(session: Session, item_ids: Iterable[str]) -> list[PoolItem]:
    published = catalogue.load(session).published
    return [published[item_id] for item_id in item_ids if item_id in published]


def _reviewed_today(session: Session, user_id: int, now: datetime) -> int:
    """How many answers of review runs the pupil has given since midnight in China."""
    midnight = datetime.combine(school_day(now), datetime.min.time(), LOCAL_ZONE)
    count = session.scalar(
        sa.select(sa.func.count(PracticeAnswer.id))
        .join(PracticeRun, PracticeRun.id == PracticeAnswer.run_id)
        .where(
            PracticeAnswer.user_id == user_id,
            PracticeAnswer.answered_at >= midnight,
            PracticeRun.source == PracticeSource.REVIEW,
        )
    )
    return count or 0


def run_result(session: Session, run: PracticeRun, answers: Mapping[int, PracticeAnswer]) -> RunResult:
    """How a finished run went; topics that were missed most come first."""
    bank = catalogue.load(session)
    lines, missed = [], Counter[str]()
    for entry in run.items:
        content = bank.get(session, entry["item_id"], entry["version"])
        outcome = Outcome(answers[entry["position"]].outcome)
        lines.append(RunLine(entry["position"], content.stem, outcome))
        if outcome is not Outcome.RIGHT:
            missed[content.topic] += 1
    return RunResult(lines, [topic for topic, _count in missed.most_common()])
