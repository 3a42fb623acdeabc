"""Pages of a pupil's own attempts: answering, handing in, the result and the review."""

from quiz.attempts.views import answering, results, state  # noqa: F401  (they put their routes on the blueprint)
from quiz.attempts.views.blueprint import bp

blueprints = [bp]
