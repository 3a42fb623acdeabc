"""The tables of reports."""

from quiz.reports.signals.models import IntegritySignal as IntegritySignal
from quiz.reports.signals.models import SignalNote as SignalNote
from quiz.reports.signals.models import SignalScan as SignalScan
