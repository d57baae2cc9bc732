from __future__ import annotations

from datetime import date

import pytest

from abono.domain.metering import queries
from abono.domain.metering.types import Outcome
from abono.domain.usage import queries as usage
from abono.domain.usage.send_lines import Chosen, every_send
from abono.domain.usage.types import DayUse, RouteUse
from tests.domain.metering.world import (
    CENT,
    HOUR,
    JULY_1,
    JUNE,
    JUNE_1,
    NOON,
    REAL,
    Contract,
    World,
)

ZONE = "America/Sao_Paulo"


def test_use_per_route_adds_up_to_the_cycle(padaria: Contract, luna: Contract, world: World):
    padaria.hold_many(4)
    padaria.settle("many 0")
    padaria.settle("many 1")
    padaria.settle("many 2", Outcome.REJECTED)
    padaria.record("w", world.whatsapp)
    padaria.hold("july", at=JULY_1)
    luna.hold("hers")
    found = usage.use_by_route(contract_id=padaria.id, cycle_start=JUNE_1)
    assert found == [
        RouteUse("sms", "message", "BR", 2, 20 * CENT, 1, 10 * CENT, 1, 0, 2),
        RouteUse("whatsapp", "company", "BR", 1, 55 * CENT, 0, 0, 0, 0, 1),
    ]
    cycle = padaria.cycle()
    assert sum(line.sent_micro for line in found) == cycle.used_micro
    assert sum(line.held_micro for line in found) == cycle.held_micro


@pytest.mark.rule("TIM-5")
def test_use_per_day_follows_the_customers_midnight(padaria: Contract):
    midnight = JUNE_1 + 24 * HOUR  # 03:00 UTC
    padaria.hold("last of the 1st", at=midnight - HOUR)
    padaria.hold("first of the 2nd", at=midnight)
    padaria.hold("of the 30th", at=JULY_1 - HOUR)
    padaria.hold("released", at=NOON)
    padaria.settle("released", Outcome.REJECTED)
    _routes, days, _ordered = usage.use_of_cycle(contract_id=padaria.id, cycle=JUNE, zone=ZONE)
    assert days == [
        DayUse(date(2026, 6, 1), "sms", 1, 10 * CENT),
        DayUse(date(2026, 6, 2), "sms", 1, 10 * CENT),
        DayUse(date(2026, 6, 30), "sms", 1, 10 * CENT),
    ]


def test_a_cycle_is_found_by_its_beginning(padaria: Contract):
    assert queries.find_cycle(contract_id=padaria.id, cycle_start=JUNE_1) == padaria.cycle()
    assert queries.find_cycle(contract_id=padaria.id, cycle_start=NOON) is None


def test_every_send_shows_what_became_of_it(padaria: Contract, world: World):
    padaria.hold("order 17", at=NOON)
    padaria.hold("order 18", world.whatsapp, at=NOON + HOUR)
    padaria.settle("order 17", at=NOON + 2 * HOUR)
    found = {send.name: send for send in every_send(Chosen(padaria.id, JUNE_1))}
    assert (found["order 18"].channel, found["order 18"].outcome) == ("whatsapp", None)
    assert (found["order 17"].outcome, found["order 17"].settled_at) == (Outcome.SENT, NOON + 2 * HOUR)
    assert len(found) == 2


def test_a_balance_says_what_is_left(padaria: Contract):
    padaria.hold_many(100)
    cycle = padaria.cycle()
    assert (cycle.left_micro, cycle.unused_micro, cycle.overage_micro) == (190 * REAL, 90 * REAL, 0)
