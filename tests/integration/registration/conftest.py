"""An office in the cast's county with a manager, a running contest of adults, and an open invitation."""

from dataclasses import dataclass

import pytest

from quiz import clock
from quiz.db import db
from tests.factories.adults import adults_contest, make_link, make_manager, make_unit


@dataclass
class Office:
    """Ids and the address of the invitation."""

    school: int
    manager: int
    contest: str
    contest_id: int
    link: int
    code: str

    @property
    def join(self) -> str:
        return f"/join/{self.code}"

    @property
    def manage(self) -> str:
        return f"/schools/{self.school}/registration"


@pytest.fixture
def office(app, cast):
    with app.app_context():
        now = clock.now()
        unit = make_unit(db.session, by=cast.county, now=now)
        manager = make_manager(db.session, unit.id, now)
        contest = adults_contest(db.session, by=cast.county, now=now)
        link = make_link(db.session, contest, unit.id, by=manager, now=now, asks_class=True)
        db.session.commit()
        return Office(unit.id, manager, contest.public_id, contest.id, link.id, link.code)
