"""A call whose key is taken over while the first is only slow: one act, one answer, for good (API-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from abono.platform.idempotency import TAKEN_OVER_AFTER, Answer, InProgress
from abono.platform.models import IdempotencyKey
from tests.concurrency.waiting import until_all_wait
from tests.platform.test_idempotency import NOON, SECOND, Act, send

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_the_answer_is_that_of_who_took_over_although_the_first_was_only_slow() -> None:
    runs, taken_over, slow_is_done = Event(), Event(), Event()

    class Slow(Act):
        def __call__(self) -> Answer:
            runs.set()
            taken_over.wait(20)
            return Answer(201, "slow")

    class Second(Act):
        def __call__(self) -> Answer:
            taken_over.set()
            slow_is_done.wait(20)  # the first writes its answer down while this one still runs
            return Answer(201, "second")

    def first() -> str:
        try:
            return send(Slow()).body
        finally:
            slow_is_done.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(first)
        assert runs.wait(20)
        assert send(Second(), now=NOON + TAKEN_OVER_AFTER).body == "second"
        assert answer.result(20) == "slow"

    assert send(Act(), now=NOON + TAKEN_OVER_AFTER) == Answer(201, "second", replayed=True)


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_of_many_who_would_take_over_at_once_one_does() -> None:
    class Killed(BaseException):
        pass

    class Dies(Act):
        def __call__(self) -> Answer:
            raise Killed

    with pytest.raises(Killed):
        send(Dies())
    acts = [Act() for _n in range(THREADS)]

    def press(n: int) -> None:
        try:
            send(acts[n], now=NOON + TAKEN_OVER_AFTER + n * SECOND)
        except InProgress:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        with transaction.atomic():  # all have read who holds the key before one can write that it is theirs
            IdempotencyKey.objects.select_for_update().get()
            presses = [pool.submit(press, n) for n in range(THREADS)]
            until_all_wait(presses)
        for done in presses:
            done.result(20)

    assert sum(act.times for act in acts) == 1
