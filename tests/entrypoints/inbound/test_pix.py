"""News of Pix through our door: a certificate that the proxy names, and a secret in the address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from abono.domain.payments import registry
from abono.domain.payments.models import GatewayEvent
from abono.kernel.ids import uuid7
from tests.pix_service import PixService, start_pix_service

SECRET = "a-long-secret-of-the-tests"
KNOWN = {"X-Client-Certificate": "AA:BB:01"}


@pytest.fixture
def service(db: None, settings: LazySettings, tmp_path: Path) -> Iterator[PixService]:
    with start_pix_service(tmp_path) as (service, authority):
        options = service.options(authority.pair("client"), authority) | {"webhook_secret": SECRET}
        settings.GATEWAYS = {"pix": {"adapter": "abono.gateways.pix.adapter.PixGateway", "options": options}}
        registry.gateway.cache_clear()
        yield service
    registry.gateway.cache_clear()


def told(address: str, body: bytes, headers: dict[str, str]) -> int:
    client = Client(enforce_csrf_checks=True)
    return client.post(address, body, content_type="application/json", headers=headers).status_code


def test_only_the_payment_service_is_heard(service: PixService) -> None:
    key = uuid7()
    shown = {
        "status": "ATIVA",
        "valor": {"original": "740.00"},
        "calendario": {"expiracao": 60, "criacao": service.now.isoformat()},
    }
    service.charges[key.hex] = {"kind": "cob", "shown": shown}
    service.pay(key.hex)
    body, address = service.told(key.hex), reverse("inbound:gateway_with_secret", args=["pix", SECRET])
    assert address == f"/inbound/gateways/pix/{SECRET}"
    for where, headers in (
        (address, {}),
        (address, {"X-Client-Certificate": "AA:BB:09"}),
        ("/inbound/gateways/pix/another/pix", KNOWN),
        ("/inbound/gateways/pix/", {**KNOWN, ":path": SECRET}),
    ):
        assert told(where, body, headers) == 401
    assert not GatewayEvent.objects.exists()
    for where in (
        address,
        f"{address}/pix",
        f"{address}/pix",
    ):  # the service adds the last part itself, and may come twice
        assert told(where, body, KNOWN) == 204
    event = GatewayEvent.objects.get()
    assert (event.gateway, event.kind, event.key) == ("pix", "pix.paid", str(key))
    assert event.received == shown["pix"][0]["endToEndId"]
    assert service.wrong == []
