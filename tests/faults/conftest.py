"""Fixtures of the fault tests: a database for every proof, and where its counts are noted."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import report as report_page
from tests.faults.databases import Databases
from tests.faults.postgres import find_binaries
from tests.faults.product import Arena, close_connections
from tests.faults.report import note_failure

Note = Callable[..., None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder can be chosen or left out by one marker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What failed stands in the report as well."""
    if report.failed and "tests/faults/" in report.nodeid:
        note_failure(report.nodeid.removeprefix("tests/faults/"))


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.config.getoption("--database"))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[Databases]:
    """Where arenas come from."""
    if engine != "sqlite" and find_binaries() is None:
        assert os.environ.get("CI") != "true", "CI must have PostgreSQL's own programs (initdb)"
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
    return lambda proof, **counts: report_page.note(proof, engine, counts)
