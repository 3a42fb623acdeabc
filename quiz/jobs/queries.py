"""Reads of jobs, for pages that show how far one is."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.jobs.models import Job, JobState


def latest_job(session: Session, *keys: str) -> Job | None:
    """The latest job of these keys."""
    return session.scalar(sa.select(Job).where(Job.key.in_(keys)).order_by(Job.id.desc()).limit(1))


def is_stuck(job: Job | None) -> bool:
    """Whether nobody is at work any more, though somebody should be."""
    return job is None or job.state == JobState.FAILED
