from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from abono.kernel.ids import uuid7
from abono.platform import rate
from abono.platform.models import Rate
from abono.platform.rate import MINUTE
from tests.examples import through_the_database

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANA, BRUNO = uuid7(), uuid7()


def wait_s(now: datetime, *, who: UUID = ANA, per_minute: int = 60) -> int:
    return rate.wait_s(who, per_minute=per_minute, now=now)


@pytest.mark.django_db
@pytest.mark.rule("API-3", part="429")
def test_a_minutes_worth_goes_at_once_and_more_as_time_passes() -> None:
    assert [wait_s(NOON) for _ in range(61)] == [0] * 60 + [1]
    assert wait_s(NOON, who=BRUNO) == 0
    assert wait_s(NOON + SECOND) == 0
    assert wait_s(NOON + SECOND) == 1
    assert [wait_s(NOON + 5 * MINUTE) for _ in range(61)] == [0] * 60 + [1]  # nothing is saved up


@pytest.mark.django_db
def test_no_limit_is_no_limit_and_asks_nobody() -> None:
    assert {wait_s(NOON, per_minute=0) for _ in range(100)} == {0}
    assert not Rate.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("API-3", part="429")
def test_however_many_processes_count_they_count_together() -> None:
    """A connection each, as processes have; forty ask at once and ten are let in."""
    answers: list[int] = []
    begin = threading.Barrier(8)

    def process() -> None:
        begin.wait()
        answers.extend(wait_s(NOON, per_minute=10) for _ in range(5))
        connection.close()

    running = [threading.Thread(target=process) for _ in range(8)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert sorted(answers) == [0] * 10 + [6] * 30  # a tenth of a minute


@pytest.mark.django_db
def test_who_was_quiet_is_forgotten() -> None:
    wait_s(NOON)
    wait_s(NOON + MINUTE, who=BRUNO)
    rate.forget_old(now=NOON + MINUTE)
    assert list(Rate.objects.values_list("who", flat=True)) == [BRUNO]


@pytest.mark.django_db
@pytest.mark.rule("API-3", part="429")
@through_the_database(30)
@given(
    per_minute=st.integers(1, 200),
    pauses_ms=st.lists(st.integers(0, 5_000), min_size=1, max_size=100),
)
def test_never_more_than_two_minutes_worth_in_a_minute_and_who_waits_as_told_is_let_in(
    per_minute: int, pauses_ms: list[int]
) -> None:
    who, now, let_in = uuid7(), NOON, list[datetime]()
    for pause_ms in pauses_ms:
        now += timedelta(milliseconds=pause_ms)
        told_s = wait_s(now, who=who, per_minute=per_minute)
        if told_s:
            now += told_s * SECOND
            assert wait_s(now, who=who, per_minute=per_minute) == 0
        let_in.append(now)
        assert sum(at > now - MINUTE for at in let_in) <= 2 * per_minute
