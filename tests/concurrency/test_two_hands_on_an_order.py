"""Somebody else charges the order's first invoice between a press's preparation and its own charge (CON-4)."""

from __future__ import annotations

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Attempt
from abono.flows.collecting.charge import charge_invoice
from abono.platform import clock
from tests.fakes import FakeGateway
from tests.work import ask_gateways
from tests.world import HOUR, JUNE_1, begin_signup, load_catalog, moment, sign


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("CON-4", part="never a second charge")
def test_a_press_whose_invoice_is_being_charged_already_answers_that_it_is_under_way(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_catalog()
    signup_id = begin_signup()
    sign(signup_id=signup_id, card="vanish")
    ask_gateways(real=clock.now() + HOUR)  # given up: the order goes on with the same contract
    contract = Contract.objects.get()

    def other_hand(token: str) -> bool:
        """The earlier card is forgotten when the second press has prepared, and has not charged yet."""
        charge_invoice(
            invoice_id=Invoice.objects.get(state="draft").id,
            customer_id=contract.customer_id,
            method_id=None,
            off_session=False,
            actor="other hand",
            moment=moment(JUNE_1),
        )
        return True

    monkeypatch.setattr(gateway, "forget_card", other_hand)
    signed = sign(signup_id=signup_id, card="lost")

    assert (signed.contract_id, signed.active) == (contract.id, False)
    assert list(gateway.book.values()) == [1_349_00]
    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["lost", "unknown"]
