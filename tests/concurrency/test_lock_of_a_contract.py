"""The rule of one contract takes its cycles' rows by itself: on a cluster it is called without a lock held (PKG-6)."""

from __future__ import annotations

import pytest
from django.db import connection

from abono.kernel.ids import uuid7
from tests.concurrency.test_same_instant import while_it_waits
from tests.domain.metering.world import CENT, NOON, Contract, World


def hold_by_itself(contract: Contract, count: int) -> list[int]:
    """Ask the function of one contract, whatever its version. Returns what was answered: 1 held, 4 blocked."""
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT proname FROM pg_proc WHERE proname ~ '^metering_hold_contract_v\d+$'")
        [(name,)] = cursor.fetchall()
        cursor.execute(
            f"SELECT status FROM {name}(%s, %s::uuid[], %s::integer[], %s::timestamptz[], %s::text[],"
            " %s::smallint[], %s::uuid[], %s::text[])",
            [
                contract.id,
                [uuid7() for _ in range(count)],
                [contract.world.sms] * count,
                [NOON] * count,
                [None] * count,
                [1] * count,
                [None] * count,
                [None] * count,
            ],
        )
        return list(cursor.fetchone()[0])


@pytest.mark.rule("PKG-6", part="any number of callers")
def test_who_asks_while_another_is_not_committed_counts_what_the_other_holds(world: World) -> None:
    contract = world.contract()  # R$ 200 in all: 2,000 sends at 0.10
    answers = while_it_waits(lambda: hold_by_itself(contract, 1_500), lambda: hold_by_itself(contract, 1_500))
    assert (answers.count(1), answers.count(4)) == (500, 1_000)
    assert contract.cycle().held_micro == 2_000 * 10 * CENT
