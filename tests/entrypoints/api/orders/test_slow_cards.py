"""Who tries many cards has to wait (ACC-3, WAL-6)."""

from __future__ import annotations

import pytest

from abono.flows.signup import tries
from abono.kernel.ids import public
from abono.platform.models import Event
from tests.entrypoints.api.conftest import Program
from tests.entrypoints.api.orders.ordering import begin, payment


@pytest.mark.rule("ACC-3", part="slow answers")
@pytest.mark.rule("API-3", part="429")
def test_who_tests_cards_on_an_order_has_to_wait_and_may_send_the_same_then(shop: Program) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}/payments"
    for n in range(5):
        assert shop.post(path, payment(order, "decline:number"), once=f"card-{n}").status_code == 402
    for _ in range(2):  # the wait is no answer that is kept
        waits = shop.post(path, payment(order), once="the-good-card")
        assert (waits.status_code, waits.json()["code"]) == (429, "too_many_requests")
        assert 0 < int(waits["Retry-After"]) <= 30
        assert "Idempotent-Replayed" not in waits
    told = Event.objects.get(name="cards.slowed")
    assert told.actor == f"key:{shop.key[:12]}"
    assert public("sig", told.subject_id) == order["id"]


@pytest.mark.rule("WAL-6")
@pytest.mark.rule("API-3", part="429")
def test_many_cards_from_one_address_have_to_wait_whatever_the_order(
    shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "FREE_CARDS_OF_ADDRESS", 2)
    order = begin(shop)
    for n in range(2):
        body = payment(order, "decline:number", accepted_from="203.0.113.9")
        assert shop.post(f"/orders/{order['id']}/payments", body, once=f"try-{n}").status_code == 402
    other = begin(shop, plan="starter")
    body = payment(other, accepted_from="203.0.113.9")
    waits = shop.post(f"/orders/{other['id']}/payments", body, once="wait")
    assert (waits.status_code, waits.json()["code"]) == (429, "too_many_requests")
    assert int(waits.headers["Retry-After"]) > 0
    body = payment(other, accepted_from="203.0.113.10")
    assert shop.post(f"/orders/{other['id']}/payments", body, once="else").status_code == 201
