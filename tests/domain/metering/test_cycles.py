from __future__ import annotations

from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from abono.domain.metering import actions as metering
from abono.domain.metering import queries
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.types import NewCycle
from abono.kernel import rating
from abono.kernel.ids import uuid7
from abono.kernel.periods import Period
from tests.domain.metering.world import (
    AUGUST_1,
    CENT,
    DAY,
    HOUR,
    JULY,
    JULY_1,
    JUNE,
    JUNE_1,
    NOON,
    REAL,
    Contract,
    World,
)


def _open(contract_id: UUID, world: World, cycle: Period, *, value: int = 100, included: int = 100) -> bool:
    return open_cycle(
        NewCycle(
            contract_id=contract_id,
            cycle=cycle,
            package_id=world.brl_100,
            value_micro=value * REAL,
            ceiling_micro=2 * value * REAL,
            included_interactions=included,
        )
    )


@pytest.mark.rule("PKG-3", part="full value next")
@pytest.mark.rule("INT-5", part="full allowance")
@pytest.mark.rule("INT-5", part="nothing rolls over")
def test_each_cycle_starts_with_the_full_value_and_allowance(padaria: Contract):
    padaria.hold_many(500)
    padaria.observe("a", NOON)
    july = padaria.cycle(JULY_1)
    assert (july.value_micro, july.total_micro) == (100 * REAL, 0)
    assert (july.included_interactions, july.interactions) == (100, 0)


def test_opening_a_cycle_twice_changes_nothing(world: World):
    contract = Contract(uuid7(), world)
    assert _open(contract.id, world, JUNE) is True
    assert _open(contract.id, world, JUNE) is True
    assert len(queries.cycles(contract.id)) == 1


def test_a_cycle_in_which_nothing_happened_can_be_corrected(world: World):
    contract = Contract(uuid7(), world)
    _open(contract.id, world, JULY)
    assert _open(contract.id, world, JULY, value=250, included=500) is True
    july = contract.cycle(JULY_1)
    assert (july.value_micro, july.ceiling_micro, july.included_interactions) == (250 * REAL, 500 * REAL, 500)
    contract.hold_many(2_000, at=JULY_1)  # R$ 200: warned at 80 % of 250, not of 100
    assert contract.levels() == [("package_80", 0)]


def test_a_cycle_in_which_something_was_held_stays_as_it_is(padaria: Contract, world: World):
    padaria.hold("a", at=JULY_1)
    before = padaria.cycle(JULY_1)
    assert _open(padaria.id, world, JULY, value=250) is False
    assert padaria.cycle(JULY_1) == before


def test_cycles_of_a_contract_never_overlap(padaria: Contract, world: World):
    for start, end in [(JUNE_1 + DAY, JULY_1), (JUNE_1 - DAY, JUNE_1 + DAY), (JULY_1 + DAY, AUGUST_1 + DAY)]:
        with pytest.raises(ValueError, match="overlap"):
            _open(padaria.id, world, Period(start, end))
    assert [c.cycle for c in queries.cycles(padaria.id)] == [JULY, JUNE]


def test_only_the_cycle_at_the_moment_is_raised(padaria: Contract):
    padaria.raise_to_250(at=NOON)
    assert padaria.cycle(NOON).value_micro == 250 * REAL
    assert padaria.cycle(JULY_1).value_micro == 100 * REAL


def test_a_raise_never_makes_the_package_smaller(padaria: Contract, world: World):
    with pytest.raises(ValueError, match="smaller"):
        metering.raise_cycle(
            contract_id=padaria.id,
            at=NOON,
            package_id=world.brl_100,
            value_micro=50 * REAL,
            ceiling_micro=100 * REAL,
        )
    assert padaria.cycle().value_micro == 100 * REAL


def test_raising_where_there_is_no_cycle_is_refused(padaria: Contract):
    with pytest.raises(NoCycle):
        padaria.raise_to_250(at=JUNE_1 - HOUR)
    with pytest.raises(NoCycle):
        metering.open_one_more_limit(contract_id=padaria.id, at=AUGUST_1, extra_micro=REAL)
    with pytest.raises(NoCycle):
        queries.balance(contract_id=padaria.id, at=AUGUST_1)
    assert queries.find_balance(contract_id=padaria.id, at=AUGUST_1) is None


def test_an_unlimited_contract_stays_unlimited(world: World):
    contract = world.contract(limit_percent=None)
    metering.open_one_more_limit(contract_id=contract.id, at=NOON, extra_micro=100 * REAL)
    assert contract.cycle().ceiling_micro == rating.UNLIMITED


@pytest.mark.rule("PKG-6")
@pytest.mark.parametrize(
    "wrong",
    [
        "held_micro = held_micro + 200000001",
        "used_micro = 200000001",
        "held_micro = -1",
        "used_micro = -1",
        "interactions = -1",
        "ceiling_micro = 0",
    ],
)
def test_the_database_refuses_what_code_forgets(padaria: Contract, wrong: str):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE metering_cycle SET {wrong} WHERE contract_id = %s AND cycle_start = %s",
            [padaria.id, JUNE_1],
        )
    assert padaria.cycle().total_micro == 0


@pytest.mark.rule("PKG-6")
def test_the_limit_is_reached_to_the_millionth_and_not_passed(world: World):
    world.price(world.brl_100, world.unpriced, 1, since=JUNE_1)
    contract = world.contract(value=1, limit_percent=0)
    contract.hold_many(9)  # 0.90
    contract.hold("a", world.unpriced)  # one millionth
    assert contract.hold("b").status.name == "BLOCKED"  # 0.10 into 0.099999
    assert contract.cycle().left_micro == 10 * CENT - 1
