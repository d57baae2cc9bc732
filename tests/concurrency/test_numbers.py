"""Numbers without gaps are taken one after the other; everything before them side by side (CON-5)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import pytest
from django.db import connection, transaction

from abono.domain.contracts.models import Contract
from abono.platform.numbering import next_number
from tests.world import JUNE_1, LUNA, PADARIA, Administrator, Signed, load_catalog, sign

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 20
WRITTEN = {"contracts_signup", "customers_customer", "invoicing_invoiceline", "payments_paymentmethod"}

# What each backend that waits for the counter has written before: the locks of its tables say so.
WAITING = """
    SELECT a.pid, array_agg(c.relname::text)
      FROM pg_stat_activity a
      JOIN pg_locks l ON l.pid = a.pid AND l.mode = 'RowExclusiveLock' AND l.granted
      JOIN pg_class c ON c.oid = l.relation
     WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'
       AND a.query LIKE 'INSERT INTO platform_counter%'
     GROUP BY a.pid"""


def contract(number: int) -> Signed:
    customer = (PADARIA, LUNA)[number]
    try:
        return sign(
            customer=customer, administrator=Administrator(f"Chief {number}", f"chief{number}@x.example")
        )
    finally:
        connection.close()


def all_wait_at_the_counter(wanted: int) -> list[set[str]]:
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else all looks of a transaction show the same
            cursor.execute(WAITING)
            found = [set(tables) for _pid, tables in cursor.fetchall()]
        if len(found) == wanted:
            return found
    pytest.fail(f"{len(found)} of {wanted} came as far as their number")


@pytest.mark.rule("CON-5")
def test_two_contractings_do_not_wait_for_one_another_until_their_number(gateway):
    load_catalog()
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            next_number(f"contract:{JUNE_1.year}")  # somebody else is at the counter
            pressed: list[Future[Signed]] = [pool.submit(contract, number) for number in range(2)]
            for written in all_wait_at_the_counter(2):
                assert written >= WRITTEN
            assert not Contract.objects.exists()
        signed = [press.result() for press in pressed]
    assert [one.active for one in signed] == [True, True]
    numbers = sorted(number[:11] for number in Contract.objects.values_list("number", flat=True))
    assert numbers == ["2026-000002", "2026-000003"]
