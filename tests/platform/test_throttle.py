"""Many tries make the next one wait, however many processes take them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from abono.platform import throttle

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NONE = timedelta(0)


def spend(at: datetime, name: str = "sign-in:ana") -> timedelta:
    return throttle.spend(name, free=3, now=at)


@pytest.mark.django_db
@pytest.mark.rule("ACC-3")
def test_after_the_free_tries_each_further_one_waits_twice_as_long():
    assert [spend(NOON), spend(NOON), spend(NOON)] == [NONE, NONE, NONE]
    assert spend(NOON + timedelta(seconds=1)) == timedelta(seconds=29)
    assert spend(NOON + timedelta(seconds=29)) == timedelta(
        seconds=1
    )  # asking while it is closed costs nothing

    assert spend(NOON + timedelta(seconds=30)) == NONE  # the boundary belongs to what it starts
    assert spend(NOON + timedelta(seconds=30)) == timedelta(seconds=60)


@pytest.mark.django_db
@pytest.mark.rule("ACC-3")
def test_the_longest_wait_is_a_quarter_of_an_hour():
    at, waits = NOON, []
    for _ in range(12):
        assert spend(at) == NONE
        waits.append(spend(at) if len(waits) >= 2 else NONE)
        at += waits[-1]
    assert max(waits) == timedelta(minutes=15)


@pytest.mark.django_db
def test_an_hour_without_a_try_forgets_and_so_does_a_right_one():
    for _ in range(3):
        spend(NOON)
    assert spend(NOON) > NONE
    assert spend(NOON + timedelta(hours=2)) == NONE
    assert spend(NOON + timedelta(hours=2)) == NONE

    throttle.clear("sign-in:ana")
    assert [spend(NOON + timedelta(hours=2)) for _ in range(3)] == [NONE, NONE, NONE]


@pytest.mark.django_db
def test_a_right_try_is_given_back_and_others_under_the_name_still_count():
    spend(NOON), spend(NOON), spend(NOON)
    throttle.give_back("sign-in:ana")
    assert spend(NOON) == NONE
    assert spend(NOON) > NONE
    assert spend(NOON, "sign-in:bruno") == NONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("ACC-3")
def test_tries_at_the_same_moment_all_count():
    went_on: list[bool] = []
    ready = threading.Barrier(8)

    def guess() -> None:
        ready.wait()
        went_on.append(spend(NOON) == NONE)
        connection.close()

    guessers = [threading.Thread(target=guess) for _ in range(8)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    assert went_on.count(True) == 3
