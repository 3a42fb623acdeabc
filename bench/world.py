"""A province in a database: 3,000 items, 1,138 schools, 100,000 pupils with live sessions, a contest that is open.

Written with bulk inserts into the product's own tables; everything that is measured goes through the product. Pupils
belong to two groups of one contest (小学 and 初中); who sits has an attempt whose paper was drawn by the product.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.app import create_app
from quiz.db import db

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")
ITEMS, SCHOOLS, PUPILS, SITTING = 3000, 1138, 100_000, 2000
SPEC = [
    {"kinds": ["single"], "count": 16, "points": 100},
    {"kinds": ["scenario"], "count": 8, "points": 100},
    {"kinds": ["true_false"], "count": 4, "points": 100},
    {"kinds": ["multiple"], "count": 2, "points": 100},
]  # 30 items
SHORT_SPEC = [{**row, "count": count} for row, count in zip(SPEC, (11, 5, 3, 1), strict=True)]  # 20 items


@dataclass(frozen=True)
class Province:
    """What was built. ``contests`` are public ids: papers of 30 and of 20 items."""

    engine: str
    url: str
    folder: str
    contests: dict[int, str]


@contextmanager
def database(engine: str) -> Iterator[tuple[str, str]]:
    """(url, folder) of an empty private database, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        if engine == "sqlite":
            yield f"sqlite:///{folder}/qingyuan.sqlite3", folder
            return
        name = f"qingyuan_bench_{os.getpid()}"
        _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        try:
            yield f"{POSTGRES}/{name}", folder
        finally:
            _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _admin(*statements: str) -> None:
    engine = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def application(url: str, folder: str) -> Flask:
    """The product on that database; its environment is also that of the servers started afterwards."""
    os.environ.update(DATABASE_URL=url, INSTANCE_PATH=folder, DEMO="0")
    return create_app()


def build(app: Flask, pupils: int = PUPILS, schools: int = SCHOOLS) -> dict[int, str]:
    """Fill the database; returns the contests' public ids by the size of their papers."""
    now = clock.now()
    with app.app_context():
        app.extensions["alembic"].upgrade()
        _bank(now)
        places = _schools(schools)
        _pupils(pupils, places, now)
        contests = {30: _contest("三十题", SPEC, now), 20: _contest("二十题", SHORT_SPEC, now)}
        db.session.commit()
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            db.session.execute(sa.text("ANALYZE"))
            db.session.commit()
    return contests


def insert(table: Any, rows: list[dict[str, Any]], size: int = 5000) -> None:
    """Bulk insert into a model's table."""
    for at in range(0, len(rows), size):
        db.session.execute(sa.insert(table.__table__), rows[at : at + size])


def _bank(now: datetime) -> None:
    """The product's own items, repeated under further ids until there are 3,000."""
    from quiz.items.models import BankState, Item, ItemVersion
    from quiz.items.services import sync_bank

    sync_bank(db.session, now=now)
    items = db.session.execute(sa.select(Item.__table__)).mappings().all()
    contents = dict(db.session.execute(sa.select(ItemVersion.item_id, ItemVersion.content)).all())
    copies, versions = [], []
    for number in range(ITEMS - len(items)):
        old = items[number % len(items)]
        new_id = f"{old['topic']}-{6000 + number}"
        copies.append({**old, "id": new_id, "is_local": True, "synced_hash": None, "current_version": 1})
        content = {**contents[old["id"]], "id": new_id}
        versions.append(
            {"item_id": new_id, "version": 1, "content": content, "content_hash": "-" * 64, "published_at": now}
        )
    insert(Item, copies)
    insert(ItemVersion, versions)
    db.session.execute(sa.update(BankState).values(revision=BankState.revision + 1))


def _schools(count: int) -> list[tuple[int, int]]:
    """1,138 schools in the counties of Qinghai, each with primary and junior classes; (school, class) pairs."""
    from quiz.regions.models import Region, School, SchoolClass, SchoolKind
    from quiz.regions.rules import school_year
    from quiz.regions.services import sync_regions

    sync_regions(db.session, now=clock.now())
    counties = db.session.execute(
        sa.select(Region.id, Region.prefecture_id, Region.province_id).where(
            Region.province_id == "630000", Region.level == "county"
        )
    ).all()
    year = school_year(clock.now())
    insert(School, [
        {
            "id": number, "code": f"63{number:08d}", "name": f"第{number}学校",
            "kind": SchoolKind.JUNIOR if number % 2 else SchoolKind.PRIMARY, "county_id": county.id,
            "prefecture_id": county.prefecture_id, "province_id": county.province_id, "slip_valid_days": 180,
            "is_active": True, "is_demo": False,
        }
        for number in range(1, count + 1) for county in [counties[number % len(counties)]]
    ])  # fmt: skip
    rows = []
    for school in range(1, count + 1):
        for index in range(2):
            entry, age = (7, 1) if school % 2 else (1, 5)
            rows.append({"id": len(rows) + 1, "school_id": school, "cohort_year": year - age, "entry_grade": entry,
                         "name": f"{index + 1}班", "is_active": True})  # fmt: skip
    insert(SchoolClass, rows)
    return [(row["school_id"], row["id"]) for row in rows]


def _pupils(count: int, places: list[tuple[int, int]], now: datetime) -> None:
    from quiz.accounts.models import Enrolment, LoginSession, User, UserKind

    users = [
        {"id": n, "public_id": f"p{n}", "kind": UserKind.PUPIL, "name": "张小明", "must_change_secret": False,
         "session_version": 1, "is_active": True, "is_demo": False, "created_at": now}
        for n in range(1, count + 1)
    ]  # fmt: skip
    insert(User, users)
    insert(Enrolment, [
        {"user_id": n, "school_id": school, "class_id": class_id, "student_number": f"{n:08d}", "started_at": now}
        for n in range(1, count + 1) for school, class_id in [places[n % len(places)]]
    ])  # fmt: skip
    insert(LoginSession, [
        {"id": f"s{n:042d}", "user_id": n, "user_version": 1, "method": "pin", "created_at": now,
         "expires_at": now + timedelta(hours=12)}
        for n in range(1, count + 1)
    ])  # fmt: skip
    _fit_sequences("user_account", "school", "school_class")


def _fit_sequences(*tables: str) -> None:
    """PostgreSQL hands out ids from a sequence that rows with ids of their own do not move."""
    if db.engine.dialect.name == "postgresql":
        for name in tables:
            db.session.execute(
                sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )


def _contest(title: str, rows: list[dict[str, Any]], now: datetime) -> str:
    """An open contest of the whole province with a primary and a junior group; its public id."""
    from quiz.accounts.models import User, UserKind
    from quiz.attempts.models import Sitting
    from quiz.contests.models import Contest, ContestGroup, ContestGroupKind, ContestPlace
    from quiz.papers.services import create_spec

    editor = User(kind=UserKind.STAFF, name="出题人", username=title, username_key=title, created_at=now)
    db.session.add(editor)
    db.session.flush()
    spec = create_spec(db.session, title=title, rows=rows, actor_id=editor.id, now=now)
    contest = Contest(
        title=title, host_region_id="630000", created_by=editor.id, created_at=now, published_at=now,
        ranking_profile="national",
    )  # fmt: skip
    contest.places = [ContestPlace(region_id="630000")]
    for kind, band in ((ContestGroupKind.PRIMARY, "primary"), (ContestGroupKind.JUNIOR, "junior")):
        sitting = Sitting(
            title=title, band=band, paper_spec=spec, opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=30), duration_seconds=4 * 3600, attempts_allowed=10,
        )  # fmt: skip
        contest.groups.append(ContestGroup(kind=kind, sitting=sitting))
    db.session.add(contest)
    db.session.flush()
    return contest.public_id


@dataclass(frozen=True)
class Sitter:
    """A pupil with an open attempt and what a browser would send; ``choices`` is a valid answer for each position."""

    user_id: int
    attempt_id: int
    attempt: str
    cookie: str
    csrf: str
    choices: tuple[str, ...]


def credentials(app: Flask, user_id: int) -> tuple[str, str]:
    """(Cookie header, CSRF token) of a pupil's prepared session."""
    from flask.sessions import SecureCookieSessionInterface
    from itsdangerous import URLSafeTimedSerializer

    raw = secrets.token_hex(20)
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    content = {"_permanent": True, "_user_id": f"s{user_id:042d}.{user_id}.1", "_fresh": True, "csrf_token": raw}
    token = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(raw)
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}", token


def start(app: Flask, contest: str, users: range) -> list[Sitter]:
    """Let these pupils start a contest through the product's services; returns what their browsers know."""
    from quiz.accounts.rules import Actor
    from quiz.attempts.queries import item_at
    from quiz.contests.services import enter_and_start
    from tests.factories.responses import right_choices

    found = []
    with app.app_context():
        from quiz.accounts.models import Enrolment

        query = sa.select(Enrolment.user_id, Enrolment.school_id, Enrolment.class_id)
        query = query.where(Enrolment.user_id.between(users.start, users.stop - 1))
        for user_id, school_id, class_id in db.session.execute(query).all():
            actor = Actor(user_id, f"p{user_id}", "张小明", "pupil", f"s{user_id:042d}", 1, school_id=school_id,
                          class_id=class_id)  # fmt: skip
            attempt = enter_and_start(db.session, contest_public_id=contest, actor=actor, now=datetime.now(UTC))
            choices = tuple(json.dumps(right_choices(item_at(db.session, entry))) for entry in attempt.paper)
            cookie, csrf = credentials(app, user_id)
            found.append(Sitter(user_id, attempt.id, attempt.public_id, cookie, csrf, choices))
            if len(found) % 200 == 0:
                db.session.commit()
                db.session.expunge_all()
        db.session.commit()
    return found


def sitters(app: Flask, contest: str, users: range, answers: int = 0, drawn: int = 200) -> list[Sitter]:
    """Open attempts for many pupils: the first ones start through the product, the others get copies of their papers.

    Copies begin with so many answers.
    """
    from quiz.accounts.models import Enrolment, new_public_id
    from quiz.attempts.models import Attempt, ItemResponse

    models = start(app, contest, range(users.start, min(users.start + drawn, users.stop)))
    found, attempts, rows = list(models), [], []
    with app.app_context():
        columns = {
            one.id: {column.name: getattr(one, column.name) for column in Attempt.__table__.columns}
            for one in db.session.scalars(sa.select(Attempt).where(Attempt.id.in_([one.attempt_id for one in models])))
        }
        last = db.session.scalar(sa.select(sa.func.max(Attempt.id))) or 0
        query = sa.select(Enrolment.user_id, Enrolment.school_id, Enrolment.class_id)
        query = query.where(Enrolment.user_id.between(users.start + len(models), users.stop - 1))
        for number, (user_id, school_id, class_id) in enumerate(db.session.execute(query).all(), 1):
            model, attempt_id, public_id = models[number % len(models)], last + number, new_public_id()
            place = {"id": attempt_id, "public_id": public_id, "user_id": user_id, "school_id": school_id}
            attempts.append(columns[model.attempt_id] | place | {"class_id": class_id})
            at = columns[model.attempt_id]["started_at"]
            rows += [
                {"attempt_id": attempt_id, "number": n, "seq": n, "position": n, "choices": json.loads(model.choices[n - 1]),
                 "arrived_at": at, "change": 1, "answered": n, "next_seq": n + 1}
                for n in range(1, answers + 1)
            ]  # fmt: skip
            found.append(Sitter(user_id, attempt_id, public_id, *credentials(app, user_id), model.choices))
        insert(Attempt, attempts)
        insert(ItemResponse, rows)
        _fit_sequences("attempt")
        db.session.commit()
    return found[drawn:] if answers else found


def write_table(path: Path, rows: list[tuple[Any, ...]]) -> None:
    """A file that the load generator's script reads: one request's facts per line, tab-separated."""
    path.write_text("\n".join("\t".join(str(cell) for cell in row) for row in rows) + "\n")
