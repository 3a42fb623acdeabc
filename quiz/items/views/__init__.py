"""Pages of the bank for staff."""

from quiz.items.concerns import views as concerns
from quiz.items.editing import views as editing
from quiz.items.importing import views as importing
from quiz.items.sourcing import views as sourcing
from quiz.items.views import bank, output

blueprints = [bank.bp, editing.bp, concerns.bp, importing.bp, sourcing.bp, output.bp]
NAVIGATION = [*bank.NAVIGATION, *editing.NAVIGATION, *concerns.NAVIGATION]
