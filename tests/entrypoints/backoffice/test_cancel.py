"""The seller cancels a contract for its customer, with a reason, and takes that back (END-3)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.kernel.ids import public
from tests.entrypoints.portal.reading import words
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_padaria

WHY = "They called: the shop closes."


@pytest.fixture
def padaria(db: None, gateway: object) -> Tenant:
    load_catalog()
    return make_padaria(now=lately())


@pytest.mark.rule("END-3", part="cancel")
def test_the_seller_cancels_with_a_reason_and_takes_it_back(padaria: Tenant, olga: Client):
    whole = f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/"
    assert f"{whole}cancel/" in olga.get(whole).text
    assert "Left of the package now R$100.00" in words(olga.get(f"{whole}cancel/"))
    assert olga.post(f"{whole}cancel/", {"why": "", "do": "cancel"}).status_code == 422
    assert padaria.contract.state is State.ACTIVE

    shown = words(olga.post(f"{whole}cancel/", {"why": WHY, "do": "cancel"}, follow=True))

    assert padaria.contract.state is State.ENDING
    assert contracts.moves(padaria.contract_id)[0].reason == WHY
    assert "Cancelled, last day" in shown
    olga.post(f"{whole}cancel/", {"why": "They stay.", "do": "take_back"})
    assert padaria.contract.state is State.ACTIVE
    again = olga.post(f"{whole}cancel/", {"why": "They stay.", "do": "take_back"})
    assert again.status_code == 409
