"""The seller's platform reads and changes what an organization says of itself (ACC-1)."""

from __future__ import annotations

import pytest

from abono.platform.models import Event, IdempotencyKey
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import Tenant


@pytest.mark.rule("ACC-1")
@pytest.mark.rule("API-2", part="cut off by a crash")
def test_the_sellers_platform_changes_what_an_organization_says_of_itself(
    luna: Tenant, seller: Program
) -> None:
    path = f"/contracts/{contract_id(luna)}/organization"
    own = program(luna.customer_id)
    stands = own.get(path).json()
    assert (stands["tax_id"], stands["country"], stands["language"]) == ("2131234321", "CO", "es")
    assert stands["financial_contact"] == {
        "name": "Elena Rojas",
        "email": "pagos@luna.example",
        "left": False,
    }
    wanted = {name: stands[name] for name in ("legal_name", "tax_id", "language", "address")}
    wanted |= {"tax_id": "860.007.738-9", "financial_contact": {"name": "Ivo", "email": "ivo@luna.example"}}
    assert own.put(path, wanted, once="0").json()["code"] == "seller_only"
    changed = seller.put(path, wanted, once="1").json()
    assert changed == {
        **stands,
        "tax_id": "8600077389",
        "financial_contact": {"name": "Ivo", "email": "ivo@luna.example", "left": False},
    }
    assert own.get(path).json() == changed
    assert seller.put(path, wanted, once="2").json() == changed  # nothing more happens
    [event] = Event.objects.filter(name="customer.changed")
    assert event.data["changed"] == ["tax_id", "financial_name", "financial_email"]
    later = seller.put(path, wanted | {"legal_name": "Luna Nueva S.A.S."}, once="3").json()
    IdempotencyKey.objects.filter(key="1").update(status=None)  # its process was killed before it answered
    assert seller.put(path, wanted, once="1").json() == later  # what came after it stays
    assert seller.put(path, wanted, once="4").json() == changed
    for wrong, code in (
        ({"tax_id": "860007738-1"}, "customers.invalid_tax_id"),
        ({"legal_name": "\u202e"}, "customers.unreadable_name"),
        ({"address": {"street": "", "city": "Bogotá"}}, "customers.wrong_address"),
        ({"country": "BR"}, "invalid"),
    ):
        refused = seller.put(path, wanted | wrong, once=code)
        assert (refused.status_code, refused.json()["code"]) == (422, code), refused.content
    assert seller.get(path).json() == changed
