from __future__ import annotations

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.kernel.ids import public, uuid7
from tests.world import Tenant


@pytest.fixture
def ids(padaria: Tenant) -> dict[str, str]:
    """An id of Padaria's for every kind of route."""
    first = invoices.find(padaria.contract_id, key="first")
    card = payments.card_in_use(padaria.customer_id)
    assert first is not None
    assert card is not None
    return {
        "contract_id": public("ctr", padaria.contract_id),
        "invoice_id": first.public_id,
        "card_id": card.public_id,
        "money_id": public("unm", uuid7()),
    }
