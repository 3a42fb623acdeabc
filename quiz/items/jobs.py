"""Background work of the bank."""

from quiz.items.concerns.jobs import JOBS as CONCERN_JOBS

JOBS = {**CONCERN_JOBS}
