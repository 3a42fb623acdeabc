"""Pages of appeals: the pupil's own, and the reviewers'."""

from quiz.appeals.views import manage, student

blueprints = [student.bp, manage.bp]
