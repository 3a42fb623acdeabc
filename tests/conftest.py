"""Fixtures for all tests: the application on a fresh database, clients, and signing in."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from tests.cast import Cast
from tests.signin import sign_in_as
from tests.world import DemoWorld, World

AnyWorld = TypeVar("AnyWorld", bound=World)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="engine to run on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that is about one engine (``@pytest.mark.only_on("sqlite")``) is no part of the other engine's round."""
    engine = config.getoption("--database")
    others = [item for item in items if (mark := item.get_closest_marker("only_on")) and mark.args[0] != engine]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


@contextmanager
def quick_folder(name: str) -> Iterator[Path]:
    """A folder in memory where the machine has room there: every commit of every test waits for the disk otherwise.

    What must survive a crash is proven on the disk, by tests/faults, which make databases of their own.
    """
    memory = Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 2**30
    with tempfile.TemporaryDirectory(prefix=f"qingyuan-{name}-", dir=memory if has_room else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The process's application and template database."""
    yield from _world(World, request)


@pytest.fixture(scope="session")
def demo_world(request: pytest.FixtureRequest) -> Iterator[DemoWorld]:
    """A small demonstration, for tests that crawl the whole site."""
    yield from _world(DemoWorld, request)


def _world(kind: type[AnyWorld], request: pytest.FixtureRequest) -> Iterator[AnyWorld]:
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with quick_folder(kind.label) as folder:
        found = kind(folder, request.config.getoption("--database"), worker)
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
