"""Joint organisers: typed in the desk, shown wherever the contest says who holds it, and brought along from one line."""

import importlib.util
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.app import alembic
from quiz.awards.services.tiers import defaults
from quiz.contests import stages
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.db import db
from tests.architecture.test_migrations import empty_app as empty_app
from tests.factories.contests import actor_of, make_contest
from tests.integration.desk.test_wizard import form_data
from tests.pages import page, post, text_of

HOSTS = ["青海省禁毒委员会办公室", "青海省教育厅", "共青团青海省委"]


@pytest.fixture
def contest_id(app, cast):
    with app.app_context():
        contest = make_contest(db.session, host="region:630000", by=cast.province, now=clock.now())
        db.session.commit()
        return contest.public_id


def test_they_are_typed_line_by_line_and_shown_to_everybody(app, cast, sign_in, client, contest_id):
    organiser, path = sign_in(cast.province), f"/desk/contests/{contest_id}/text"
    data = form_data(page(organiser.get(path)))
    data |= {"theme": "健康人生", "organisers_host": "\r\n".join(HOSTS), "organisers_undertaking": "西宁市教育局"}
    assert post(organiser, path, data).status_code == 303
    again = form_data(page(organiser.get(path)))
    assert again["organisers_host"][0].split() == HOSTS and again["theme"] == ["健康人生"]
    hosts = "、".join(HOSTS)
    for who, address in (
        (sign_in(cast.zhuoma), f"/contests/{contest_id}"), (organiser, f"/desk/contests/{contest_id}/rules"),
        (client, f"/c/{contest_id}"), (client, f"/c/{contest_id}/rules"), (client, f"/c/{contest_id}/poster"),
    ):  # fmt: skip
        text = text_of(page(who.get(address)).main)
        assert hosts in text and "承办单位" in text and "西宁市教育局" in text and "健康人生" in text, address
    assert hosts in text_of(page(organiser.get(f"/desk/contests/{contest_id}/command/stage")))
    with app.app_context():
        contest = db.session.query(Contest).one()
        settings = defaults(db.session, contest, verify_address="https://example.org/verify", now=clock.now())
        assert settings.issuers.split("\n") == HOSTS


@pytest.mark.parametrize("field", ["organisers_host", "organisers_undertaking", "organisers_supporting"])
def test_a_mistake_is_shown_at_its_role_and_nothing_is_lost(cast, sign_in, contest_id, field):
    client, path = sign_in(cast.province), f"/desk/contests/{contest_id}/text"
    data = form_data(page(client.get(path))) | {field: "教育局\n教育局", "notice": "写了很久的话"}
    soup = page(post(client, path, data), 422)
    assert (
        soup.select_one(f".error-summary a[href='#{field}']")
        and soup.select_one("#notice").text.strip() == "写了很久的话"
    )
    assert soup.select_one(f"#{field}").text.split() == ["教育局", "教育局"]


def test_the_wizard_asks_for_them_in_its_second_step(app, cast, sign_in):
    client = sign_in(cast.county)
    first = page(client.get("/desk/contests/new"))
    time = post(client, "/desk/contests/new", form_data(first)).location
    data = form_data(page(client.get(time))) | {"organisers_host": "城中区禁毒办\n城中区教育局", "theme": "绿色无毒"}
    assert post(client, time, data).status_code == 303
    with app.app_context():
        contest = db.session.query(Contest).one()
        assert (contest.organiser, contest.theme) == ("城中区禁毒办、城中区教育局", "绿色无毒")


def test_a_later_stage_begins_with_them(app, cast, contest_id):
    with app.app_context():
        first = db.session.query(Contest).one()
        first.organisers = Organisers(("甲",), ("乙",)).to_dict()
        stage = stages.add_stage(
            db.session, actor=actor_of(db.session, cast.province), contest=first, own_name="初赛", name="决赛",
            now=clock.now(),
        )  # fmt: skip
        assert Organisers.from_dict(stage.organisers) == Organisers(("甲",), ("乙",))


def migration():
    """The module of the migration that turned lines into lists."""
    path = next((Path(__file__).parents[3] / "quiz/migrations").glob("*_public_pages.py"))
    spec = importlib.util.spec_from_file_location("public_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LINES = ["", "省禁毒办", "省禁毒办、省教育厅、 团省委", "、".join(f"第{n}个" for n in range(13))]


def test_the_line_of_before_becomes_a_list_and_comes_back(empty_app: Flask) -> None:
    """On a database with contests, up and down again."""
    found = migration()
    with empty_app.app_context():
        alembic.upgrade(found.down_revision)
        with db.engine.begin() as connection:
            for number, line in enumerate(LINES, start=1):
                _contest(connection, number, line)
        alembic.upgrade(found.revision)
        with db.engine.connect() as connection:
            kept = list(connection.scalars(sa.select(found.contest.c.organisers).order_by(found.contest.c.id)))
        assert kept == [{}, {"host": ["省禁毒办"]}, {"host": ["省禁毒办", "省教育厅", "团省委"]}, {"host": [LINES[3]]}]
        alembic.downgrade(found.down_revision)
        with db.engine.connect() as connection:
            lines = list(connection.scalars(sa.select(found.contest.c.organiser).order_by(found.contest.c.id)))
    assert lines == ["", "省禁毒办", "省禁毒办、省教育厅、团省委", LINES[3]]


def _contest(connection, number, organiser):
    """A contest's row as it was before, with what it refers to."""
    tables = sa.MetaData()
    tables.reflect(connection, only=["contest", "user_account", "region"])
    now = clock.now().replace(tzinfo=None) if connection.dialect.name == "sqlite" else clock.now()

    def insert(table, **values):
        columns = {
            column.name: _any(column, now)
            for column in table.columns
            if not column.nullable and column.server_default is None
        }
        columns |= values
        connection.execute(table.insert().values(**columns))

    if number == 1:
        insert(
            tables.tables["user_account"],
            id=1,
            kind="staff",
            name="甲",
            public_id="u1",
            username="jia",
            username_key="jia",
        )
        insert(tables.tables["region"], id="630000", name="青海省", level="province", province_id="630000")
    insert(
        tables.tables["contest"], id=number, public_id=f"c{number}", organiser=organiser, host_region_id="630000",
        created_by=1, stage_number=1,
    )  # fmt: skip


def _any(column, now):
    """Some value of a column's type."""
    kind = column.type.python_type
    return {bool: False, int: 1, str: ""}.get(kind, now)
