"""Many at once on the real database: never beyond the limit, nothing twice, the sum of entries is the balance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from abono.domain.interactions import actions as interactions
from abono.domain.metering import actions as metering
from abono.domain.metering import queries
from abono.domain.metering.types import HoldStatus, Outcome, SettleRequest
from abono.kernel.ids import event_key
from tests.concurrency.together import together
from tests.domain.metering.world import (
    CENT,
    DAY,
    HOUR,
    JULY_1,
    JUNE_1,
    NOON,
    REAL,
    World,
    books_are_clean,
    route_of,
    rows,
)
from tests.examples import by_day

THREADS = 32


def all_at_once[T](work: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """The same work in each thread, begun together."""
    return together(work, threads)


@pytest.mark.rule("LIM-2")
@pytest.mark.rule("PKG-6", part="any number of callers")
def test_32_threads_on_one_contract_never_pass_its_limit(world: World):
    contract = world.contract(value=10)  # R$ 10 and again R$ 10: 200 SMS

    def send(thread: int) -> Counter[HoldStatus]:
        return Counter(contract.hold(f"{thread}.{n}").status for n in range(10))

    told = sum(all_at_once(send), Counter())
    assert told == {HoldStatus.HELD: 200, HoldStatus.BLOCKED: 120}  # 320 tried, 200 fit, not one more
    cycle = contract.cycle()
    assert (cycle.held_micro, cycle.left_micro) == (20 * REAL, 0)
    assert rows("metering_send") == 200
    # Each level was told of exactly once, whoever crossed it.
    assert sorted(contract.levels()) == [
        ("blocked", 0),
        ("limit_90", 0),
        ("package_100", 0),
        ("package_80", 0),
    ]


@pytest.mark.rule("PKG-9")
def test_the_same_batch_from_32_threads_is_held_once(world: World):
    contract = world.contract()
    told = sum(
        (Counter(a.status for a in answers) for answers in all_at_once(lambda _: contract.hold_many(50))),
        Counter(),
    )
    assert told == {HoldStatus.HELD: 50, HoldStatus.REPLAYED: 31 * 50}
    assert contract.cycle().held_micro == 50 * 10 * CENT


@pytest.mark.rule("PKG-7")
def test_batches_over_the_same_contracts_in_any_order_neither_wait_for_ever_nor_lose_a_send(world: World):
    contracts = [world.contract() for _ in range(8)]

    def send(thread: int) -> int:
        order = random.Random(thread)
        granted = 0
        for turn in range(5):
            mixed = [c.request(f"{thread}.{turn}.{n}") for n in range(5) for c in contracts]
            order.shuffle(mixed)
            granted += sum(answer.status is HoldStatus.HELD for answer in metering.hold(mixed))
        return granted

    assert sum(all_at_once(send, 16)) == 16 * 5 * 5 * 8
    assert {c.cycle().held_micro for c in contracts} == {16 * 5 * 5 * 10 * CENT}


@pytest.mark.rule("PKG-4", "PKG-5", "PKG-6", "LIM-4")
def test_holding_settling_expiring_and_raising_at_once_keep_the_books(world: World):
    contract = world.contract(value=10)
    many = by_day(40, full=100)
    contract.hold_many(many, at=NOON, name="old")

    def work(thread: int) -> None:
        if thread == 0:
            contract.raise_to_250()
        elif thread == 1:
            metering.open_one_more_limit(contract_id=contract.id, at=NOON, extra_micro=REAL)
        elif thread < 6:
            metering.expire(now=NOON + DAY, contract_id=contract.id)
        elif thread < 18:
            for n in range(many):
                outcome = Outcome.SENT if (n + thread) % 2 else Outcome.REJECTED
                metering.settle([SettleRequest(contract.id, event_key(f"old {n}"), outcome, NOON)])
        else:
            for n in range(20):
                contract.hold(f"{thread}.{n}", at=NOON + HOUR)

    all_at_once(work)
    assert rows("metering_settlement") == many  # each old send has ended, once
    assert contract.cycle().raised == 2


@pytest.mark.rule("INT-7", part="any order, with repeats")
def test_the_same_contact_from_32_threads_has_the_same_interactions(world: World):
    contract = world.contract()
    hours = [n * 7 for n in range(60)]  # 0, 7, … 413 hours: one opens every 28 hours

    def observe(thread: int) -> None:
        mine = hours.copy()
        random.Random(thread).shuffle(mine)
        for hour in mine[:30]:
            contract.observe(f"{hour}", NOON - 9 * DAY + hour * HOUR)

    all_at_once(observe, 16)
    interactions.observe([contract.event(f"{hour}", NOON - 9 * DAY + hour * HOUR) for hour in hours])
    assert contract.cycle().interactions == 15  # 0, 28, … 392


@pytest.mark.rule("LIM-3")
def test_a_level_is_noticed_by_one_of_32(world: World):
    contract = world.contract(value=1)
    contract.hold_many(8)
    (threshold,) = queries.unnoticed_thresholds()
    assert sum(all_at_once(lambda _: metering.notice_threshold(threshold))) == 1


@pytest.mark.rule("CAT-9", part="free quantity")
def test_units_that_are_free_are_given_once_however_many_ask_also_in_two_cycles_at_once(world: World):
    reply = route_of("whatsapp", "reply", "BR")
    rules = {"free_quantity": 50, "free_scope": "sender", "free_period": "month", "free_zone": "UTC"}
    world.price(world.brl_100, reply, 5 * CENT, since=JUNE_1, **rules)
    contract = world.contract()
    # The cycle ends at midnight of São Paulo, the month of free units at that of UTC: July of it lies in two cycles.
    moments = (JULY_1 - HOUR, JULY_1 + HOUR)

    def send(thread: int) -> list[int | None]:
        asked = [
            contract.request(f"{thread}.{n}", reply, sender="one", at=moments[(thread + n) % 2])
            for n in range(10)
        ]
        return [answer.price_micro for answer in metering.hold(asked)]

    prices = Counter(price for found in all_at_once(send) for price in found)
    assert prices == {0: 50, 5 * CENT: 270}  # 320 asked
    back = [
        SettleRequest(contract.id, event_key(f"{n}.0"), Outcome.REJECTED, JULY_1 + DAY) for n in range(32)
    ]
    metering.settle(back)
    assert books_are_clean()
