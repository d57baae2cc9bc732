"""Events by program: found by name, subject and time, without keys of the database."""

from __future__ import annotations

from typing import Any

import pytest

from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id
from tests.world import HOUR, Tenant, use

UUID_LIKE = r"[0-9a-f]{8}-[0-9a-f]{4}-"


@pytest.mark.rule("API-5", part="filters")
def test_events_are_filtered_by_name_by_what_they_are_about_and_by_time(
    seller: Program, padaria: Tenant, luna: Tenant
) -> None:
    def events(**query: str) -> list[dict[str, Any]]:
        answer = seller.get("/events", **query)
        assert answer.status_code == 200, answer.content
        return answer.json()["items"]

    activated = events(name="contract.activated")
    assert {one["subject"]["id"] for one in activated} == {contract_id(padaria), contract_id(luna)}
    about = events(subject=contract_id(padaria))
    assert {one["subject"]["id"] for one in about} == {contract_id(padaria)}
    assert {"contract.activated"} < {one["name"] for one in about}
    now = clock.now()
    assert events(since=(now + HOUR).isoformat()) == events(until=(now - HOUR).isoformat()) == []
    assert len(events(since=(now - HOUR).isoformat(), until=(now + HOUR).isoformat())) == len(events())
    assert events(name="contract.activated", subject=public("cus", luna.customer_id)) == []
    for wrong in ({"name": "contract"}, {"subject": "ctr_1"}, {"subject": ""}, {"since": "yesterday"}):
        assert seller.get("/events", **wrong).status_code == 422, wrong


@pytest.mark.rule("LIM-3", part="event for the seller")
def test_events_of_use_are_listed_and_found_by_their_names(seller: Program, padaria: Tenant) -> None:
    use(padaria.contract_id, 363, at=clock.now())  # 199.65 of 100.00 and the limit of 200.00
    use(padaria.contract_id, 1, at=clock.now())
    tell_thresholds()
    names = [event["name"] for event in seller.get("/events", limit=200).json()["items"]]
    told = {"sending.package_80", "sending.package_100", "sending.limit_90", "sending.blocked"}
    assert told < set(names)
    for name in told:
        [event] = seller.get("/events", name=name).json()["items"]
        assert event["subject"]["id"] == contract_id(padaria)


@pytest.mark.rule("ACC-2")
def test_events_tell_what_happened_and_no_key_of_the_database(sol: Program, padaria: Tenant) -> None:
    import re

    answer = sol.get("/events", limit=200)
    events = answer.json()["items"]
    names = [event["name"] for event in events]
    assert {"contract.activated", "invoice.issued", "invoice.paid", "card.saved"} <= set(names)
    assert {event["customer"] for event in events} == {public("cus", padaria.customer_id)}
    activated = events[names.index("contract.activated")]
    assert activated["subject"] == {"type": "contract", "id": contract_id(padaria)}
    assert activated["actor"].startswith("order:sig_")
    assert not re.search(UUID_LIKE, answer.content.decode())
