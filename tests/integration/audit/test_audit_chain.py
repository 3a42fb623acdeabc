"""A row that was changed, removed, cut off or written anew is found, named, and shown."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.audit import jobs
from quiz.audit.models import AuditCheck, AuditEntry
from quiz.audit.services import GENESIS, _fields, digest, first_broken, verify
from quiz.db import db
from quiz.jobs.models import Job, JobState
from quiz.jobs.worker import run_due_jobs, run_periodic
from tests.cast import Cast
from tests.integration.audit.entries import log
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
CHANGES = {
    "details": {"details": {"role": "admin"}}, "actor": {"actor_id": 1}, "action": {"action": "pupil:edit"},
    "object": {"object_id": "99"}, "hash": {"hash": "f" * 64}, "link": {"previous_hash": "f" * 64},
}  # fmt: skip


@pytest.fixture
def ids(app: Flask, cast: Cast) -> list[int]:
    """The ids of five sound entries."""
    log(app, *[("pupil:pin:reset", cast.teacher, "user", number) for number in range(5)])
    with app.app_context():
        return list(db.session.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id)))


def run(app: Flask, *options: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["audit", "verify", *options])
    return result.exit_code, result.output


def change(app: Flask, *statements: sa.Executable) -> None:
    with app.app_context():
        for statement in statements:
            db.session.execute(statement)
        db.session.commit()


def test_a_sound_log_says_how_long_it_is_and_where_it_ends(app: Flask, ids: list[int]) -> None:
    code, output = run(app)
    assert code == 0 and "sound, 5 entries" in output
    with app.app_context():
        last = db.session.get_one(AuditEntry, ids[-1])
        check = db.session.scalars(sa.select(AuditCheck)).one()
        assert f"ends with entry {last.id}, {last.hash}" in output
        assert (check.entries, check.last_id, check.last_hash, check.broken_id) == (5, last.id, last.hash, None)


def test_a_proof_need_not_write_anything(app: Flask, ids: list[int]) -> None:
    assert run(app, "--no-keep")[0] == 0
    change(app, sa.update(AuditEntry).where(AuditEntry.id == ids[2]).values(object_id="99"))
    assert run(app, "--no-keep")[0] == 1
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditCheck)) == 0


def test_an_empty_log_is_sound(app: Flask) -> None:
    assert run(app) == (0, "audit log: the chain is sound, 0 entries\n")


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_named(app: Flask, ids: list[int], what: str) -> None:
    change(app, sa.update(AuditEntry).where(AuditEntry.id == ids[2]).values(**CHANGES[what]))
    code, output = run(app)
    assert code == 1 and f"audit entry {ids[2]} does not fit" in output and "2 entries before it are sound" in output


@pytest.mark.parametrize(("removed", "named"), [(0, 1), (2, 3)])
def test_a_removed_row_shows_in_the_next_one(app: Flask, ids: list[int], removed: int, named: int) -> None:
    change(app, sa.delete(AuditEntry).where(AuditEntry.id == ids[removed]))
    code, output = run(app)
    assert code == 1 and f"audit entry {ids[named]} does not fit" in output


def test_rows_cut_off_at_the_end_are_missed_by_the_next_proof(app: Flask, ids: list[int]) -> None:
    assert run(app)[0] == 0
    change(app, sa.delete(AuditEntry).where(AuditEntry.id == ids[-1]))
    code, output = run(app)
    assert code == 1 and f"audit entry {ids[-1]} does not fit" in output
    assert run(app)[0] == 1, "and by every later one"


def test_a_log_written_anew_does_not_end_as_it_did(app: Flask, ids: list[int]) -> None:
    """Whoever can compute hashes can make a chain that fits; an earlier proof remembers another one."""
    assert run(app)[0] == 0
    with app.app_context():
        previous = GENESIS
        for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)):
            if entry.id == ids[1]:
                entry.actor_id = 1
            entry.previous_hash, entry.hash = previous, digest(previous, _fields(entry))
            previous = entry.hash
        db.session.commit()
    code, output = run(app)
    assert code == 1 and f"audit entry {ids[-1]} does not fit" in output


def test_a_proof_writes_its_finding_and_nothing_else(app: Flask, ids: list[int]) -> None:
    with app.app_context():
        assert first_broken(db.session) is None
        for _ in range(2):
            assert verify(db.session, now=clock.now()).is_sound
            db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditCheck)) == 2
        assert list(db.session.scalars(sa.select(AuditEntry.id).order_by(AuditEntry.id))) == ids


def test_the_page_shows_the_last_proof_and_asks_for_one(
    app: Flask, cast: Cast, sign_in: SignIn, ids: list[int]
) -> None:
    client = sign_in(cast.admin)
    assert "还没有核验过" in text_of(page(client.get("/audit")).main)
    for _ in range(2):
        assert post(client, "/audit/verify", via="/audit").status_code == 303
    assert "正在核验" in text_of(page(client.get("/audit")).main)
    assert run_due_jobs(app) == 1
    assert "日志完整" in text_of(page(client.get("/audit")).main)
    change(app, sa.update(AuditEntry).where(AuditEntry.id == ids[2]).values(object_id="99"))
    run(app)
    text = text_of(page(client.get("/audit")).main)
    assert f"第 {ids[2]} 条对不上" in text and "它前面的 2 条是完整的" in text


def finish(app: Flask) -> int:
    """Let the worker go on until it has nothing to do; how many jobs that took."""
    count = 0
    while ran := run_due_jobs(app):
        count += ran
        change(app, sa.update(Job).where(Job.state == JobState.QUEUED).values(run_at=clock.now()))
    return count


def test_the_worker_proves_it_every_day(app: Flask, ids: list[int]) -> None:
    due: dict[str, float] = {}
    run_periodic(app, due, 1000.0)
    assert due["every:86400:audit.ask"] == 1000.0 + 86400
    finish(app)
    with app.app_context():
        proofs = db.session.scalar(sa.select(sa.func.count()).where(Job.name == jobs.JOB, Job.state == JobState.DONE))
        assert proofs == 1
        assert db.session.scalars(sa.select(AuditCheck)).one().broken_id is None


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("what", ["nothing", "changed", "cut off", "end gone"])
def test_in_pieces_it_finds_the_same(
    app: Flask, ids: list[int], monkeypatch: pytest.MonkeyPatch, piece: int, what: str
) -> None:
    monkeypatch.setattr(jobs, "PIECE", piece)
    run(app)
    log(app, *[("pupil:pin:reset", None, "user", number) for number in range(2)])
    broken = {"nothing": None, "changed": ids[3], "cut off": ids[4], "end gone": ids[4] + 1}[what]
    if what == "changed":
        change(app, sa.update(AuditEntry).where(AuditEntry.id == ids[3]).values(object_id="99"))
    elif what == "cut off":
        change(app, sa.delete(AuditEntry).where(AuditEntry.id >= ids[4]))
    elif what == "end gone":
        change(app, sa.delete(AuditEntry).where(AuditEntry.id == ids[4]))
    run_periodic(app, {}, 1000.0)
    assert finish(app) >= (7 // piece if what == "nothing" else 1)
    with app.app_context():
        check = db.session.scalars(sa.select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1)).one()
        assert check.broken_id == broken
        assert check.entries == {"nothing": 7, "changed": 3, "cut off": 4, "end gone": 4}[what]
        if what == "nothing":
            assert check.last_hash == db.session.scalar(
                sa.select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
            )
