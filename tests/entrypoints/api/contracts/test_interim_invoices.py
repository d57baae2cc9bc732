"""The interim invoice by program: the same use case as on the pages (API-1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.invoicing.models import Invoice
from abono.domain.metering.rules import SendingState
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.entrypoints.api.spending import balance, use_up
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria


@pytest.mark.rule("LIM-4", "PAY-1", "FIN-3", "API-1")
def test_the_interim_invoice_is_issued_once_and_paying_it_opens_one_more_limit(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = f"/contracts/{contract_id(padaria)}/interim-invoices"
    early = sol.post(path, once="interim-0")
    assert (early.status_code, early.json()["code"]) == (409, "invoicing.nothing_to_pay")

    use_up(padaria, clock.now())
    first = sol.post(path, once="interim-1")
    assert first.status_code == 201
    # 363 × 0.55 = 199.65 used, 100.00 of it in the package: 99.65 beyond
    assert (first.json()["total_minor"], first.json()["state"]) == (99_65, "pending")
    assert sol.post(path, once="interim-2").json()["id"] == first.json()["id"]

    pay = f"/invoices/{first.json()['id']}/payments"
    paid = sol.post(pay, once="pay-1")
    assert paid.status_code == 201
    assert paid.json()["payment"]["state"] == "paid"
    assert paid.json()["invoice"]["state"] == "paid"
    assert balance(padaria).ceiling_micro == 300_000_000
    assert balance(padaria).sending_state is SendingState.OVERAGE

    again = sol.post(pay, once="pay-2")
    assert (again.status_code, again.json()["code"]) == (409, "invoicing.not_payable")
    assert sorted(gateway.book.values()) == [99_65, 1_349_00]


@pytest.mark.rule("TIM-2", "API-1")
def test_acts_of_a_sandbox_happen_at_its_own_moment(db: None, gateway: FakeGateway) -> None:
    from datetime import timedelta

    from abono.domain.customers import actions as customers

    load_catalog()
    start = clock.now()
    padaria = make_padaria(now=start, sandbox=True)
    there = start + timedelta(days=10)
    customers.set_clock(customer_id=padaria.customer_id, real=clock.now(), to=there, actor="test")
    use_up(padaria, there)
    it = program(padaria.customer_id)
    said = it.post(f"/contracts/{contract_id(padaria)}/interim-invoices", once="i").json()
    assert datetime.fromisoformat(said["issued_at"]) >= there
    assert Invoice.objects.get(number=2).issued_at >= there
    assert public("inv", Invoice.objects.get(number=2).id) == said["id"]
