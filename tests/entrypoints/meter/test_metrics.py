"""The fast lane's own figures, as a program reads them (OPS-4)."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY, generate_latest

from tests.entrypoints.meter.client import Tenant, program
from tests.platform.running.test_metrics import read

pytestmark = pytest.mark.rule("OPS-4", part="metrics and traces")


def test_holds_are_told_by_how_they_were_answered_and_how_long_requests_took(padaria: Tenant):
    with program() as api:
        api.key = padaria.key
        sends = [padaria.sms(str(n)) for n in range(5)]
        api.post("/v1/holds", {"sends": [*sends, padaria.sms("x") | {"channel": "telex"}]})
        before = read(generate_latest(REGISTRY).decode())
        api.post("/v1/holds", padaria.sms("one"))
        api.get(f"/v1/balances/{padaria.contract}")
        api.get("/v1/sends/ctr_ana/ana@padaria.example")
        after = read(generate_latest(REGISTRY).decode())
    assert before["abono_meter_events_total", "granted", "holds"] == 5
    assert before["abono_meter_events_total", "no_price", "holds"] == 1
    assert after["abono_meter_events_total", "granted", "holds"] == 6
    for address, status in (("/v1/holds", "2xx"), ("/v1/balances/", "2xx"), ("/v1/sends/", "4xx")):
        key = ("abono_meter_request_seconds_count", address, status)
        assert after[key] - before.get(key, 0) == 1
    assert after["abono_meter_waiting", "holds"] == 0
    assert after["abono_meter_connections", "reads", "pool_size"] >= 1
    assert not any("ana" in label for key in after for label in key)
    assert not any(
        key[0].startswith("abono_meter_events") for key in read(generate_latest(REGISTRY).decode())
    )
