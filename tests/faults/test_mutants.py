"""Guards switched off one at a time: each turns some test red. A guard that no test misses is not guarded."""

import random
from collections.abc import Callable, Sequence

import pytest

from tests.faults.mutants import MUTANTS, Mutant
from tests.faults.mutation import check_patterns, copied_tree, is_caught, run
from tests.faults.postgres import find_binaries
from tests.faults.scale import SCALE


def chosen() -> Sequence[Mutant]:
    """All of them, or some of those with quick tests: other ones with every change of the list."""
    if SCALE.mutants is None:
        return MUTANTS
    quick = [one for one in MUTANTS if not any("faults" in test for test in one.tests)]
    return random.Random(len(MUTANTS)).sample(quick, SCALE.mutants)


pytestmark = pytest.mark.only_on("sqlite")  # each mutant names its database: once is enough


def test_every_pattern_still_finds_its_guard() -> None:
    check_patterns(MUTANTS)
    assert len({one.name for one in MUTANTS}) == len(MUTANTS) >= 15


def test_the_named_tests_pass_while_all_guards_are_on() -> None:
    with copied_tree() as tree:
        for database in sorted({one.database for one in chosen()}):
            tests = sorted({test for one in chosen() if one.database == database for test in one.tests})
            code, output = run(tree, tests, database)
            assert code == 0, output


@pytest.mark.parametrize("mutant", chosen(), ids=lambda one: one.name.replace(" ", "-"))
def test_a_guard_that_is_off_is_missed(mutant: Mutant, note: Callable[..., None]) -> None:
    if mutant.database == "postgresql" and find_binaries() is None:
        pytest.skip("no PostgreSQL is installed here")
    caught, output = is_caught(mutant)
    assert caught, f"nobody misses the guard “{mutant.name}”:\n{output}"
    note("mutants", guard=mutant.name, turned_red=", ".join(test.rpartition("/")[2] for test in mutant.tests))
