"""A bad network: whatever is cut, a retry with the same number gets the same reply and nothing is stored twice."""

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.ledger import Ledger, comparable
from tests.faults.product import Arena
from tests.faults.proxy import Fate, Proxy
from tests.faults.pupils import Crowd, Device, HttpReply, Pupil
from tests.faults.scale import SCALE
from tests.faults.server import Server
from tests.faults.test_kills import check, settle
from tests.processes import wait_until


def test_retries_through_a_bad_network_get_the_same_reply(arena: Arena, note: Callable[..., None]) -> None:
    contest = arena.open_contest()
    tickets = arena.tickets(60 + SCALE.proxied_requests // 20)
    with Server(arena) as server, Proxy(server.port) as proxy:
        with Crowd([proxy.port], contest, tickets, at_once=16, saves=60, pause=0.01) as crowd:
            wait_until(lambda: proxy.requests >= SCALE.proxied_requests or crowd.ledger.complaints, "requests", 900)
        ledger = crowd.ledger
        check_replies(proxy, ledger)
        replayed = replay_everything(server, ledger, tickets={one.user_id: one.cookie for one in tickets})
        settle(arena, is_whole=False)
    check(arena, ledger)
    lost = [replies for replies in proxy.replies.values() if len(replies) > 1]
    assert lost and min(proxy.fates[fate] for fate in Fate), "not every kind of cut happened"
    note(
        "proxy", requests=proxy.requests, **proxy.fates, answers_acknowledged=len(ledger.acknowledged),
        answers_the_server_confirmed_more_than_once=len(lost), replayed_after_the_end=replayed,
        requests_repeated=ledger.retries,
    )  # fmt: skip


def check_replies(proxy: Proxy, ledger: Ledger) -> None:
    """All replies of the server to one number are equal, as JSON text, but for the time that is left."""
    for key, replies in proxy.replies.items():
        assert len({json.dumps(comparable(reply)) for reply in replies}) == 1, (key, replies)
        assert all(reply["remaining_seconds"] >= 0 for reply in replies)
        assert comparable(replies[0]) == ledger.acknowledged[key]


def replay_everything(server: Server, ledger: Ledger, tickets: dict[int, str]) -> int:
    """After all is handed in: each stored number gets its first reply once more, byte by byte."""
    owner = {attempt: user for user, attempts in ledger.started.items() for attempt in attempts}
    keys = random.sample(sorted(ledger.acknowledged), min(200, len(ledger.acknowledged)))

    def replay(key: tuple[str, int]) -> None:
        attempt, seq = key
        device = Device([server.port], tickets[owner[attempt]])
        token = csrf(device)
        position, choices = ledger.sent[key]
        data = {"seq": seq, "position": position, "choices": list(choices)}
        reply: HttpReply = device.request("POST", f"/attempts/{attempt}/answers", data=data, token=token)
        assert reply.status == 200 and comparable(reply.body) == ledger.acknowledged[key], reply
        device.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(replay, keys))
    return len(keys)


def csrf(device: Device) -> str:
    """A token for this device's session, from a page with a form."""
    return Pupil.token_of(device.request("GET", "/me", form="").body)
