"""Paying an invoice by program (PAY-1)."""

from __future__ import annotations

import pytest

from abono.domain.metering.rules import SendingState
from abono.domain.payments.models import PaymentMethod
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id
from tests.entrypoints.api.spending import balance, set_card, use_up
from tests.world import Tenant


@pytest.mark.rule("PAY-1", "PAY-7")
@pytest.mark.parametrize(
    ("card", "status", "state"), [("decline:expiry", 402, "pending"), ("lost", 202, "pending")]
)
def test_a_payment_that_is_declined_or_unclear_leaves_the_invoice_waiting(
    sol: Program, padaria: Tenant, card: str, status: int, state: str
) -> None:
    use_up(padaria, clock.now())
    invoice = sol.post(f"/contracts/{contract_id(padaria)}/interim-invoices", once="i").json()["id"]
    set_card(padaria, card)
    assert sol.post(f"/invoices/{invoice}/payments", once="p").status_code == status
    assert sol.get(f"/invoices/{invoice}").json()["state"] == state
    assert balance(padaria).sending_state is SendingState.BLOCKED


@pytest.mark.rule("PAY-1")
def test_without_a_card_there_is_nothing_to_charge(sol: Program, padaria: Tenant) -> None:
    use_up(padaria, clock.now())
    invoice = sol.post(f"/contracts/{contract_id(padaria)}/interim-invoices", once="i").json()["id"]
    PaymentMethod.objects.update(in_use=False)
    answer = sol.post(f"/invoices/{invoice}/payments", once="p")
    assert (answer.status_code, answer.json()["code"]) == (402, "payments.no_card")
