"""Months are made, detached and added up while everybody sends: nobody fails, nobody waits long, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from time import perf_counter

import pytest
from django.db import connection

from abono.domain.metering import actions as metering
from abono.domain.metering.layout import ENTRIES
from abono.domain.metering.types import HoldRequest, HoldStatus, Outcome, SettleRequest, SettleStatus
from abono.domain.usage import detach, rollups
from abono.domain.usage import queries as usage
from abono.kernel.ids import event_key, uuid7
from abono.platform import clock
from abono.platform.postgres import partitions
from tests.domain.metering.world import CENT, JUNE_1, NOON, Contract, World, books_are_clean, rows
from tests.domain.usage.test_months import LATER, id_of

CALLERS = 6
LONG_S = 4.0  # well below the time after which a use case gives up waiting for a lock


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    before = {partition.name for partition in partitions.partitions(ENTRIES)}
    try:
        yield World()
        assert books_are_clean()
    finally:  # tables outlive the test
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^metering_(send|settlement)_p'"
            )
            for (name,) in cursor.fetchall():
                if name not in before:
                    cursor.execute(f"DROP TABLE {name}")


@pytest.mark.rule("PKG-5", "PKG-9", "FIN-5")
def test_months_come_and_go_under_traffic(world: World):
    contracts = [world.contract(value=100_000) for _ in range(3)]
    partitions.create_ahead(ENTRIES, now=NOON, ahead=0)
    old = world.contract()
    metering.record([HoldRequest(old.id, id_of(NOON, n), world.sms, NOON) for n in range(100)])
    rollups.roll(now=LATER, contract_id=old.id)
    seen = usage.use_by_route(contract_id=old.id, cycle_start=JUNE_1)
    done = Event()
    far = clock.now() + timedelta(days=200)  # none of its months is there by itself

    def send(caller: int) -> tuple[int, float]:
        sent, longest = 0, 0.0
        while not done.is_set():
            batch = [
                (contracts[(caller + n) % 3], uuid7() if n % 2 else event_key(f"{caller}.{sent}.{n}"))
                for n in range(20)
            ]
            begun = perf_counter()
            _hold_and_settle(batch, world)
            longest = max(longest, perf_counter() - begun)
            sent += len(batch)
        connection.close()
        return sent, longest

    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [pool.submit(send, caller) for caller in range(CALLERS)]
        try:
            made = partitions.create_ahead(ENTRIES, now=far, ahead=3)
            for _ in range(3):
                rollups.roll(now=LATER)  # seals all of it: whoever sends from now on is set apart
            (june,) = detach.detach_old(now=LATER, kept=24)
        finally:
            done.set()
        told = [caller.result() for caller in callers]

    assert len(made) == 8
    assert june.why_not is None
    assert usage.use_by_route(contract_id=old.id, cycle_start=JUNE_1) == seen
    assert max(longest for _, longest in told) < LONG_S
    assert rows("metering_send") == rows("metering_settlement") == sum(sent for sent, _ in told)
    _use_is_the_balance(contracts)
    rollups.roll(now=LATER)
    _use_is_the_balance(contracts)


def _hold_and_settle(batch: list[tuple[Contract, object]], world: World) -> None:
    held = metering.hold([HoldRequest(contract.id, send, world.sms, NOON) for contract, send in batch])  # type: ignore[arg-type]
    assert {answer.status for answer in held} == {HoldStatus.HELD}
    ended = metering.settle(
        [SettleRequest(contract.id, send, Outcome.SENT, NOON) for contract, send in batch]
    )  # type: ignore[arg-type]
    assert {answer.status for answer in ended} == {SettleStatus.SETTLED}


def _use_is_the_balance(contracts: list[Contract]) -> None:
    for contract in contracts:
        (use,) = usage.use_by_route(contract_id=contract.id, cycle_start=JUNE_1)
        assert (use.sent_micro, use.held) == (contract.cycle().used_micro, 0)
        assert use.sent == contract.cycle().used_micro // (10 * CENT)
