"""Rankings at a million results: own rank, boards, tally and rebuild, each against a floor or peer of the same run.

`python -m bench.rankings [--engine sqlite|postgresql] [--rows 10000,1000000] [--quick] [--report FILE]`. Results are written
straight into the tables (1,138 schools, 45 counties, 8 prefectures, scores of thirty questions, seconds with many ties);
everything that is measured goes through the product. Floors: for the own rank a primary-key read by the same code; for
pages Flask's hello on the same server; for the rebuild the same engine's window functions, written back. Rounds of both
sides are interleaved and the medians compared, because the machine may be busy. Needs wrk for the pages.
"""

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from flask import Flask

from bench.load.report import heading, of_each_engine, write
from bench.server import load, serving
from bench.world import application, credentials, database, insert, write_table
from quiz import clock
from quiz.accounts.models import Enrolment, LoginSession, User, UserKind
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange, Sitting
from quiz.contests.models import Contest, ContestGroup, ContestGroupKind, ContestPlace
from quiz.db import db
from quiz.direct import Direct, Statement
from quiz.papers.services import create_spec
from quiz.rankings import places
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.rules import BoardLevel, order_key
from quiz.rankings.services import fold, rebuild
from quiz.regions.models import Region, School, SchoolClass, SchoolKind
from quiz.regions.rules import school_year
from quiz.regions.services import sync_regions

SCHOOLS, CLASSES_PER_SCHOOL, SESSIONS, CHANGES = 1138, 18, 2000, 1000
ROUNDS, READS, CHECKED = 5, 300, 20
WRK = Path(__file__).parent / "wrk"


@dataclass
class Size:
    """What was measured at one number of results, in seconds or replies per second; each beside its floor."""

    rows: int
    own: dict[str, float] = field(default_factory=dict)
    pages: dict[str, tuple[float, float]] = field(default_factory=dict)
    tally: float = 0.0
    rebuild: float = 0.0
    peer: float = 0.0


# --- data ---------------------------------------------------------------------------------------------------------


def build(app: Flask, rows: int) -> int:
    """A province whose junior contest has this many results; the contest's id."""
    now = clock.now()
    with app.app_context():
        app.extensions["alembic"].upgrade()
        sync_regions(db.session, now=now)
        _schools()
        _pupils(rows, now)
        contest = _contest(now)
        db.session.commit()
        _attempts(rows, contest.groups[0].sitting_id, now)
        db.session.commit()
        _analyse()
        return contest.id


def _schools() -> None:
    counties = db.session.execute(
        sa.select(Region.id, Region.prefecture_id).where(Region.province_id == "630000", Region.level == "county")
    ).all()
    insert(School, [
        {"id": one, "code": f"63{one:08d}", "name": f"第{one}中学",
         "kind": SchoolKind.JUNIOR if one % 4 else SchoolKind.NINE_YEAR, "county_id": counties[one % len(counties)].id,
         "prefecture_id": counties[one % len(counties)].prefecture_id, "province_id": "630000", "slip_valid_days": 180,
         "is_active": True, "is_demo": False}
        for one in range(1, SCHOOLS + 1)
    ])  # fmt: skip
    year = school_year(clock.now())
    insert(SchoolClass, [
        {"id": one, "school_id": school, "cohort_year": year - (1 if school % 4 else 7), "entry_grade": 7 if school % 4 else 1,
         "name": f"{one}班", "is_active": True}
        for one in range(1, SCHOOLS * CLASSES_PER_SCHOOL + 1) for school in [(one - 1) // CLASSES_PER_SCHOOL + 1]
    ])  # fmt: skip


def _pupils(rows: int, now: Any) -> None:
    """Pupils by number; the first ones are enrolled and have sessions, so that they may open pages."""
    for at in range(0, rows + CHANGES * ROUNDS, 50_000):
        insert(User, [
            {"id": one, "public_id": f"p{one}", "kind": UserKind.PUPIL, "name": "张小明", "must_change_secret": False,
             "session_version": 1, "is_active": True, "is_demo": False, "created_at": now}
            for one in range(at + 1, min(at + 50_000, rows + CHANGES * ROUNDS) + 1)
        ])  # fmt: skip
    insert(Enrolment, [
        {"user_id": one, "school_id": school, "class_id": of, "student_number": f"{one:08d}", "started_at": now}
        for one in range(1, SESSIONS + 1) for of, school in [_class_of(one)]
    ])  # fmt: skip
    insert(LoginSession, [
        {"id": f"s{one:042d}", "user_id": one, "user_version": 1, "method": "pin", "created_at": now,
         "expires_at": now + timedelta(hours=12)}
        for one in range(1, SESSIONS + 1)
    ])  # fmt: skip


def _class_of(user: int) -> tuple[int, int]:
    """(class, school) of a pupil."""
    number = user * 7919 % (SCHOOLS * CLASSES_PER_SCHOOL) + 1
    return number, (number - 1) // CLASSES_PER_SCHOOL + 1


def _contest(now: Any) -> Contest:
    editor = User(kind=UserKind.STAFF, name="出题人", username="bench", username_key="bench", created_at=now)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('user_account', 'id'), (SELECT max(id) FROM user_account))")
        )
    db.session.add(editor)
    db.session.flush()
    rows = [{"kinds": ["single"], "count": 30, "points": 100}]
    spec = create_spec(db.session, title="三十题", rows=rows, actor_id=editor.id, now=now)
    sitting = Sitting(
        title="初赛", band="junior", paper_spec=spec, opens_at=now - timedelta(hours=2),
        closes_at=now + timedelta(days=30), duration_seconds=1800, release_results="at_once",
    )  # fmt: skip
    contest = Contest(
        title="百万人竞赛", host_region_id="630000", created_by=editor.id, created_at=now, published_at=now,
        ranking_profile="national", places=[ContestPlace(region_id="630000")],
        groups=[ContestGroup(kind=ContestGroupKind.JUNIOR, sitting=sitting)],
    )  # fmt: skip
    db.session.add(contest)
    db.session.flush()
    return contest


def _results(users: np.ndarray[Any, Any], rng: np.random.Generator) -> tuple[Any, Any]:
    """Scores of thirty questions (in hundredths) and seconds, as a hall of pupils gets them: many ties."""
    right = np.clip(rng.normal(22, 5, len(users)).round(), 0, 30).astype(int)
    seconds = np.clip(rng.normal(900, 300, len(users)).round(), 60, 1800).astype(int)
    return (right * 20000 + 30) // 60, seconds


def _attempts(rows: int, sitting_id: int, now: Any) -> None:
    rng = np.random.default_rng(7)
    for at in range(0, rows, 50_000):
        users = np.arange(at + 1, min(at + 50_000, rows) + 1)
        _insert_attempts(users, sitting_id, now, rng)


def _insert_attempts(users: Any, sitting_id: int, now: Any, rng: np.random.Generator) -> None:
    scores, seconds = _results(users, rng)
    insert(Attempt, [
        {"id": one, "public_id": f"a{one}", "sitting_id": sitting_id, "user_id": one, "school_id": school, "class_id": of,
         "number": 1, "status": AttemptStatus.SUBMITTED, "paper": [], "rules_version": 1, "extra_seconds": 0,
         "started_at": now, "deadline_at": now, "closed_at": now, "elapsed_seconds": spent, "score": score, "marks": []}
        for one, score, spent in zip(users.tolist(), scores.tolist(), seconds.tolist(), strict=True)
        for of, school in [_class_of(one)]
    ])  # fmt: skip


def _analyse() -> None:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    else:
        db.session.execute(sa.text("ANALYZE"))
        db.session.commit()


# --- measuring ----------------------------------------------------------------------------------------------------


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure_rebuild(contest_id: int, rounds: int) -> tuple[float, float]:
    """(ours, the engine's window functions written back), medians of interleaved rounds."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(timed(lambda: rebuild(db.session, contest_id=contest_id, now=clock.now())))
        theirs.append(timed(_windows))
    return statistics.median(ours), statistics.median(theirs)


def _windows() -> None:
    """The same ranks by SQL into a table with the two indexes that boards and own places need, and the unit sums."""
    run = db.session.execute
    for name in ("peer_rank", "peer_sum"):
        run(sa.text(f"DROP TABLE IF EXISTS {name}"))
    pools = {
        "": "1",
        "prefecture_": "s.prefecture_id",
        "county_": "s.county_id",
        "school_": "a.school_id",
        "class_": "a.class_id",
    }
    names = ", ".join(f"{name}rank integer, {name}size integer" for name in pools)
    run(sa.text(f"CREATE TABLE peer_rank (user_id integer, attempt_id bigint, school_id integer, class_id integer, "
                f"score integer, elapsed_seconds integer, {names})"))  # fmt: skip
    run(sa.text("CREATE UNIQUE INDEX ix_peer_user ON peer_rank (user_id)"))
    run(sa.text("CREATE INDEX ix_peer_board ON peer_rank (rank, user_id)"))
    ranks = ", ".join(
        f"rank() OVER (PARTITION BY {key} ORDER BY a.score DESC, a.elapsed_seconds), count(*) OVER (PARTITION BY {key})"
        for key in pools.values()
    )
    run(sa.text(f"INSERT INTO peer_rank SELECT a.user_id, a.id, a.school_id, a.class_id, a.score, a.elapsed_seconds, {ranks} "
                "FROM attempt a JOIN school s ON s.id = a.school_id WHERE a.status IN ('submitted', 'expired')"))  # fmt: skip
    run(sa.text("CREATE TABLE peer_sum (level text, unit_id text, pupils integer, score bigint)"))
    for name, key in list(pools.items())[1:]:
        run(sa.text(f"INSERT INTO peer_sum SELECT '{name}', CAST({key} AS text), count(*), sum(a.score) FROM attempt a "
                    f"JOIN school s ON s.id = a.school_id WHERE a.status IN ('submitted', 'expired') GROUP BY {key}"))  # fmt: skip
    db.session.commit()


def measure_own(app: Flask, contest_id: int, rows: int) -> dict[str, float]:
    """Seconds of an own rank at all five levels and of a primary-key read, by the driver and by SQLAlchemy, interleaved."""
    direct: Direct = app.extensions["direct"]
    own = Statement(places.own_statement(
        PupilStanding.user_id == sa.bindparam("user_id"), ContestTally.contest_id == sa.bindparam("contest_id")
    ))  # fmt: skip
    key = Statement(sa.select(Attempt.score, Attempt.elapsed_seconds).where(Attempt.id == sa.bindparam("id")))
    through = sa.select(Attempt.score, Attempt.elapsed_seconds)
    users = random.Random(3).sample(range(1, rows + 1), min(rows, READS))
    work: dict[str, Callable[[int], object]] = {
        "rank": lambda user: places.own_of(direct.rows(own, {"user_id": user, "contest_id": contest_id})[0]),
        "key": lambda user: direct.rows(key, {"id": user}),
        "rank, SQLAlchemy": lambda user: places.own_rank(db.session, contest_id, user),
        "key, SQLAlchemy": lambda user: db.session.execute(through.where(Attempt.id == user)).first(),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for user in users:
        for name, one in work.items():
            times[name].append(timed(lambda one=one, user=user: one(user)))  # type: ignore[misc]
    return {name: statistics.median(found) for name, found in times.items()}


def check_ranks(contest_id: int, rows: int) -> None:
    """Every rank of random pupils against a count over their attempts; stops the run where one is wrong."""
    for user in random.Random(5).sample(range(1, rows + 1), CHECKED):
        own = places.own_rank(db.session, contest_id, user)
        assert own is not None, user
        keys = {
            BoardLevel.PUPIL: sa.true(), BoardLevel.SCHOOL: Attempt.school_id == own.school_id,
            BoardLevel.CLASS: Attempt.class_id == own.class_id, BoardLevel.COUNTY: School.county_id == own.county_id,
            BoardLevel.PREFECTURE: School.prefecture_id == own.prefecture_id,
        }  # fmt: skip
        mine = Attempt.score > own.score, sa.and_(
            Attempt.score == own.score, Attempt.elapsed_seconds < own.elapsed_seconds
        )  # fmt: skip
        columns = [column for where in keys.values() for column in (
            sa.func.sum(sa.case((sa.and_(where, sa.or_(*mine)), 1), else_=0)), sa.func.sum(sa.case((where, 1), else_=0))
        )]  # fmt: skip
        counted = db.session.execute(
            sa.select(*columns).join(School, School.id == Attempt.school_id).where(Attempt.status == "submitted")
        ).one()
        for at, level in enumerate(keys):
            place = own.places[level]
            assert (place.rank - 1, place.size) == (counted[2 * at], counted[2 * at + 1]), (user, level, place)


def measure_tally(contest_id: int, rows: int, rounds: int) -> float:
    """Seconds of folding 1,000 new results, median of rounds; the attempts are written before the clock starts."""
    sitting_id = db.session.scalar(sa.select(ContestGroup.sitting_id).where(ContestGroup.contest_id == contest_id))
    assert sitting_id is not None
    rng, times = np.random.default_rng(rows), []
    for number in range(rounds):
        users = np.arange(rows + number * CHANGES + 1, rows + (number + 1) * CHANGES + 1)
        _insert_attempts(users, sitting_id, clock.now(), rng)
        insert(ResultChange, [
            {"sitting_id": sitting_id, "user_id": user, "changed_at": clock.now(), "is_folded": False}
            for user in users.tolist()
        ])  # fmt: skip
        db.session.commit()

        def work() -> None:
            assert fold(db.session, contest_id=contest_id, now=clock.now(), limit=CHANGES).changes == CHANGES
            db.session.commit()

        times.append(timed(work))
    return statistics.median(times)


def measure_pages(
    app: Flask, contest_id: int, rows: int, rounds: int, seconds: float
) -> dict[str, tuple[float, float]]:
    """(replies per second, those of Flask's hello) for boards, quiet and with new scores folded all the time."""
    with app.app_context():
        public_id = db.session.get_one(Contest, contest_id).public_id
        sitting_id = db.session.get_one(Contest, contest_id).groups[0].sitting_id
        users = [user for user in range(1, min(SESSIONS, rows) + 1)]
        cookies = {user: credentials(app, user)[0] for user in users}
    boards = {level: f"/rankings/{public_id}?level={level}" for level in ("pupil", "county", "school")}
    found: dict[str, list[tuple[float, float]]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("bench.floor:hello_app") as hello,
        serving("wsgi:app") as product,
    ):
        tables = {}
        for level, path in {**boards, "hello": "/hello"}.items():
            tables[level] = Path(folder) / f"{level}.tsv"
            write_table(tables[level], [(path, cookie) for cookie in cookies.values()])
        for _ in range(rounds):
            for level in boards:
                floor = load(hello, WRK / "get.lua", tables["hello"], seconds=seconds).rps
                quiet = load(product, WRK / "get.lua", tables[level], seconds=seconds)
                with _new_scores(app, contest_id, sitting_id):
                    busy = load(product, WRK / "get.lua", tables[level], seconds=seconds)
                assert not quiet.errors and not busy.errors, (quiet, busy)
                found.setdefault(level, []).append((quiet.rps, floor))
                found.setdefault(f"{level}, new scores", []).append((busy.rps, floor))
    return {
        name: (statistics.median(one[0] for one in pairs), statistics.median(one[1] for one in pairs))
        for name, pairs in found.items()
    }


class _new_scores:  # noqa: N801 - read as a statement
    """Meanwhile somebody's score changes twice a second, and each time a tally follows."""

    def __init__(self, app: Flask, contest_id: int, sitting_id: int) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work, args=(app, contest_id, sitting_id))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def _work(self, app: Flask, contest_id: int, sitting_id: int) -> None:
        chance = random.Random(11)
        with app.app_context():
            while not self.stop.wait(0.5):
                user = chance.randrange(1, SESSIONS)
                values = {"score": chance.randrange(0, 31) * 10000 // 30}
                db.session.execute(sa.update(Attempt).where(Attempt.id == user).values(**values))
                insert(ResultChange, [
                    {"sitting_id": sitting_id, "user_id": user, "changed_at": clock.now(), "is_folded": False}
                ])  # fmt: skip
                db.session.commit()
                fold(db.session, contest_id=contest_id, now=clock.now())
                db.session.commit()


def run(engine: str, rows: int, rounds: int, seconds: float, *, pages: bool) -> Size:
    """Everything at one size."""
    found = Size(rows)
    with database(engine) as (url, folder):
        app = application(url, folder)
        print(f"# {engine}: building {rows:,} results", file=sys.stderr, flush=True)
        contest_id = build(app, rows)
        with app.app_context():
            found.rebuild, found.peer = measure_rebuild(contest_id, rounds)
            _analyse()
            check_ranks(contest_id, rows)
            found.own = measure_own(app, contest_id, rows)
            found.tally = measure_tally(contest_id, rows, rounds)
            own = places.own_rank(db.session, contest_id, 1)
            assert own is not None and order_key(own.score, own.elapsed_seconds) >= 0
            boards = db.session.scalars(sa.select(StandingBoard.id)).all()
            assert len(boards) == 1, "old generations are swept"
        if pages:
            found.pages = measure_pages(app, contest_id, rows, rounds, seconds)
        with app.app_context():
            db.session.close()
            db.engine.dispose()
    return found


# --- report -------------------------------------------------------------------------------------------------------


def report(engine: str, sizes: list[Size]) -> str:
    """The table, with every ratio and whether its goal is met."""
    lines = [
        f"### {engine}",
        "",
        "| operation | results | measured | floor or peer | ratio | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    small, large = sizes[0], next((one for one in sizes if one.rows == 1_000_000), sizes[-1])
    page_goal = 0.3 if engine == "sqlite" else 0.25
    for one in sizes:
        for way in ("", ", SQLAlchemy"):
            ratio = one.own[f"rank{way}"] / one.own[f"key{way}"]
            lines.append(_line(f"own rank, five levels{way or ', driver'}", one.rows, f"{one.own[f'rank{way}'] * 1e6:.0f} us",
                               f"key read {one.own[f'key{way}'] * 1e6:.0f} us", ratio, "≤ 15 x", ratio <= 15))  # fmt: skip
        for name, (rps, floor) in one.pages.items():
            lines.append(_line(f"page: {name}", one.rows, f"{rps:.0f} rps", f"hello {floor:.0f} rps", rps / floor,
                               f"≥ {page_goal}", rps / floor >= page_goal))  # fmt: skip
        lines.append(f"| tally of {CHANGES} new results | {one.rows:,} | {one.tally * 1e3:.0f} ms | | | | |")
        lines.append(_line("full rebuild, written back", one.rows, f"{one.rebuild:.2f} s", f"SQL windows {one.peer:.2f} s",
                           one.rebuild / one.peer, "≤ 0.5 x", one.rebuild / one.peer <= 0.5))  # fmt: skip
    if large is not small:
        lines += _growth(small, large)
    five = next((one for one in sizes if one.rows == 5_000_000), None)
    if five is not None and large.rows == 1_000_000:
        ratio = five.rebuild / large.rebuild
        lines.append(_line("growth of the rebuild to 5,000,000", five.rows, "", "", ratio, "≤ 6.5 x", ratio <= 6.5))
    return "\n".join(lines)


def _growth(small: Size, large: Size) -> list[str]:
    span = f"{small.rows:,} → {large.rows:,}"
    ratio = large.own["rank"] / small.own["rank"]
    found = [f"| growth of the own rank | {span} | | | {ratio:.2f} | ≤ 1.5 x | {_met(ratio <= 1.5)} |"]
    for name in small.pages:  # the share of hello's: the machine may be faster in one run than in the other
        shares = [size.pages[name][0] / size.pages[name][1] for size in (small, large)]
        ratio = shares[0] / shares[1]
        found.append(f"| growth of page: {name} | {span} | | | {ratio:.2f} | ≤ 1.5 x | {_met(ratio <= 1.5)} |")
    ratio = large.tally / small.tally
    return [*found, f"| growth of the tally | {span} | | | {ratio:.2f} | with the new results | |"]


def _line(name: str, rows: int, measured: str, floor: str, ratio: float, goal: str, is_met: bool) -> str:
    return f"| {name} | {rows:,} | {measured} | {floor} | {ratio:.2f} | {goal} | {_met(is_met)} |"


def _met(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="without it: both")
    parser.add_argument("--rows", default="10000,1000000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round of load")
    parser.add_argument("--quick", action="store_true", help="2,000 and 20,000 results, one round")
    parser.add_argument("--no-pages", action="store_true")
    parser.add_argument("--report", type=Path, help="write the report into this file too")
    chosen = parser.parse_args()
    rows = [2000, 20_000] if chosen.quick else [int(one) for one in chosen.rows.split(",")]
    rounds, seconds = (1, 1.0) if chosen.quick else (chosen.rounds, chosen.seconds)
    if not chosen.no_pages and shutil.which("wrk") is None:
        raise SystemExit("The pages need wrk as load generator:  sudo apt install wrk  (or leave them out: --no-pages)")
    os.environ.setdefault("FLASK_APP", "wsgi")
    top = (
        heading("Rankings")
        + f"\nMedians of {rounds} interleaved rounds; load of the machine before: {os.getloadavg()[0]:.1f}.\n\n"
    )
    if chosen.engine is None:
        options = ["--rows", ",".join(map(str, rows)), "--rounds", str(rounds), "--seconds", str(seconds)]
        skipped = ["--no-pages"] if chosen.no_pages else []
        table = "\n".join(of_each_engine("bench.rankings", [*options, *skipped]))
    else:
        table = report(
            chosen.engine, [run(chosen.engine, one, rounds, seconds, pages=not chosen.no_pages) for one in rows]
        )
    write(top + table + "\n", chosen.report)


if __name__ == "__main__":
    main()
