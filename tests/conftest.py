"""Fixtures for all tests: the application on a fresh database, clients, and signing in."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from tests.cast import Cast
from tests.signin import sign_in_as
from tests.world import DemoWorld, World


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="engine to run on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that is about one engine (``@pytest.mark.only_on("sqlite")``) is no part of the other engine's round."""
    engine = config.getoption("--database")
    others = [item for item in items if (mark := item.get_closest_marker("only_on")) and mark.args[0] != engine]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    """The process's application and template database."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    found = World(tmp_path_factory.mktemp("instance"), request.config.getoption("--database"), worker)
    yield found
    found.close()


@pytest.fixture(scope="session")
def demo_world(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[DemoWorld]:
    """A small demonstration, for tests that crawl the whole site."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    found = DemoWorld(tmp_path_factory.mktemp("demo"), request.config.getoption("--database"), worker)
    yield found
    found.close()


@pytest.fixture
def demo_app(demo_world: DemoWorld) -> Flask:
    """The application on a fresh copy of the small demonstration."""
    demo_world.reset()
    return demo_world.app


@pytest.fixture
def app(world: World) -> Flask:
    """The application on a fresh database with the cast."""
    world.reset()
    return world.app


@pytest.fixture
def cast(world: World, app: Flask) -> Cast:
    """Ids of the cast."""
    return world.cast


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that has not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[int], FlaskClient]:
    """``sign_in(cast.teacher)`` gives that user's own client, signed in."""
    return lambda user_id: sign_in_as(app, user_id, clock.now())
