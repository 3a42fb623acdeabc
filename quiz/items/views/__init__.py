"""Pages of the bank for staff."""

from quiz.items.concerns import views as concerns
from quiz.items.editing import views as editing
from quiz.items.sourcing import views as sourcing
from quiz.items.views import bank

blueprints = [bank.bp, editing.bp, concerns.bp, sourcing.bp]
NAVIGATION = [*bank.NAVIGATION, *editing.NAVIGATION, *concerns.NAVIGATION]
