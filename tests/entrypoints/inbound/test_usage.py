"""Every door of usage: whose key, which body, whose contract, and what the seller sees of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.identity import actions as identity
from abono.domain.usage import minutes
from abono.entrypoints.inbound import usage
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.inbound.sender import (
    BATCH,
    balance,
    cloud_event,
    key_of,
    post,
    said,
    status,
)
from tests.world import make_luna


@pytest.mark.rule("API-3")
def test_a_mistake_of_ours_is_an_incident_and_nothing_else_leaks(padaria, monkeypatch, caplog):
    def break_down(*_arguments, **_more):
        raise RuntimeError("a secret")

    monkeypatch.setattr(usage, "report", break_down)
    answer = post("zenvia", status("SENT"), key_of(padaria.customer_id))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.content.decode()
    assert answer.json()["incident"] in caplog.text


@pytest.mark.rule("ACC-2")
def test_a_key_reaches_only_its_own_customers_contract(padaria):
    luna = make_luna(now=clock.now())
    foreign = public("ctr", padaria.contract_id)
    key = key_of(luna.customer_id)
    send = {"contract": foreign, "channel": "sms", "kind": "message", "country": "BR"}
    [answer] = post("cloudevents", [cloud_event("send.sent", send)], key, BATCH).json()["results"]
    assert said(answer) == "no_contract"
    refused = Client().post(
        f"/inbound/zenvia/?contract={foreign}",
        json.dumps(status("SENT")),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert refused.status_code == 404
    assert balance(padaria).used_micro == 0


@pytest.mark.rule("ACC-4")
@pytest.mark.parametrize("path", ["zenvia", "cloudevents"])
def test_without_a_usable_key_nothing_is_taken(padaria, path):
    key_id, revoked = identity.issue_key(
        name="old",
        customer_id=padaria.customer_id,
        scopes=("meter",),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    identity.revoke_key(key_id=key_id, actor="ana", now=clock.now())
    _id, expired = identity.issue_key(
        name="old",
        customer_id=padaria.customer_id,
        scopes=("meter",),
        expires_at=clock.now() - timedelta(seconds=1),
        actor="ana",
        now=clock.now(),
    )
    for key in (None, "abk_nobody", revoked, expired):
        answer = post(path, status("SENT"), key)
        assert answer.status_code == 401
        assert answer.json()["code"] == "no_usable_key"
    assert balance(padaria).used_micro == 0


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    ("path", "body", "content_type", "expected"),
    [
        ("zenvia", b"", "application/json", 400),
        ("zenvia", b"[]", "application/json", 400),
        ("zenvia", b'{"type": "MESSAGE"}', "application/json", 400),
        ("zenvia", b'{"type": "MESSAGE_STATUS", "messageStatus": {"code": "SENT"}}', "application/json", 400),
        ("zenvia", b'{"type": "\\u0000"}', "application/json", 400),
        ("zenvia", b"\xff\xfe", "application/json", 400),
        ("zenvia", b"x" * (4 * 1024 * 1024 + 1), "application/json", 413),
        ("cloudevents", b"{}", BATCH, 400),
        ("cloudevents", b"[" + b"1," * 10_000 + b"1]", BATCH, 400),
        ("cloudevents", b"[]", "text/plain", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_the_reason(padaria, path, body, content_type, expected):
    answer = post(path, body, key_of(padaria.customer_id), content_type)
    assert answer.status_code == expected
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["detail"]
    assert said["code"] == {400: "malformed", 413: "body_too_large", 415: "unsupported_media_type"}[expected]


def test_the_seller_sees_what_these_doors_answered(padaria):
    key, send = key_of(padaria.customer_id), {"channel": "sms", "kind": "message", "country": "BR"}
    batch = [
        cloud_event("send.sent", send, id="1"),
        cloud_event("send.sent", send | {"country": "FR"}, id="2"),
        cloud_event("contact.contact_message", {"channel": "sms", "contact": "+5511999990000"}, id="3"),
        5,
    ]
    post("cloudevents", batch, key, BATCH)
    post("zenvia", status("SENT", message="m-9"), key)
    post("zenvia", {"type": "CONVERSATION_STATUS"}, key)  # says nothing that is counted
    post("zenvia", status("SENT"), None)
    granted: Counter[str] = Counter()
    for one in minutes.granted(since=clock.now() - timedelta(hours=1)):
        granted[one.operation] += one.events
    assert granted == {"settlements": 2, "interactions": 1}
    assert {(one.operation, one.code): one.last_hour for one in minutes.refused(now=clock.now())} == {
        ("settlements", "no_price"): 1,
        ("settlements", "malformed"): 1,
        ("requests", "no_usable_key"): 1,
    }
