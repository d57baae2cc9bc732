"""Limits of customers' own while everybody sends: never one message beyond them, and totals that are right (LIM-5)."""

from __future__ import annotations

from collections import Counter

import pytest

from abono.domain.campaigns.errors import CampaignOverBudget, CampaignOverCap
from abono.domain.metering import own_limits
from abono.domain.metering.types import HoldStatus, Outcome
from tests.concurrency.test_metering import all_at_once
from tests.domain.campaigns.world import SENT, Campaigns
from tests.domain.metering.world import CENT, NOON, REAL, Contract, World

pytestmark = pytest.mark.rule("LIM-5")
HELD, CAPPED, OVER_BUDGET = HoldStatus.HELD, HoldStatus.CAPPED, HoldStatus.OVER_BUDGET


def wish(contract: Contract, cap: int | None = None, **budgets: int) -> None:
    own_limits.set_own_limits(
        contract_id=contract.id, cap_micro=cap, budgets=budgets, actor="person:ana", now=NOON
    )


def test_sixteen_threads_never_pass_a_cap_or_a_budget(world: World):
    contract = world.contract()
    wish(contract, 10 * REAL, sms=4 * REAL)  # 40 SMS; then WhatsApp at R$ 0,55 up to R$ 10

    def send(thread: int) -> Counter[tuple[int, HoldStatus]]:
        route = world.sms if thread % 2 else world.whatsapp
        return Counter((route, contract.hold(f"{thread}.{n}", route).status) for n in range(10))

    told = sum(all_at_once(send, 16), Counter())
    cycle = contract.cycle()
    assert told[world.sms, HELD] <= 40
    assert cycle.held_micro == told[world.sms, HELD] * 10 * CENT + told[world.whatsapp, HELD] * 55 * CENT
    assert 10 * REAL - 55 * CENT < cycle.held_micro <= 10 * REAL
    assert told[world.whatsapp, CAPPED] > 0
    assert cycle.blocked_at is None


def test_budgets_that_begin_and_end_while_sends_are_held_and_settled_keep_count(world: World):
    """A cycle is counted anew whenever budgets begin; `books_are_clean` compares with the sends in the end."""
    contract, told = world.contract(), Counter[HoldStatus]()

    def work(thread: int) -> Counter[HoldStatus]:
        answers: Counter[HoldStatus] = Counter()
        for n in range(12):
            name = f"{thread}.{n}"
            if thread == 0:
                wish(contract, None, **({"sms": 3 * REAL, "whatsapp": 90 * REAL} if n % 2 else {}))
            elif thread < 3:
                campaign = Campaigns(contract)
                try:
                    campaign.hold((world.sms, 2), (world.whatsapp, 1), name=name)
                except (CampaignOverBudget, CampaignOverCap):
                    continue
                campaign.settle_all([(f"{name} s", world.sms, SENT)], name=name)
                campaign.close(name=name)
            else:
                route = world.sms if n % 3 else world.whatsapp
                status = contract.hold(name, route).status
                answers[status] += 1
                if status is HELD and n % 4:
                    contract.settle(name, Outcome.REJECTED if n % 2 else Outcome.SENT)
        return answers

    for answers in all_at_once(work, 8):
        told += answers
    assert told[HELD] > 0
    assert set(told) <= {HELD, OVER_BUDGET}
    assert {own.channel for own in contract.cycle().budgets} == {"sms", "whatsapp"}  # the last wish
