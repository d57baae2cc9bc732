"""Two organizations of one tax id are billed apart, whatever they do (CON-7)."""

from __future__ import annotations

import pytest

from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.flows.wallet import save_card
from tests.books import check_books
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import JUNE_1, sign, use


@pytest.mark.rule("CON-7", part="billing never mixes")
def test_each_pays_its_own_use_with_its_own_card(gateway):
    first, second = sign(), sign()
    use(first.contract_id, 200)  # 110.00: 10.00 beyond the package
    save_card(customer_id=second.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=JUNE_1)

    renew_due(now=JULY_1)

    renewals = {
        invoice.contract_id: (invoice.customer_id, invoice.total_minor, invoice.state)
        for invoice in Invoice.objects.filter(reason="renewal")
    }
    assert renewals == {
        first.contract_id: (first.customer_id, 710_00, "paid"),
        second.contract_id: (second.customer_id, 700_00, "pending"),
    }
    for attempt in Attempt.objects.select_related("invoice", "method"):
        assert attempt.method.customer_id == attempt.invoice.customer_id
    assert PaymentMethod.objects.filter(in_use=True).count() == 2
    assert check_books() == []
