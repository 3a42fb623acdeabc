"""Background work of accounts."""

from quiz.accounts.roster.jobs import JOBS as JOBS
