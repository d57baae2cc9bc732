from __future__ import annotations

import pytest

from tests import sql
from tests.books import check_metering
from tests.domain.metering.world import DAY, HOUR, JULY_1, NOON, Contract


def _busy(padaria: Contract) -> None:
    padaria.hold_many(5)
    padaria.settle("many 0")
    padaria.record("r", at=JULY_1)
    for n in range(4):
        padaria.observe(f"{n}", NOON + n * 20 * HOUR)


DAMAGES = [
    ("UPDATE metering_cycle SET held_micro = held_micro + 1", "held_micro"),
    ("UPDATE metering_cycle SET used_micro = used_micro + 1 WHERE used_micro > 0", "used_micro"),
    ("UPDATE metering_cycle SET interactions = interactions + 1", "interactions"),
    ("DELETE FROM metering_settlement", "used_micro"),
    ("DELETE FROM metering_send", "settlements_without_send"),
    ("DELETE FROM metering_interaction", "interaction_rows"),
    ("UPDATE metering_interaction SET opened_at = opened_at + interval '1 s'", "interaction_rows"),
    ("DELETE FROM metering_contact_event", "interactions"),
    ("DELETE FROM metering_cycle", "held_micro"),
]


@pytest.mark.rule("OPS-2")
def test_every_kind_of_damage_is_found(padaria: Contract):
    _busy(padaria)
    assert check_metering() == []
    for damage, what in DAMAGES:
        with sql.taken_back():
            sql.run(damage)
            assert what in {difference.what for difference in check_metering()}, damage


@pytest.mark.rule("OPS-2")
def test_books_of_a_busy_contract_are_clean(padaria: Contract, luna: Contract):
    _busy(padaria)
    _busy(luna)
    luna.observe("late", NOON - DAY)
    assert check_metering() == []
