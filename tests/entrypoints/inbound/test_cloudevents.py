"""Usage that comes as CloudEvents, alone or in batches."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.flows.limits.set_own import set_own_limits
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.inbound.sender import (
    BATCH,
    balance,
    cloud_event,
    key_of,
    post,
    said,
)


@pytest.mark.rule("PKG-7")
def test_a_batch_of_cloud_events_is_answered_event_by_event(padaria):
    contract = public("ctr", padaria.contract_id)
    sms = {"contract": contract, "channel": "sms", "kind": "message", "country": "BR"}
    events = [
        cloud_event("send.sent", sms, id="1"),
        cloud_event("send.sent", sms, id="1"),
        cloud_event("send.sent", {**sms, "country": "FR"}, id="2"),
        cloud_event("send.sent", {**sms, "contract": public("ctr", padaria.customer_id)}, id="3"),
        {"specversion": "1.0", "id": "4"},
        cloud_event("send.exploded", sms, id="5"),
        cloud_event(
            "contact.contact_message", {"contract": contract, "channel": "sms", "contact": "+55"}, id="6"
        ),
        cloud_event(
            "contact.internal_chat", {"contract": contract, "channel": "sms", "contact": "+55"}, id="7"
        ),
        cloud_event("send.sent", {**sms, "id": "\x00"}, id="8"),
        17,
    ]
    answer = post("cloudevents", events, key_of(None), BATCH)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [n for n, r in enumerate(results) if "replayed" in r] == [1]
    assert [said(r) for r in results] == [
        "recorded",
        "settled",
        "uncovered",
        "no_contract",
        "malformed",
        "malformed",
        "opened",
        "unknown_kind",
        "malformed",
        "malformed",
    ]
    assert balance(padaria).used_micro == 100_000  # one SMS at 0.10


@pytest.mark.rule("PKG-9")
def test_the_same_batch_again_draws_nothing_again(padaria):
    sms = {"channel": "sms", "kind": "message", "country": "BR"}
    events = [cloud_event("send.sent", sms, id=str(n)) for n in range(20)]
    key = key_of(padaria.customer_id)
    first = post("cloudevents", events, key, BATCH).json()
    again = post("cloudevents", events, key, BATCH).json()
    assert {said(r) for r in first["results"]} == {"recorded"}
    assert {(said(r), r["replayed"]) for r in again["results"]} == {("settled", True)}
    assert balance(padaria).used_micro == 20 * 100_000


@pytest.mark.rule("PKG-12", part="drawn in spite of own cap and budgets")
@pytest.mark.parametrize("own", [{"cap_micro": 0, "budgets": {}}, {"cap_micro": None, "budgets": {"sms": 0}}])
def test_what_has_left_draws_whatever_the_customer_limited_itself_to(padaria, own):
    set_own_limits(contract_id=padaria.contract_id, customer_id=None, **own, actor="ana", now=clock.now())
    sms = {"channel": "sms", "kind": "message", "country": "BR"}
    events = [cloud_event("send.sent", sms, id=str(n)) for n in range(3)]
    key = key_of(padaria.customer_id)
    for word in ("recorded", "settled"):
        answer = post("cloudevents", events, key, BATCH)
        assert (answer.status_code, [said(r) for r in answer.json()["results"]]) == (200, [word] * 3)
        assert balance(padaria).used_micro == 3 * 100_000


@pytest.mark.rule("PKG-12")
def test_what_it_was_for_is_asked_before_sending_and_not_afterwards(padaria):
    email = {"channel": "email", "kind": "message"}
    events = [
        cloud_event("send.sent", email | more, id=str(n))
        for n, more in enumerate([{}, {"use": "mass_send"}, {"use": "chatbot"}, {"use": "spam"}])
    ]
    results = post("cloudevents", events, key_of(padaria.customer_id), BATCH).json()["results"]
    assert [said(r) for r in results] == ["recorded", "recorded", "recorded", "malformed"]


def test_an_event_in_headers_says_which_content_type_its_data_have(padaria):
    attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "abono.send.sent"}
    key = {"Authorization": f"Bearer {key_of(padaria.customer_id)}"}
    answer = Client().post("/inbound/cloudevents", b"x", content_type="text/plain", headers=attributes | key)
    assert (answer.status_code, answer.json()["expected"]) == (415, "application/json")
