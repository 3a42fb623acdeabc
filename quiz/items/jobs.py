"""Background work of the bank."""

from quiz.items.concerns.jobs import JOBS as CONCERN_JOBS
from quiz.items.importing.jobs import JOBS as IMPORT_JOBS

JOBS = {**CONCERN_JOBS, **IMPORT_JOBS}
