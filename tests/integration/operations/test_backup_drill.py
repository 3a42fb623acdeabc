"""The drill: a contest is sat, copied while answers come in, put into an empty database, and is the same."""

import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.app import create_app
from quiz.attempts import queries as attempts
from quiz.attempts.services import save_answer
from quiz.audit.services import record
from quiz.db import Base, db
from quiz.jobs.worker import run_due_jobs
from quiz.operations.backup import postgres
from quiz.operations.models import ServiceMark
from quiz.operations.services import note
from tests.cast import Cast
from tests.factories.contests import enter, make_contest, take
from tests.factories.responses import right_choices
from tests.factories.sittings import login
from tests.world import POSTGRES, World

Targets = Callable[[], Flask]


@pytest.fixture
def empty(world: World, tmp_path: Path) -> Iterator[Targets]:
    """Makes applications on empty databases of the engine under test."""
    made: list[tuple[Flask, str]] = []

    def make() -> Flask:
        name = f"{world.name}_drill{len(made)}"
        url = f"sqlite:///{tmp_path / 'restored' / f'{len(made)}.sqlite3'}"
        if world.engine != "sqlite":
            world._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            world._admin(f"CREATE DATABASE {name}")
            url = f"{POSTGRES}/{name}"
        (tmp_path / "restored").mkdir(exist_ok=True)
        found = create_app({**world.config(), "SQLALCHEMY_ENGINES": {"default": {"url": url}}})
        made.append((found, name))
        return found

    yield make
    for found, name in made:
        with found.app_context():
            db.engine.dispose()
        if world.engine != "sqlite":
            world._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def sat(app: Flask, cast: Cast, *, has_tally: bool = True) -> str:
    """A contest with results, its standings, and 王芳 still answering; returns the public id of her attempt."""
    with app.app_context():
        now = clock.now()
        opens = now - timedelta(minutes=10)
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, opens_at=opens
        )
        now -= timedelta(minutes=5)
        for user, right in ((cast.zhuoma, 4), (cast.liming, 2), (cast.ouyang, 2)):
            take(db.session, contest, user, right=right, now=now, seconds=right)
        going = enter(db.session, contest, cast.wangfang, now)
        record(db.session, "test:drill:begin", now=now, actor_id=cast.admin, object_type="test", object_id=1)
        db.session.commit()
        public_id = going.public_id
    if has_tally:
        run_due_jobs(app)
    return public_id


class Saving(threading.Thread):
    """Saves answers one after the other until told to stop; ``acknowledged`` counts those that are committed."""

    def __init__(self, app: Flask, cast: Cast, public_id: str) -> None:
        super().__init__(daemon=True)
        self.app, self.cast, self.public_id = app, cast, public_id
        self.acknowledged = 0
        self.ending = threading.Event()

    def run(self) -> None:
        with self.app.app_context():
            session_id = login(db.session, self.cast.wangfang, clock.now())
            attempt = attempts.get_attempt(db.session, self.public_id, self.cast.wangfang)
            choices = list(right_choices(attempts.item_at(db.session, attempt.paper[0])))
            db.session.commit()
            while not self.ending.is_set():
                reply = save_answer(
                    db.session, attempt_public_id=self.public_id, user_id=self.cast.wangfang,
                    login_session_id=session_id, seq=self.acknowledged + 1, position=1,
                    choices=choices if self.acknowledged % 2 else [], now=clock.now(),
                )  # fmt: skip
                assert reply.status == "saved"
                db.session.commit()
                self.acknowledged += 1
                self.ending.wait(0.02)  # a paper takes some hundred changes only


def run(app: Flask, *command: str) -> Any:
    with app.app_context():
        db.session.remove() if hasattr(db.session, "remove") else db.session.close()
    return app.test_cli_runner().invoke(args=list(command))


def content(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, answers apart."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in connection.execute(sa.select(table)))
            for table in Base.metadata.sorted_tables
            if table.name not in {"item_response", "service_mark", "login_session"}
        }


def answers(app: Flask) -> list[tuple[int, int, list[str]]]:
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT attempt_id, seq, choices FROM item_response ORDER BY attempt_id, seq")
        return [tuple(map(str, row)) for row in rows]  # type: ignore[misc]


def test_the_drill(app: Flask, cast: Cast, empty: Targets, tmp_path: Path) -> None:
    public_id = sat(app, cast)
    saving = Saving(app, cast, public_id)
    saving.start()
    while saving.acknowledged < 20:
        assert saving.is_alive()
    before = saving.acknowledged
    result = run(app, "backup", str(tmp_path / "drill.qingyuan"))
    after = saving.acknowledged
    saving.ending.set()
    saving.join()
    assert result.exit_code == 0, result.output
    assert after > before, "answers must go on being saved meanwhile"

    restored = empty()
    result = run(restored, "restore", str(tmp_path / "drill.qingyuan"))
    assert result.exit_code == 0, result.output
    for sentence in ("every score follows", "no difference", "the chain is sound", "Everything is as it was"):
        assert sentence in result.output
    assert content(restored) == content(app)
    there, here = answers(restored), answers(app)
    assert there == [row for row in here if row in set(there)], "nothing changed, nothing invented"
    with app.app_context():
        attempt_id = str(attempts.get_attempt(db.session, public_id, cast.wangfang).id)
    kept = [int(row[1]) for row in there if row[0] == attempt_id]
    assert kept == list(range(1, len(kept) + 1)) and len(kept) >= before, "what was acknowledged before is inside"
    with restored.app_context():
        assert restored.extensions["alembic"].compare_metadata() == []


def test_standings_that_were_being_counted_are_counted_after_the_restore(
    app: Flask, cast: Cast, empty: Targets, tmp_path: Path
) -> None:
    sat(app, cast, has_tally=False)
    run(app, "backup", str(tmp_path / "a"))
    result = run(empty(), "restore", str(tmp_path / "a"))
    assert result.exit_code == 0 and "counted now" in result.output and "no difference" in result.output


def test_the_last_backup_is_remembered(app: Flask, tmp_path: Path) -> None:
    assert run(app, "backup", str(tmp_path / "a")).exit_code == 0
    with app.app_context():
        mark = db.session.get(ServiceMark, "backup")
        assert mark is not None and clock.now() - mark.at < timedelta(minutes=1)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a"], "nothing half-written is left"


def test_a_backup_holds_no_secret_key(app: Flask, world: World, tmp_path: Path) -> None:
    run(app, "backup", str(tmp_path / "a"))
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert len(archive.namelist()) == 2
        assert all(str(app.config["SECRET_KEY"]).encode() not in archive.read(name) for name in archive.namelist())


def test_a_backup_overwrites_nothing(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("precious")
    result = run(app, "backup", str(tmp_path / "a"))
    assert result.exit_code == 1 and "exists already" in result.output
    assert (tmp_path / "a").read_text() == "precious"


@pytest.mark.parametrize("keep", [0, 10, 0.3, 0.9, 0.999])
def test_a_file_cut_off_changes_nothing(app: Flask, empty: Targets, tmp_path: Path, keep: float) -> None:
    run(app, "backup", str(tmp_path / "a"))
    data = (tmp_path / "a").read_bytes()
    (tmp_path / "cut").write_bytes(data[: int(keep if keep >= 1 else len(data) * keep)])
    target = empty()
    result = run(target, "restore", str(tmp_path / "cut"))
    assert result.exit_code == 1 and "not a whole backup" in result.output
    with target.app_context():
        assert sa.inspect(db.engine).get_table_names() == []


def test_a_file_changed_inside_changes_nothing(app: Flask, empty: Targets, tmp_path: Path) -> None:
    run(app, "backup", str(tmp_path / "a"))
    data = bytearray((tmp_path / "a").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a").write_bytes(data)
    target = empty()
    result = run(target, "restore", str(tmp_path / "a"))
    assert result.exit_code == 1 and "Nothing was touched" in result.output
    with target.app_context():
        assert sa.inspect(db.engine).get_table_names() == []


def test_a_filled_database_is_replaced_only_when_told(app: Flask, cast: Cast, empty: Targets, tmp_path: Path) -> None:
    run(app, "backup", str(tmp_path / "before"))
    old = content(app)
    sat(app, cast)
    run(app, "backup", str(tmp_path / "after"))
    target = empty()
    assert run(target, "restore", str(tmp_path / "after")).exit_code == 0
    refused = run(target, "restore", str(tmp_path / "before"))
    assert refused.exit_code == 1 and "--replace" in refused.output
    assert content(target) == content(app)
    replaced = run(target, "restore", str(tmp_path / "before"), "--replace")
    assert replaced.exit_code == 0, replaced.output
    assert content(target) == old


def test_a_site_that_runs_is_not_replaced(app: Flask, empty: Targets, tmp_path: Path) -> None:
    run(app, "backup", str(tmp_path / "a"))
    target = empty()
    run(target, "restore", str(tmp_path / "a"))
    with target.app_context():
        note(db.session, "worker", now=clock.now())
        db.session.commit()
    result = run(target, "restore", str(tmp_path / "a"), "--replace")
    assert result.exit_code == 1 and "is running" in result.output


def rewritten(path: Path, **changes: object) -> None:
    """The same backup with another manifest."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents["manifest.json"] = json.dumps({**json.loads(contents["manifest.json"]), **changes}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)


def test_a_payload_that_was_exchanged_is_refused(app: Flask, empty: Targets, tmp_path: Path) -> None:
    """A whole archive, but not the database that its manifest vouches for."""
    run(app, "backup", str(tmp_path / "a"))
    with zipfile.ZipFile(tmp_path / "a") as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "b", "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data if name == "manifest.json" else data[:-1] + b"x")
    result = run(empty(), "restore", str(tmp_path / "b"))
    assert result.exit_code == 1 and "the checksum is wrong" in result.output


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"migration": "9999"}, "Update it first"),
        ({"engine": "oracle"}, "of the same kind"),
        ({"format": 2}, "newer version"),
    ],
)
def test_what_does_not_fit_is_refused(
    app: Flask, empty: Targets, tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    run(app, "backup", str(tmp_path / "a"))
    rewritten(tmp_path / "a", **changes)
    result = run(empty(), "restore", str(tmp_path / "a"))
    assert result.exit_code == 1 and sentence in result.output


def test_a_database_that_is_not_what_it_was_is_said(app: Flask, cast: Cast, empty: Targets, tmp_path: Path) -> None:
    """Somebody changed a score by hand before the copy: the restore says so."""
    sat(app, cast)
    with app.app_context():
        db.session.execute(sa.text("UPDATE attempt SET score = score + 1 WHERE score < 10000 AND score IS NOT NULL"))
        db.session.commit()
    run(app, "backup", str(tmp_path / "a"))
    result = run(empty(), "restore", str(tmp_path / "a"))
    assert result.exit_code == 1 and "differ from their answer log" in result.output


@pytest.mark.only_on("postgresql")
def test_missing_tools_are_named(app: Flask, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    result = run(app, "backup", str(tmp_path / "a"))
    assert result.exit_code == 1 and "postgresql-client" in result.output
    assert list(tmp_path.glob("*a*")) == []
