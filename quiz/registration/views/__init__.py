"""Pages of registering: invitations for those who manage a unit, the form for those who come."""

from quiz.registration.views import join, manage

blueprints = [manage.bp, join.bp]
