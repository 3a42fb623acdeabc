"""Writes of standings: the tally folds what has changed, a rebuild makes everything anew."""

from quiz.rankings.services.folding import fold
from quiz.rankings.services.rebuilding import rebuild

__all__ = ["fold", "rebuild"]
