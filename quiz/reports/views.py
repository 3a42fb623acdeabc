"""The pages of reports; those about classes are the desk's."""

from quiz.reports.signals.views import bp as signals

blueprints = [signals]
