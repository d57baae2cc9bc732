"""The seller gives a contract back for its customer, with a reason (CON-10)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.ports.port import RefundOutcome
from abono.flows.due_work import REAL, work_off
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_padaria

WHY = "They called: the wrong plan."


@pytest.fixture
def padaria(db: None, gateway: object) -> Tenant:
    load_catalog()
    return make_padaria(now=lately())


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_a_contract_is_given_back_with_a_reason(padaria: Tenant, olga: Client, gateway: FakeGateway):
    [invoice] = invoices.list_for_customer(padaria.customer_id)
    url = f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/regret/"
    assert url in olga.get(f"/en/back-office/invoices/{invoice.public_id}/").text
    assert "Goes back in all R$1,349.00" in words(olga.get(url))
    nothing = olga.post(url, {"why": ""})
    assert (nothing.status_code, padaria.contract.state) == (422, State.ACTIVE)

    done = words(olga.post(url, {"why": WHY}, follow=True))

    assert "has ended. R$1,349.00 goes back to whoever paid it." in done
    assert padaria.contract.state is State.ENDED
    assert contracts.moves(padaria.contract_id)[0].reason == WHY
    shown = words(olga.get(f"/en/back-office/invoices/{invoice.public_id}/"))
    assert "Refunds Visa •••• 4243 R$1,349.00 On its way" in shown
    gateway.refund_says = RefundOutcome.REFUSED
    work_off(now=clock.now(), kinds=REAL)
    whole = words(olga.get(f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/"))
    assert "A refund did not go back: we owe it R$1,349.00 Visa •••• 4243" in whole
    assert WHY in whole
