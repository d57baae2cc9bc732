"""One id that comes twice in the very same instant, where no row of a cycle makes one wait for the other (PKG-9)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, HoldStatus, keyed
from abono.platform import clock
from tests.concurrency.waiting import until_all_wait
from tests.domain.campaigns.world import SENT, Campaigns
from tests.domain.metering.world import CENT, DAY, JULY_1, NOON, World, rows
from tests.entrypoints.meter.client import Tenant, program, tenant


def while_it_waits[T](first: Callable[[], object], second: Callable[[], T]) -> T:
    """What `second` is answered that came to a row which `first` had written and not committed yet."""

    def run() -> T:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            answer = pool.submit(run)
            until_all_wait([answer])
        return answer.result(20)


@pytest.mark.rule("PKG-9")
@pytest.mark.parametrize(
    ("same", "status"), [(True, HoldStatus.REPLAYED), (False, HoldStatus.CLASH)], ids=["same", "other"]
)
def test_an_id_held_in_two_cycles_at_once_is_held_in_one(world: World, same: bool, status: HoldStatus):
    contract = world.contract()
    july = JULY_1 + DAY
    # The send without a price makes the call look closer, with the ids looked up before they are written.
    late = [
        contract.request("x", world.sms if same else world.webchat, at=july),
        contract.request("odd", world.unpriced, at=july),
    ]
    told = while_it_waits(lambda: contract.hold("x", at=NOON), lambda: metering.hold(late))
    assert [answer.status for answer in told] == [status, HoldStatus.NO_PRICE]
    assert told[0].price_micro == 10 * CENT
    assert (contract.cycle().held_micro, contract.cycle(july).held_micro) == (10 * CENT, 0)
    assert rows("metering_send") == 1


@pytest.mark.rule("PKG-9")
def test_an_id_told_of_in_a_campaign_while_it_is_held_draws_once(world: World):
    contract = world.contract()
    spring = Campaigns(contract)
    spring.hold((world.sms, 10))
    late = [contract.request("x"), contract.request("odd", world.unpriced)]
    told = while_it_waits(lambda: spring.settle("x", outcome=SENT), lambda: metering.hold(late))
    assert told[0].status is HoldStatus.REPLAYED
    assert (contract.cycle().held_micro, contract.cycle().used_micro) == (90 * CENT, 10 * CENT)
    assert rows("metering_send") == 1


def _lane(whose: Tenant, body: dict[str, Any]) -> list[Any]:
    with program() as running:
        running.key = whose.key
        return running.post("/v1/holds", body).results


@pytest.mark.rule("PKG-9", "API-1")
def test_programs_are_answered_as_for_an_id_that_came_before(world: World):
    padaria = tenant(world, "Padaria Sol")
    key, reference = keyed("x")
    next_cycle = HoldRequest(padaria.contract_id, key, world.sms, clock.now() + 25 * DAY, reference)
    body = {"sends": [padaria.sms("x"), padaria.sms("odd") | {"country": "PE"}]}
    told = while_it_waits(lambda: metering.hold([next_cycle]), lambda: _lane(padaria, body))
    assert [(t["status"], t.get("replayed"), t.get("code")) for t in told] == [
        ("held", True, None),
        ("refused", None, "no_price"),
    ]
    assert padaria.balance().held_micro == 0  # it lies in the next cycle
    assert rows("metering_send") == 1
