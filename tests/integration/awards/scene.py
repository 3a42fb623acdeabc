"""A finished contest with awards: computed by the province's organiser, issued by the administrator.

Ranks: 李明 1, 卓玛 and 甲一一 2, 欧阳小雪 4, 王芳 5, then five below 80 points.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import Enrolment
from quiz.awards import queries
from quiz.awards.models import Award, AwardDraft
from quiz.awards.rules import Tier, TierKind, TierWay
from quiz.awards.services import drafts
from quiz.awards.services import tiers as tiering
from quiz.contests.models import Contest, Entry
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from tests.cast import Cast
from tests.factories.contests import actor_of
from tests.integration.rankings.arena import Arena, fill, make_arena

VERIFY = "https://qingyuan.example/verify"
TIERS = (
    Tier(0, "一等奖", TierKind.PUPIL, None, TierWay.QUOTA, 1),
    Tier(0, "二等奖", TierKind.PUPIL, None, TierWay.QUOTA, 1),
    Tier(0, "三等奖", TierKind.PUPIL, None, TierWay.CUTOFF, 8000),
    Tier(0, "优秀指导教师", TierKind.INSTRUCTOR, None, TierWay.QUOTA, 1),
    Tier(0, "优秀组织单位", TierKind.SCHOOL, None, TierWay.QUOTA, 1),
)
SETTINGS = tiering.Settings("QH-2026", "青海省禁毒委员会办公室\n青海省教育厅", VERIFY)


@dataclass
class Scene:
    """Ids and addresses; ``users`` are ids by name."""

    app: Flask
    cast: Cast
    contest_id: int
    public_id: str
    users: dict[str, int]

    @property
    def path(self) -> str:
        return f"/awards/{self.public_id}"

    def app_folder(self) -> Path:
        """The instance folder."""
        return Path(self.app.config["INSTANCE_FOLDER"])

    def set_tiers(self, tiers: tuple[Tier, ...] = TIERS, settings: tiering.Settings = SETTINGS) -> None:
        """Save these tiers as the province's organiser."""
        with self.app.app_context():
            tiering.save(
                db.session, actor=actor_of(db.session, self.cast.province), contest=self.contest(), tiers=tiers,
                settings=settings, now=clock.now(),
            )  # fmt: skip
            db.session.commit()

    def contest(self) -> Contest:
        return db.session.get_one(Contest, self.contest_id)

    def compute(self) -> str:
        """A list, computed; its public id."""
        with self.app.app_context():
            actor = actor_of(db.session, self.cast.province)
            draft = drafts.request(db.session, actor=actor, contest=self.contest(), now=clock.now())
            db.session.commit()
            public_id = draft.public_id
        run_due_jobs(self.app)
        return public_id

    def issue(self) -> None:
        """Compute a list and let the administrator issue it."""
        public_id = self.compute()
        with self.app.app_context():
            self.confirm(public_id)
            db.session.commit()

    def confirm(self, public_id: str) -> AwardDraft:
        """Within an application context; the caller commits."""
        draft = queries.get_draft(db.session, self.contest_id, public_id)
        actor = actor_of(db.session, self.cast.admin)
        return drafts.confirm(db.session, actor=actor, contest=self.contest(), draft=draft, now=clock.now())

    def award(self, name: str) -> Award:
        """Somebody's latest award; within an application context."""
        found = db.session.query(Award).filter_by(contest_id=self.contest_id, name=name).order_by(Award.id.desc())
        award = found.first()
        assert award is not None, f"{name} has no award"
        return award

    def numbers(self) -> list[int]:
        """The numbers of all issued awards."""
        with self.app.app_context():
            query = db.session.query(Award.number).filter(Award.number.is_not(None)).order_by(Award.number)
            return [number for (number,) in query]

    def enter(self, user_id: int) -> None:
        """Give somebody an entry, as a start would have."""
        with self.app.app_context():
            place = db.session.query(Enrolment).filter_by(user_id=user_id, ended_at=None).one()
            db.session.add(
                Entry(
                    contest_id=self.contest_id, group_id=self.contest().groups[0].id, user_id=user_id,
                    school_id=place.school_id, class_id=place.class_id, created_at=clock.now(),
                )
            )  # fmt: skip
            db.session.commit()


def make_scene(app: Flask, cast: Cast, *, people: dict[str, int] | None = None, **options: Any) -> Scene:
    """The contest with its results, tallied. ``people`` are further pupils of class A2 with their scores."""
    with app.app_context():
        arena: Arena = make_arena(db.session, cast, clock.now(), **options)
        users = fill(arena, cast)
        for number, (name, score) in enumerate((people or {}).items()):
            users[name] = arena.pupil(name, cast.class_a2, cast.school_a, f"2024030{number}")
            arena.result(users[name], score, 100)
        public_id = arena.tally()
        return Scene(app, cast, arena.contest.id, public_id, users)


def link_of(scene: Scene, name: str) -> str:
    """The path in the QR code of somebody's certificate."""
    with scene.app.app_context():
        award = scene.award(name)
        return f"/verify/{queries.serial_of(db.session, award)}/{award.check_code}"


def download(client: FlaskClient, scene: Scene, name: str) -> Any:
    """What somebody gets at the address of a certificate."""
    with scene.app.app_context():
        award_id = scene.award(name).public_id
    return client.get(f"/certificates/{award_id}.pdf")
