"""Somebody else charges the order's first invoice between a press's preparation and its own charge (CON-4)."""

from __future__ import annotations

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.flows.collecting.charge import charge_invoice
from abono.platform import clock
from tests.fakes import FakeGateway
from tests.work import ask_gateways
from tests.world import HOUR, JUNE_1, begin_signup, load_catalog, moment, sign


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("CON-4", part="never a second charge")
def test_whoever_charges_the_invoice_beside_a_press_is_told_that_it_is_under_way(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_catalog()
    signup_id = begin_signup()
    sign(signup_id=signup_id, card="vanish")
    ask_gateways(real=clock.now() + HOUR)  # given up: the order goes on with the same contract
    contract = Contract.objects.get()

    def other_hand(token: str) -> bool:
        """The earlier card is forgotten when the second press has prepared, and has not charged yet."""
        with pytest.raises(PaymentUnderWay):
            charge_invoice(
                invoice_id=Invoice.objects.get(state="draft").id,
                customer_id=contract.customer_id,
                method_id=None,
                off_session=False,
                actor="other hand",
                moment=moment(JUNE_1),
            )
        told.append(token)
        return True

    told: list[str] = []
    monkeypatch.setattr(gateway, "forget_card", other_hand)
    signed = sign(signup_id=signup_id, card="lost")

    assert len(told) == 1
    assert (signed.contract_id, signed.active) == (contract.id, False)
    assert list(gateway.book.values()) == [1_349_00]
    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["lost", "unknown"]
