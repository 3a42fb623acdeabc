"""Two people at the same moment, where the second comes while the first has read and not yet written.

On SQLite nobody reads for a change while another one writes, so this is about PostgreSQL alone.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests.models import Contest, Entry
from quiz.db import db
from quiz.errors import DomainError
from quiz.promotion import queries, services
from quiz.promotion.models import PromotionDecision, PromotionRun
from quiz.promotion.playoffs import queries as playoff_queries
from quiz.promotion.rules import DecisionKind, Quota, Ties
from tests.factories.contests import actor_of, enter
from tests.factories.promotion import published, tried, two_stages
from tests.integration.promotion.test_playoffs import _sat, _settle

pytestmark = pytest.mark.only_on("postgresql")
A_MOMENT = 1.0  # in which the second would come through, were it not held up


class Second:
    """Somebody else's act, begun in the middle of the first one's and left to wait for it."""

    def __init__(self, app: Any, act: Callable[[], object]) -> None:
        self._thread = threading.Thread(target=self._run, args=(app, act))
        self.refusal: DomainError | None = None

    def _run(self, app: Any, act: Callable[[], object]) -> None:
        with app.app_context():
            try:
                act()
                db.session.commit()
            except DomainError as error:
                self.refusal = error

    def begin(self) -> None:
        """Start, and give it the time to come through."""
        self._thread.start()
        self._thread.join(A_MOMENT)

    def finish(self) -> None:
        """It gets its turn once the first is done."""
        self._thread.join(30)
        assert not self._thread.is_alive()


def test_a_disqualification_outlasts_a_play_off_that_is_settled_meanwhile(app, cast, monkeypatch):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene, ties=Ties.PLAYOFF, quota=Quota(number=2, reserves=1))
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 4, 60), (cast.ouyang, 1, 60)])

    def disqualify() -> None:
        services.decide(
            db.session, actor=actor_of(db.session, cast.admin), contest=db.session.get_one(Contest, scene.first),
            user_id=cast.liming, kind=DecisionKind.DISQUALIFIED, reason="他人代答", now=clock.now(),
        )  # fmt: skip

    second, real = Second(app, disqualify), playoff_queries.results_of

    def read_and_pause(session: Any, line: Any) -> Any:
        found = real(session, line)
        second.begin()
        return found

    monkeypatch.setattr(playoff_queries, "results_of", read_and_pause)
    with app.app_context():
        _settle(cast, scene, public_id)
    second.finish()
    with app.app_context():
        stands = sa.select(PromotionDecision.kind).where(
            PromotionDecision.user_id == cast.liming, PromotionDecision.revoked_at.is_(None)
        )
        assert db.session.scalars(stands).all() == [DecisionKind.DISQUALIFIED]


def _opened_again_without(app: Any, cast: Any, scene: Any) -> int:
    """The second stage is open; a confirmed list takes 卓玛 back from it. The id of its run."""
    published(app, cast, tried(app, cast, scene))
    with app.app_context():
        now = clock.now()
        for group in db.session.get_one(Contest, scene.second).groups:
            group.sitting.opens_at, group.sitting.closes_at = now - timedelta(minutes=1), now + timedelta(hours=1)
        services.decide(
            db.session, actor=actor_of(db.session, cast.province), contest=db.session.get_one(Contest, scene.first),
            user_id=cast.zhuoma, kind=DecisionKind.WITHDRAWN, reason="家长来信", now=now,
        )  # fmt: skip
        db.session.commit()
    run_id = tried(app, cast, scene)
    with app.app_context():
        services.confirm(
            db.session, actor=actor_of(db.session, cast.admin), contest=db.session.get_one(Contest, scene.first),
            run=db.session.get_one(PromotionRun, run_id), now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    return run_id


def test_whoever_begins_while_a_list_is_published_keeps_the_place_or_does_not_begin(app, cast, monkeypatch):
    scene = two_stages(app, cast)
    run_id = _opened_again_without(app, cast, scene)
    second = Second(app, lambda: enter(db.session, db.session.get_one(Contest, scene.second), cast.zhuoma, clock.now()))
    real = queries.change_of

    def read_and_pause(session: Any, run: Any) -> Any:
        found = real(session, run)
        assert cast.zhuoma in found.leaving
        second.begin()
        return found

    monkeypatch.setattr(queries, "change_of", read_and_pause)
    with app.app_context():
        services.publish(
            db.session, actor=actor_of(db.session, cast.admin), contest=db.session.get_one(Contest, scene.first),
            run=db.session.get_one(PromotionRun, run_id), now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    second.finish()
    with app.app_context():
        groups = db.session.get_one(Contest, scene.second).groups
        own = sa.select(Entry).where(Entry.contest_id == scene.second, Entry.user_id == cast.zhuoma)
        begun = sa.select(Attempt.id).where(
            Attempt.user_id == cast.zhuoma, Attempt.sitting_id.in_([group.sitting_id for group in groups])
        )
        assert db.session.scalars(own).one().withdrawn_at is not None
        assert db.session.scalars(begun).all() == [] and second.refusal is not None
