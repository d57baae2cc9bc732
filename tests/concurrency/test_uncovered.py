"""Sends that were told of are billed while others hold and settle them under the same ids: each is paid once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from abono.domain.campaigns.types import CampaignSettleStatus
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldStatus
from abono.domain.uncovered import queries
from abono.domain.uncovered.actions import Which, decide
from abono.domain.uncovered.errors import NothingToDecide
from abono.domain.uncovered.queries import Chosen
from abono.domain.uncovered.types import State, ToldStatus
from tests.concurrency.test_metering import all_at_once
from tests.domain.campaigns.world import Campaigns
from tests.domain.metering.world import CENT, NOON, World
from tests.domain.uncovered.test_told import tell

SENDS = [f"{n}" for n in range(60)]


@pytest.mark.rule("PKG-12")
@pytest.mark.rule("PKG-6", part="any number of callers")
@pytest.mark.parametrize("settled", [True, False], ids=["settled at once", "left open"])
def test_what_is_billed_while_it_is_held_is_either(world: World, settled: bool):
    contract = world.contract(value=1_000)
    tell(*((contract, name, None) for name in SENDS))

    def work(thread: int) -> int:
        if thread < 4:
            try:
                return decide(
                    contract_id=contract.id,
                    which=Which(),
                    bill=True,
                    typed_micro=CENT,
                    why="…",
                    actor="olga",
                    now=NOON,
                ).sends
            except NothingToDecide:
                return 0
        wanted = random.Random(thread).sample(SENDS, len(SENDS))
        for first in range(0, len(wanted), 3):
            names = wanted[first : first + 3]
            told = metering.hold([contract.request(name) for name in names])
            assert {answer.status for answer in told} <= {
                HoldStatus.HELD,
                HoldStatus.REPLAYED,
                HoldStatus.CLASH,
            }
            for name in names if settled else ():
                contract.settle(name)
        return 0

    billed = sum(all_at_once(work, threads=12))
    states = [one.state for one in queries.uncovered(Chosen(contract_id=contract.id), real=NOON, limit=99)]
    assert states.count(State.ANNOUNCED) == billed
    assert states.count(State.DRAWN) == (len(SENDS) - billed if settled else 0)
    cycle = contract.cycle()
    assert cycle.total_micro == (len(SENDS) - billed) * 10 * CENT


@pytest.mark.rule("PKG-12", "PKG-5")
def test_one_that_its_campaign_draws_in_the_instant_in_which_it_is_kept_is_paid_by_the_package(world: World):
    contract = world.contract()
    spring = Campaigns(contract)
    spring.hold((world.sms, 3))

    def settle() -> CampaignSettleStatus:
        try:
            return spring.settle("x", world.sms).status
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        [(status, *_)] = tell((contract, "x", None))
        assert status is ToldStatus.UNCOVERED
        # What is kept is not committed yet: the campaign cannot see it, and waits for nobody.
        assert pool.submit(settle).result(20) is CampaignSettleStatus.SETTLED
    [one] = queries.uncovered(Chosen(contract_id=contract.id), real=NOON)
    assert one.state is State.DRAWN
    for bill in (True, False):
        with pytest.raises(NothingToDecide):
            decide(
                contract_id=contract.id,
                which=Which(),
                bill=bill,
                typed_micro=None,
                why="…",
                actor="olga",
                now=NOON,
            )
    assert spring.settle("x", world.sms).status is CampaignSettleStatus.REPLAYED
    assert contract.cycle().used_micro == 10 * CENT
