"""A call whose process dies is taken over at once, and one that lives is not (API-2)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from django.db import connection

from abono.platform.idempotency import Answer, Ask, InProgress
from abono.platform.running.alone import alone
from tests.concurrency.host import Host
from tests.platform.test_idempotency import NOON, Act, Dies, Killed, send
from tests.world import DAY

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    yield host
    host.kill()


def _is_free(what: str) -> bool:
    with alone(what) as mine:
        return mine


@pytest.mark.rule("API-2", part="conflict")
@pytest.mark.rule("API-2", part="cut off by a crash")
def test_what_a_process_is_at_is_free_once_it_was_killed_and_never_before(host: Host) -> None:
    host.call("be_alone", what="a call")
    assert not _is_free("a call")
    assert _is_free("another call")

    host.kill()

    waited = Event()
    for _tenth in range(50):
        if _is_free("a call"):
            break
        waited.wait(0.1)
    assert _is_free("a call")


@pytest.mark.rule("API-2", part="conflict")
def test_a_call_that_is_only_slow_is_taken_over_by_nobody(host: Host) -> None:
    runs, goes_on = Event(), Event()

    class Slow(Act):
        def __call__(self, ask: Ask) -> Answer:
            runs.set()
            goes_on.wait(20)
            return Answer(201, "slow")

    def first() -> str:
        try:
            return send(Slow()).body
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(first)
        assert runs.wait(20)
        with pytest.raises(InProgress):
            send(Act(), now=NOON + DAY)
        with pytest.raises(AssertionError, match="InProgress"):
            host.call("ask_again", now=NOON + DAY)  # in another process
        goes_on.set()
        assert answer.result(20) == "slow"

    assert send(Act(), now=NOON + DAY) == Answer(201, "slow", replayed=True)


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_of_many_who_would_take_over_at_once_one_does() -> None:
    with pytest.raises(Killed):
        send(Dies())
    acts = [Act() for _n in range(THREADS)]

    def press(n: int) -> None:
        try:
            send(acts[n], now=NOON + n * DAY)
        except InProgress:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(press, n) for n in range(THREADS)]:
            done.result(20)

    assert sum(act.times for act in acts) == 1
