"""An item turns out to have a wrong key: which one, and how the bank comes to say so."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from quiz.items.services import sync_bank
from tests.journeys.answers import choice_for, item_of
from tests.journeys.sixty.people import EVERYBODY
from tests.journeys.sixty.telling import Telling

LEVEL = (
    13,
    14,
)  # the fourth and the fifth of the junior group of a school, equal across the line: theirs stays as it is


def most_used(story: Telling) -> str:
    """The stem of the item that most papers of the stage hold, and none of those who must stay equal."""
    spared = {stem for at in LEVEL for stem in EVERYBODY[at].answered}
    counts = Counter(stem for one in EVERYBODY for stem in one.answered if stem not in spared)
    return max(counts, key=lambda stem: (counts[stem], stem))


def correct(session: Session, stem: str, now: datetime) -> str:
    """A new version of the bank's content, as an update brings it: what the wrong answer said is right. Gives that text."""
    wrong, right = item_of(stem), choice_for(stem, is_right=False)
    key = tuple(choice.id for choice in wrong.choices if choice.text == right)
    bank = [replace(one, answer_key=type(one.answer_key)(key)) if one.id == wrong.id else one for one in load_bank()]
    sync_bank(session, now=now, items=bank)
    session.commit()
    return right
