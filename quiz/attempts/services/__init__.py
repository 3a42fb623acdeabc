"""Writes of sittings and attempts, one file for each step of an attempt's life."""

from quiz.attempts.services.answers import SaveReply, save_answer
from quiz.attempts.services.closing import close_due, submit_attempt
from quiz.attempts.services.policy import (
    announce_keys,
    extend_attempt,
    extend_sitting,
    going_on,
    lift_deadlines,
    release,
)
from quiz.attempts.services.remarking import RemarkReport, ScoreChange, remark_batch, remark_sitting
from quiz.attempts.services.sittings import create_sitting
from quiz.attempts.services.start import start_attempt

__all__ = [
    "RemarkReport",
    "SaveReply",
    "ScoreChange",
    "announce_keys",
    "close_due",
    "create_sitting",
    "extend_attempt",
    "extend_sitting",
    "going_on",
    "lift_deadlines",
    "release",
    "remark_batch",
    "remark_sitting",
    "save_answer",
    "start_attempt",
    "submit_attempt",
]
