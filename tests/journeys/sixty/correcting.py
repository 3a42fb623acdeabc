"""An item turns out to have a wrong key: which one, and how the bank comes to say so."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from quiz.items.services import sync_bank
from tests.journeys.answers import choice_for, item_of
from tests.journeys.sixty.people import CHEAT, EVERYBODY, TIED
from tests.journeys.sixty.telling import Telling

LEVEL = (13, 14)  # the fourth and the fifth of the junior group of a school, equal across the line


def most_used(story: Telling) -> str:
    """The stem of the item that most papers of the primary group hold, and none of those whose places are told of.

    Papers are drawn by chance; who ties on the line and who stands in must not hang on that.
    """
    told_of = [TIED, CHEAT, *EVERYBODY[10:20], *EVERYBODY[30:40]]
    spared = {stem for one in told_of for stem in one.answered}
    counts = Counter(stem for one in EVERYBODY if one.group == "primary" for stem in one.answered)
    return max(counts.keys() - spared, key=lambda stem: (counts[stem], stem))


def correct(session: Session, stem: str, now: datetime) -> str:
    """A new version of the bank's content, as an update brings it: what the wrong answer said is right. Gives that text."""
    wrong, right = item_of(stem), choice_for(stem, is_right=False)
    key = tuple(choice.id for choice in wrong.choices if choice.text == right)
    bank = [replace(one, answer_key=type(one.answer_key)(key)) if one.id == wrong.id else one for one in load_bank()]
    sync_bank(session, now=now, items=bank)
    session.commit()
    return right
