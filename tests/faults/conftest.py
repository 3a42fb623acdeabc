"""Fixtures of the fault tests: a database for every proof, and where its counts are noted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.databases import Databases
from tests.faults.postgres import find_binaries
from tests.faults.product import Arena, close_connections

Note = Callable[..., None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder can be chosen or left out by one marker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.config.getoption("--database"))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[Databases]:
    """Where arenas come from."""
    if engine != "sqlite" and find_binaries() is None:
        pytest.skip("no PostgreSQL is installed here")
    found = Databases(tmp_path_factory.mktemp("faults"), engine)
    yield found
    found.close()


@pytest.fixture
def arena(databases: Databases) -> Iterator[Arena]:
    """A database of this test's own."""
    yield databases.arena()
    close_connections()


@pytest.fixture
def note(engine: str) -> Note:
    """``note("kills", kills=500)`` puts counts into the report."""
    return lambda proof, **counts: report.note(proof, engine, counts)
