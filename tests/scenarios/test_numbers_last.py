"""A counter keeps everybody else waiting until the commit: what is numbered does all else before (CON-5, INV-4)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abono.domain.notices.models import Notice
from abono.flows.billing.renew import renew
from tests.scenarios.test_cycles import JULY_1
from tests.world import DAY, JUNE_1, bigger, make_padaria, sign

COUNTER = re.compile(r"(WITH taken AS \()?INSERT INTO platform_counter")  # or in one with what is numbered
WRITES = re.compile(r'\s*(?:WITH told AS \(\s*)?(INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')


def after_the_number(act: Callable[[], object]) -> list[list[str]]:
    """The tables that were read or written after each number was taken, up to the next one or the end of it."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        act()
    found: list[list[str]] = []
    for query in captured.captured_queries:
        sql = query["sql"]
        if COUNTER.match(sql):
            found.append([])
        elif found and sql.startswith(("RELEASE SAVEPOINT", "SAVEPOINT")):
            found[-1].append("")
        elif found and found[-1][-1:] != [""]:
            written = WRITES.match(sql)
            found[-1].append(written.group(2) if written else sql)
    return [[table for table in tables if table] for tables in found]


@pytest.mark.rule("CON-5")
def test_contracting_takes_the_numbers_last(gateway):
    of_contract, of_invoice = after_the_number(sign)
    assert of_contract == ["contracts_contract", "platform_event", "platform_personalvalues"]
    assert of_invoice == ["platform_event", "notices_notice", "notices_email"]


@pytest.mark.rule("INV-4")
def test_a_renewal_takes_its_number_last_and_tells_it(gateway):
    padaria = make_padaria()
    [of_invoice] = after_the_number(lambda: renew(contract_id=padaria.contract_id, now=JULY_1))
    assert of_invoice == ["platform_event", "notices_notice", "notices_email"]
    assert Notice.objects.get(kind="invoice_issued").facts["invoice"] == "A-000002"


@pytest.mark.rule("INV-4")
def test_a_raise_takes_its_number_last_and_tells_it(gateway):
    padaria = make_padaria()
    [of_invoice] = after_the_number(lambda: bigger(padaria, now=JUNE_1 + DAY))
    assert of_invoice == ["platform_event", "notices_notice", "notices_email"]
    told = Notice.objects.filter(kind="payment_received").latest("created_at")
    assert told.facts["invoice"] == "A-000002"
