"""The background work of reports."""

from quiz.reports.signals import jobs, services

JOBS = {services.SCAN: jobs.scan}
