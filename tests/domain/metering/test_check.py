from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from abono.flows.check_books import check_metering
from tests.domain.metering.world import DAY, HOUR, JULY_1, NOON, Contract


def _busy(padaria: Contract) -> None:
    padaria.hold_many(5)
    padaria.settle("many 0")
    padaria.record("r", at=JULY_1)
    for n in range(4):
        padaria.observe(f"{n}", NOON + n * 20 * HOUR)


@pytest.mark.rule("OPS-2")
@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE metering_cycle SET held_micro = held_micro + 1", "held_micro"),
        ("UPDATE metering_cycle SET used_micro = used_micro + 1 WHERE used_micro > 0", "used_micro"),
        ("UPDATE metering_cycle SET interactions = interactions + 1", "interactions"),
        ("DELETE FROM metering_settlement", "used_micro"),
        ("DELETE FROM metering_send", "settlements_without_send"),
        ("DELETE FROM metering_interaction", "interaction_rows"),
        ("UPDATE metering_interaction SET opened_at = opened_at + interval '1 s'", "interaction_rows"),
        ("DELETE FROM metering_contact_event", "interactions"),
        ("DELETE FROM metering_cycle", "held_micro"),
    ],
)
def test_every_kind_of_damage_is_found(padaria: Contract, damage: str, what: str):
    _busy(padaria)
    assert check_metering() == []
    found = _differences_after(lambda: _execute(damage))
    assert what in found


@pytest.mark.rule("OPS-2")
def test_books_of_a_busy_contract_are_clean(padaria: Contract, luna: Contract):
    _busy(padaria)
    _busy(luna)
    luna.observe("late", NOON - DAY)
    assert check_metering() == []


def _differences_after(damage: Callable[[], None]) -> set[str]:
    """What the check finds after the damage, which is undone."""
    with transaction.atomic():
        damage()
        found = {difference.what for difference in check_metering()}
        transaction.set_rollback(True)
    return found


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
