"""Limits that the database itself keeps, and what meets in it at the same moment."""

import threading

import pytest
import sqlalchemy as sa

from tests.faults.acts import hand_in, held_save, same_row_again
from tests.faults.inside import InsideDevice
from tests.faults.ledger import Ledger
from tests.faults.product import Arena, Ticket
from tests.faults.pupils import Pupil


def seated(arena: Arena, contest: str = "", ticket: Ticket | None = None) -> Pupil:
    """A pupil who has begun, in this process; in a contest of the pupil's own unless said otherwise."""
    ticket = ticket or arena.tickets(1)[0]
    pupil = Pupil([], ticket, Ledger())
    pupil.device = InsideDevice(arena.app, ticket.cookie)  # type: ignore[assignment]
    pupil.start(contest or arena.open_contest())
    return pupil


@pytest.mark.parametrize("what", ["attempt", "number", "answer", "row"])
def test_the_database_itself_refuses(arena: Arena, what: str) -> None:
    """A second open attempt, a second attempt of the same number, a second answer of the same number, a second row of a log at the same place."""
    pupil = seated(arena)
    pupil.answer(1)
    with pytest.raises(sa.exc.IntegrityError), arena.session() as session:
        same_row_again(session, what)


def test_a_hand_in_waits_for_an_answer_under_way(arena: Arena) -> None:
    """The answer is stored but not committed when the pupil hands in from another device: it must be in the score."""
    pupil = seated(arena)
    right = {at: sorted(item.key) for at, item in arena.paper(pupil.attempt).items()}
    with held_save(arena, pupil.attempt, pupil.user_id, 1, right[1]) as save:
        thread = threading.Thread(target=hand_in, args=(arena, pupil.attempt, pupil.user_id))
        thread.start()
        thread.join(0.7)  # long enough to have read the log, had it not waited
        assert thread.is_alive(), "it did not wait"
        save.commit()
    thread.join(30)
    [stored] = arena.attempts(pupil.user_id)
    assert (stored.status, stored.score) == ("submitted", 1000)
    arena.run_jobs()
    arena.prove()


def test_many_who_hand_in_wish_for_one_tally(arena: Arena) -> None:
    contest, tickets = arena.open_contest(), arena.tickets(3)
    for pupil in [seated(arena, contest, ticket) for ticket in tickets]:
        hand_in(arena, pupil.attempt, pupil.user_id)  # the service; in the lane the tally looks for itself
    assert arena.queued("rankings.tally") == 1
