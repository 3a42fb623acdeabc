"""Every GET route, as every role, on a small demonstration: no error, no write, and every page a proper page."""

import re
from collections import Counter, defaultdict
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from quiz import clock
from quiz.accounts.models import Enrolment, User
from quiz.accounts.rules import Actor
from quiz.accounts.services.sign_in import open_session
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.awards.models import Award, AwardDraft
from quiz.awards.queries import serial_of
from quiz.awards.rules import TierKind
from quiz.contests.models import Contest, Team, TeamMember
from quiz.contests.notices.models import ContestNotice
from quiz.contests.services import enter_and_start
from quiz.db import db
from quiz.items.editing.models import ItemDraft
from quiz.items.importing.reading import Defaults
from quiz.items.importing.services import preview, start_import
from quiz.practice.models import PracticeRun
from quiz.promotion.models import PromotionRun
from quiz.regions.models import School, SchoolClass
from quiz.seed import demo
from quiz.seed.sittings import actor_of
from tests.factories.queries import counted
from tests.pages import page
from tests.signin import sign_in_as

SECOND_LANGUAGE = 3  # addresses of each route that are looked at in English too
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE)", re.IGNORECASE)
STAFF = ["admin", "editor", "province", "xining", "county", "school", "teacher"]
PUPILS = ["pupil", "pupil in the middle", "pupil who sat"]
ROLES = ["visitor", *STAFF, *PUPILS]
#: Routes that only answer with something once somebody has made it; their own tests walk them.
ONLY_BY_THEIR_TESTS = {
    "accounts.setup", "accounts.slip", "practice.resume", "roster.show", "roster.progress", "desk.remark_report",
    "desk.remark_state", "operations.scrape", "promotion.decide", "appeal_desk.show", "signals.show",
    "awards.batch", "awards.batch_state", "awards.nominees", "draws.manage", "draws.show", "draws.tickets",
    "join.join", "join.joined", "reveal.present", "publicity.winners", "playoffs.new", "playoffs.show",
}  # fmt: skip


def people(app: Flask) -> dict[str, FlaskClient]:
    """A signed-in client for each role, two pupils, and a visitor."""
    clients = {"visitor": app.test_client()}
    with app.app_context():
        ids = {
            name: db.session.scalars(sa.select(User.id).where(User.username_key == f"demo-{name}")).one()
            for name in STAFF
        }
        pupils = [visitor.user_id for visitor in demo.visitors(db.session)]
        visitor = demo.visitors(db.session)[1]  # has begun and not handed in
        running = db.session.scalars(sa.select(Contest).where(Contest.title == demo.RUNNING)).one()
        login = open_session(db.session, user_id=visitor.user_id, version=1, method="slip", now=clock.now())
        writing = actor_of(db.session, visitor.user_id, session_id=login.id)
        enter_and_start(db.session, contest_public_id=running.public_id, actor=writing, now=clock.now())
        db.session.commit()
        sat = db.session.scalars(sa.select(Attempt.user_id).order_by(Attempt.id).limit(1)).one()
    ids |= dict(zip(PUPILS, [*pupils[:2], sat], strict=True))
    return clients | {name: sign_in_as(app, user_id, clock.now()) for name, user_id in ids.items()}


def examples(app: Flask) -> dict[str, list[Any]]:
    """Values for the arguments of addresses: some of each, also such as most roles may not see."""
    with app.app_context():
        session = db.session
        first = {
            "attempt": session.scalars(sa.select(Attempt.public_id).order_by(Attempt.id).limit(2)).all(),
            "own attempt": session.scalars(
                sa.select(Attempt.public_id).where(Attempt.status == AttemptStatus.IN_PROGRESS)
            ).all(),
            "contest": session.scalars(sa.select(Contest.public_id)).all(),
            "staff": session.scalars(sa.select(User.public_id).where(User.kind == "staff").limit(2)).all(),
            "pupil": [demo.visitors(session)[0].user.public_id],
            "run": session.scalars(sa.select(PracticeRun.public_id)).all(),
            "promotion": session.scalars(sa.select(PromotionRun.public_id)).all(),
            "class": session.scalars(
                sa.select(Enrolment.class_id).where(Enrolment.user_id == demo.visitors(session)[0].user_id)
            ).all() + list(session.scalars(sa.select(SchoolClass.id).order_by(SchoolClass.id.desc()).limit(1))),
            "school": session.scalars(
                sa.select(Enrolment.school_id).where(Enrolment.user_id == demo.visitors(session)[0].user_id)
            ).all() + list(session.scalars(sa.select(School.id).order_by(School.id.desc()).limit(1))),
            "draft": session.scalars(sa.select(ItemDraft.public_id)).all(),
            "import": [_an_import(session)],
            "notice": session.scalars(sa.select(ContestNotice.public_id)).all(),
            "team": session.scalars(
                sa.select(Team.public_id).join(TeamMember).where(TeamMember.user_id == demo.visitors(session)[0].user_id)
            ).all(),
            "award": [_first_award(session), _own_award(session)],
            "serial": [serial_of(session, _own_award(session))],
            "list of awards": session.scalars(sa.select(AwardDraft.public_id)).all(),
        }  # fmt: skip
    return {
        "drafts": list(first["draft"]),
        "imports": list(first["import"]),
        "notices": list(first["notice"]),
        "attempts": [*first["attempt"], *first["own attempt"]],
        "contests": list(first["contest"]),
        "staff": list(first["staff"]),
        "pupils": list(first["pupil"]),
        "runs": list(first["run"]),
        "promotions": list(first["promotion"]),
        "classes": list(first["class"]),
        "schools": list(first["school"]),
        "teams": list(first["team"]),
        "awards": [award.public_id for award in first["award"]],
        "serials": list(first["serial"]),
        "codes": [first["award"][-1].check_code],
        "lists of awards": list(first["list of awards"]),
    }


def _first_award(session: Session) -> Award:
    """The first of pupils; whose it is depends on the papers that were drawn."""
    return session.scalars(sa.select(Award).where(Award.kind == TierKind.PUPIL, Award.number == 1)).one()


def _own_award(session: Session) -> Award:
    """The one of the team that the first of the pupils here is in."""
    visitor = demo.visitors(session)[0].user_id
    query = sa.select(Award).join(Team, Team.id == Award.team_id).join(TeamMember, TeamMember.team_id == Team.id)
    return session.scalars(query.where(Award.kind == TierKind.TEAM, TeamMember.user_id == visitor)).one()


def _an_import(session: Session) -> str:
    """An editor's dry run that is ready."""
    editor = session.scalars(sa.select(User).where(User.username_key == "demo-editor")).one()
    actor = Actor(editor.id, editor.public_id, editor.name, "staff", "", 1)
    text = "1. 甲？\nA. 一\nB. 二\n答案：A\n2. 没有答案\nA. 一\nB. 二\n".encode()
    now = clock.now()
    row = start_import(session, actor=actor, filename="a.txt", data=text, code="", defaults=Defaults(), now=now)
    preview(session, import_id=row.id, now=now, progress=lambda done, total: None)
    session.commit()
    return row.public_id


def values_of(rule: Rule, argument: str, known: dict[str, list[Any]]) -> list[Any]:
    """Example values for one argument of a route."""
    fixed: dict[str, list[Any]] = {
        "class_id": known["classes"],
        "school_id": known["schools"],
        "unit_id": [known["classes"][0], known["schools"][0], "630100", "nothing"],
        "level": ["class", "school", "county", "prefecture", "planet"],
        "position": [1, 999],
        "item_id": ["law-0001", "law-9999"],
        "region_id": ["630000", "630100", "630102", "999999"],
        "user_public_id": known["pupils"],
        "link_id": [1, 999],
        "token": ["x" * 32],
        "grant_id": [1],
        "remark_id": ["nothing"],
        "run_id": known["promotions"],
        "appeal_id": ["nothing"],
        "signal_id": ["nothing"],
        "award_id": [*known["awards"], "nothing"],
        "draft_id": [*known["lists of awards"], "nothing"],
        "draw_id": ["nothing"],
        "notice_id": known["notices"],
        "reveal_id": ["nothing"],
        "playoff_id": ["nothing"],
        "tie": [0],
        "batch_id": ["nothing"],
        "tier_id": ["1", "nothing"],
        "team_id": [*known["teams"], "nothing"],
        "serial": known["serials"],
        "code": known["codes"],
        "kind": ["answers", "device_marks", "nothing"],
        "slug": ["drug-control", "nothing"],
    }
    if argument in fixed:
        return fixed[argument]
    assert argument == "public_id", f"tell this test what {argument} of {rule.rule} may be"
    for prefix, kind in (
        ("/attempts", "attempts"), ("/practice/runs", "runs"), ("/staff", "staff"), ("/roster/imports", "attempts"),
        ("/items/drafts", "drafts"), ("/items/imports", "imports"),
    ):  # fmt: skip
        if rule.rule.startswith(prefix):
            return known[kind]
    return known["contests"]


def addresses(app: Flask) -> dict[str, list[str]]:
    """Endpoint → addresses to try."""
    known = examples(app)
    found: dict[str, list[str]] = defaultdict(list)
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
                continue
            names = sorted(rule.arguments)
            for values in product(*(values_of(rule, name, known) for name in names)):
                built = rule.build(dict(zip(names, values, strict=True)), append_unknown=False)
                assert built is not None
                found[rule.endpoint].append(built[1])
    return found


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_sound_and_writes_nothing(demo_app: Flask, role: str) -> None:
    client, everything = people(demo_app)[role], addresses(demo_app)
    assert faults_of(demo_app, role, client, everything) == []
    # In the second language the same templates meet the same data: the words are what is new.
    some = {endpoint: paths[:: -(-len(paths) // SECOND_LANGUAGE)] for endpoint, paths in everything.items()}
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    assert faults_of(demo_app, role, client, some) == []


def test_every_route_is_reached_by_somebody(demo_app: Flask) -> None:
    clients, everything = people(demo_app), addresses(demo_app)
    assert list(clients) == ROLES, "each has a test of its own"
    unreached = {
        endpoint
        for endpoint in set(everything) - ONLY_BY_THEIR_TESTS
        if not any(client.get(path).status_code == 200 for path in everything[endpoint] for client in clients.values())
    }
    assert unreached == set(), "routes that nobody reached"


def faults_of(app: Flask, role: str, client: FlaskClient, everything: dict[str, list[str]]) -> list[str]:
    """Walk all addresses as somebody; what is wrong."""
    faults: list[str] = []
    checked: Counter[tuple[str, int]] = Counter()
    read: dict[str, list[str]] = {}  # what a text has wrong: most refusals read the same
    for endpoint, path in ((endpoint, path) for endpoint, paths in everything.items() for path in paths):
        with counted(app) as seen:
            try:
                response = client.get(path)
            except Exception as error:
                faults.append(f"{role} {path}: {type(error).__name__}: {error}")
                continue
        checked[endpoint, response.status_code] += 1
        found = of_answer(response, seen)
        if checked[endpoint, response.status_code] <= 2 and is_page(response):  # the rest differ only in their data
            text = lasting(response)
            if text not in read:
                read[text] = of_page(response, sees_all=role == "admin")
            found += read[text]
        faults += [f"{role} {path}: {fault}" for fault in found]
    return faults


def of_answer(response: TestResponse, seen: list[str]) -> list[str]:
    """What is wrong with any answer to a GET, with the statements sent for it."""
    faults = []
    if response.status_code not in {200, 302, 303, 403, 404, 409, 410}:
        faults.append(f"answered {response.status_code}")
    written = [statement[:80] for statement in seen if WRITES.match(statement)]
    return [*faults, f"GET wrote: {written}"] if written else faults


def is_page(response: TestResponse) -> bool:
    """Whether the answer is a full page that a person reads."""
    is_read = response.status_code in {200, 403, 404, 409, 410}
    return is_read and response.content_type.startswith("text/html") and "<html" in response.text


def lasting(response: TestResponse) -> str:
    """The status and text of a page, without what is new in each: its nonce, tokens, number, and own address to come back to."""
    text = re.sub(r'(nonce|name="csrf_token" value)="[^"]+"', r'\1="new"', response.text)
    text = text.replace(f'name="next" value="{response.request.path}"', 'name="next" value="/here"')
    return f"{response.status_code} {text.replace(response.headers['X-Request-ID'], 'number')}"


def of_page(response: TestResponse, *, sees_all: bool) -> list[str]:
    """What is wrong with a page. ``sees_all``: an administrator, to whom every entry of the navigation is shown."""
    try:
        soup = page(response, response.status_code)
    except AssertionError as error:
        return [str(error)[:400]]
    return not_marked(soup, sees_all) if response.status_code == 200 else []


def not_marked(soup: BeautifulSoup, sees_all: bool) -> list[str]:
    """A page of staff says where it belongs: the navigation marks its one entry, where it shows that entry at all."""
    if soup.select_one(".staff") is None:
        return []
    lists = [len(one.select("[aria-current=page]")) for one in soup.select(".nav-list")]
    is_right = all(number == 1 or (number == 0 and not sees_all) for number in lists)
    return [] if is_right else [f"the navigation marks {lists} entries"]
