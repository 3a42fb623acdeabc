"""A finished stage with hundreds of results: what organisers decide about it, over the pages, and what is stored of it."""

import io
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.audit.models import AuditEntry
from quiz.awards.models import Award, AwardDraft, AwardSetting, CertificateBatch, CertificatePart
from quiz.awards.rules import Tier, TierKind, TierWay, serial
from quiz.awards.services import batches, drafts
from quiz.awards.services import tiers as tiering
from quiz.contests import services as contests
from quiz.contests import stages
from quiz.contests.models import Contest, Entry
from quiz.contests.rules import Timing
from quiz.promotion import services as promotion
from quiz.promotion.models import PromotionRemark, PromotionRun
from quiz.promotion.rules import Plan, Quota, Ties, UnitLevel
from quiz.rankings.services import rebuild
from tests.factories.contests import actor_of, make_contest
from tests.faults.product import Arena
from tests.faults.pupils import CUT, Device, HttpReply, Pupil
from tests.faults.server import Server

PUPILS = 320
THROUGH = 260  # go to the next stage; as many receive an award: two files of certificates
PREFIX = "QH-2026"


@dataclass(frozen=True)
class Stage:
    """A stage that is over, with the next one before it. Ids and addresses."""

    arena: Arena
    contest_id: int
    public_id: str
    next_id: int
    users: list[int]  # the best first

    @classmethod
    def build(cls, arena: Arena) -> "Stage":
        """Everybody has a result of their own, so nobody ties."""
        users = [one.user_id for one in arena.tickets(PUPILS)]
        now, by = clock.now(), arena.cast.province
        with arena.session() as session:
            actor = actor_of(session, by)
            first = make_contest(
                session, host="region:630000", by=by, now=now, opens_at=now - timedelta(days=2), hours=3
            )
            after = stages.add_stage(session, actor=actor, contest=first, own_name="初赛", name="决赛", now=now)
            opens = now + timedelta(days=3)
            timing = Timing(opens, opens + timedelta(hours=2), 600)
            contests.change_timing(session, actor=actor, contest=after, timing=timing, now=now)
            contests.publish(session, actor=actor, contest=after, now=now)
            _write_results(session, arena, first, users)
            rebuild(session, contest_id=first.id, now=now)
            plan = Plan(UnitLevel.WHOLE, Ties.ALL_IN, {"junior": Quota(number=THROUGH, reserves=0)})
            promotion.declare(session, actor=actor, contest=first, plan=plan, now=now)
            return cls(arena, first.id, first.public_id, after.id, users)

    def _contest(self, session: Session) -> Contest:
        return session.get_one(Contest, self.contest_id)

    # promotion

    def ask_for_trial(self) -> None:
        """The first person."""
        with self.arena.session() as session:
            actor = actor_of(session, self.arena.cast.province)
            promotion.request(session, actor=actor, contest=self._contest(session), now=clock.now())

    def confirm_trial(self) -> None:
        """The second person."""
        with self.arena.session() as session:
            run = session.scalars(sa.select(PromotionRun)).one()
            actor = actor_of(session, self.arena.cast.admin)
            promotion.confirm(session, actor=actor, contest=self._contest(session), run=run, now=clock.now())

    def run(self) -> PromotionRun:
        """The only one."""
        with self.arena.reading() as session:
            return session.scalars(sa.select(PromotionRun)).one()

    def remarked(self) -> list[int]:
        """Whom the trial has said something of, the best first."""
        with self.arena.reading() as session:
            return list(session.scalars(sa.select(PromotionRemark.user_id).order_by(PromotionRemark.place)))

    def entered(self) -> set[int]:
        """Who may sit the next stage."""
        with self.arena.reading() as session:
            return set(session.scalars(sa.select(Entry.user_id).where(Entry.contest_id == self.next_id)))

    # awards

    def ask_for_list(self) -> None:
        """Tiers, and the first person's list."""
        tiers = [Tier(0, "一等奖", TierKind.PUPIL, None, TierWay.QUOTA, THROUGH)]
        with self.arena.session() as session:
            actor, contest = actor_of(session, self.arena.cast.province), self._contest(session)
            settings = tiering.Settings(PREFIX, "示例主办单位", "https://qingyuan.example/verify")
            tiering.save(session, actor=actor, contest=contest, tiers=tiers, settings=settings, now=clock.now())
            drafts.request(session, actor=actor, contest=contest, now=clock.now())

    def draft(self) -> AwardDraft:
        """The only one."""
        with self.arena.reading() as session:
            return session.scalars(sa.select(AwardDraft)).one()

    def awards(self) -> list[tuple[int | None, int | None]]:
        """(user, number) of all awards, issued or not, in the order of the list."""
        with self.arena.reading() as session:
            query = sa.select(Award.user_id, Award.number).order_by(Award.place)
            return [(user, number) for user, number in session.execute(query)]

    def next_number(self) -> int:
        """The serial number that the next award would get."""
        with self.arena.reading() as session:
            return session.scalars(sa.select(AwardSetting.next_number)).one()

    # certificates

    def ask_for_files(self) -> None:
        """All certificates of pupils."""
        with self.arena.session() as session:
            actor = actor_of(session, self.arena.cast.province)
            batches.request(
                session, actor=actor, contest=self._contest(session), kind=TierKind.PUPIL, first=1, now=clock.now()
            )

    def batch(self) -> CertificateBatch:
        """The only one."""
        with self.arena.reading() as session:
            return session.scalars(sa.select(CertificateBatch)).one()

    def files(self) -> list[bytes]:
        """The parts that are there."""
        with self.arena.reading() as session:
            return list(session.scalars(sa.select(CertificatePart.data).order_by(CertificatePart.part)))

    # all

    def audited(self, action: str) -> int:
        """How often the log says that something was done."""
        with self.arena.reading() as session:
            query = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
            return session.scalar(query) or 0


def _write_results(session: Session, arena: Arena, contest: Contest, users: list[int]) -> None:
    sitting = contest.groups[0].sitting
    session.add_all(
        Attempt(
            sitting_id=sitting.id, user_id=user, school_id=arena.cast.school_a, class_id=arena.cast.class_a1, number=1,
            status=AttemptStatus.SUBMITTED, paper=[], marks=[], rules_version=1, score=9000, elapsed_seconds=60 + at,
            started_at=sitting.opens_at, deadline_at=sitting.closes_at,
            closed_at=sitting.opens_at + timedelta(seconds=60 + at),
        )
        for at, user in enumerate(users)
    )  # fmt: skip
    session.flush()


class Press:
    """A form's button, pressed by a member of staff in a browser of their own, while others look on."""

    def __init__(self, server: Server, cookie: str, path: str) -> None:
        self.reply: HttpReply | None = None
        self._device, self._path = Device([server.port], cookie), path
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        with suppress(*CUT):
            token = Pupil.token_of(self._device.request("GET", "/me", form="").body)
            self.reply = self._device.request("POST", self._path, form=f"csrf_token={token}")

    def wait(self) -> HttpReply | None:
        """What came back; None when the connection was cut."""
        self._thread.join(90)
        assert not self._thread.is_alive(), "no end of the request"
        return self.reply


def serials_in(files: list[bytes], numbers: list[int]) -> list[list[str]]:
    """For every page of the files the serials that it says."""
    known = {serial(PREFIX, number) for number in numbers}
    pages = [one.extract_text() for data in files for one in PdfReader(io.BytesIO(data)).pages]
    return [[one for one in known if one in "".join(text.split())] for text in pages]
