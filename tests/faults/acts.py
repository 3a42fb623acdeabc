"""The other contacts with the product: what staff do, transactions that are held, settings and limits of the database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from quiz import clock
from quiz.attempts import services
from quiz.attempts.models import Attempt, ItemResponse
from quiz.contests.models import Contest, ContestGroup
from quiz.db import db, durability_problems
from quiz.errors import ConflictError
from quiz.items.models import Item
from quiz.items.services import sync_bank
from tests.faults.product import Arena, make_app, open_engine


class StaffActs:
    """What staff and the worker do to attempts, through the services; the time is the clock's."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self._bank = list(load_bank())

    def extend(self, attempt: str, seconds: int) -> bool:
        """More time; whether it was possible."""
        with self.arena.session() as session:
            found = session.scalars(sa.select(Attempt).where(Attempt.public_id == attempt)).one()
            try:
                services.extend_attempt(
                    session, actor_id=self.arena.cast.teacher, attempt_id=found.id, extra_seconds=seconds, reason="停电",
                    now=clock.now(),
                )  # fmt: skip
            except ConflictError:
                session.rollback()
                return False
        return True

    def correct(self, contest: str, item_id: str, key: Sequence[str]) -> None:
        """Another key for an item: a new version, and everybody of the contest marked again by it."""
        self._bank = [replace(one, answer_key=tuple(key)) if one.id == item_id else one for one in self._bank]
        with self.arena.session() as session:
            sync_bank(session, now=clock.now(), items=self._bank)
            version = session.scalars(sa.select(Item.current_version).where(Item.id == item_id)).one()
            sittings = sa.select(ContestGroup.sitting_id).join(Contest).where(Contest.public_id == contest)
            services.remark_sitting(
                session, sitting_id=session.scalars(sittings).one(), now=clock.now(),
                actor_id=self.arena.cast.admin, corrections={item_id: version},
            )  # fmt: skip


def same_row_again(session: Session, what: str) -> None:
    """Write a copy of the only attempt or answer that breaks one limit; the database must refuse it."""
    model: type[Attempt] | type[ItemResponse] = ItemResponse if what in {"answer", "row"} else Attempt
    row = dict(session.execute(sa.select(model.__table__)).mappings().one())
    del row["id"]
    if what == "attempt":  # a second open one, under the next number
        row |= {"public_id": "another", "number": row["number"] + 1}
    elif what == "row":  # another answer of the attempt under the same place in its log
        row |= {"seq": row["seq"] + 1}
    elif what == "answer":  # another row under the same number of the device
        row |= {"number": row["number"] + 1}
    elif what == "number":
        row |= {"public_id": "another", "status": "submitted"}
    session.execute(sa.insert(model.__table__).values(**row))


@contextmanager
def held_save(arena: Arena, attempt: str, user_id: int, position: int, choices: Sequence[str]) -> Iterator[Session]:
    """A save that is not committed yet; the caller commits."""
    login = arena.session_id(arena.login(user_id))
    with arena.session() as session:
        reply = services.save_answer(
            session, attempt_public_id=attempt, user_id=user_id, login_session_id=login, seq=1, position=position,
            choices=list(choices), now=clock.now(),
        )  # fmt: skip
        assert reply.status == "saved"
        yield session


def hand_in(arena: Arena, attempt: str, user_id: int) -> None:
    """Submit through the service, in a transaction of its own."""
    with arena.session() as session:
        services.submit_attempt(session, attempt_public_id=attempt, user_id=user_id, now=clock.now())


def limited_app(arena: Arena, *, pragma: Callable[[], str] | None = None, **options: Any) -> Flask:
    """An application on the arena's database with another pool, or with a PRAGMA set anew at every transaction.

    Without the lane, whose connections are its own: what fails there comes here (the servers of these tests have it).
    """
    app = make_app(arena.url, str(arena.folder), has_lane=False, **options)
    if pragma is not None:
        with app.app_context():

            @sa.event.listens_for(db.engine, "checkout")
            def _set(connection: Any, _record: Any, _proxy: Any) -> None:
                connection.execute(f"PRAGMA {pragma()}").fetchall()

    return app


@contextmanager
def held_connection(app: Flask) -> Iterator[None]:
    """One connection of an application's pool is in use by somebody else."""
    with app.app_context():
        engine = db.engine
    with engine.connect():
        yield


@contextmanager
def held_writer(arena: Arena) -> Iterator[None]:
    """SQLite's only writer is somebody else."""
    with arena.session() as session:
        session.execute(sa.text("SELECT 1"))  # BEGIN IMMEDIATE
        yield


def durability_of(arena: Arena) -> list[str]:
    """What the product itself finds wrong with the database's settings, on a new connection."""
    engine = open_engine(arena.url)
    try:
        return durability_problems(engine)
    finally:
        engine.dispose()


def setting_of_the_app(arena: Arena, name: str) -> str:
    """A PostgreSQL setting as the application's own connection sees it."""
    with arena.app.app_context():
        found = str(db.session.execute(sa.text("SELECT current_setting(:name)"), {"name": name}).scalar())
        db.session.rollback()
        return found
