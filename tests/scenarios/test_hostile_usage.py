"""Usage that is not what it says: every body gets an answer, none a stack trace, and nobody else's rows move."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from abono.domain.identity import actions as identity
from abono.domain.identity.models import ApiKey
from abono.kernel.ids import public
from abono.platform import clock
from tests.world import make_luna, make_padaria

BATCH, SINGLE = "application/cloudevents-batch+json", "application/cloudevents+json"
SEND = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/platform",
    "type": "abono.send.sent",
    "data": {"channel": "whatsapp", "kind": "company", "country": "BR"},
}
CONTACT = {**SEND, "type": "abono.contact.contact_message", "data": {"channel": "whatsapp", "contact": "c"}}
MESSAGE = {
    "id": "1",
    "type": "MESSAGE",
    "channel": "whatsapp",
    "direction": "IN",
    "message": {"id": "m", "from": "5511999990000", "timestamp": "2026-06-01T15:00:00Z"},
}
STATUS = {
    "id": "1",
    "type": "MESSAGE_STATUS",
    "channel": "whatsapp",
    "message": {"id": "m", "to": "5511999990000"},
    "messageStatus": {"code": "SENT"},
}
ODD = [
    "\x00",
    "a\x00b",
    "9" * 21,
    "'; DROP TABLE metering_send; --",
    '{"}',
    "{a,NULL}",
    "\\",
    '"',
    "NULL",
    "",
    " ",
    "\u202e",
    "x" * 201,
    10**21,
    -1,
    1.5,
    None,
    True,
    [],
    {},
    [[]],
]
MOMENTS = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-06-01T15:00:00",
    "infinity",
    "2026-02-30T00:00:00Z",
]


@pytest.fixture
def key(gateway):
    padaria = make_padaria(now=clock.now())
    _id, text = identity.issue_key(
        name="platform",
        customer_id=padaria.customer_id,
        scopes=("meter",),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    return text


def post(path, body, key, content_type="application/json"):
    return Client().post(
        f"/inbound/{path}/", body, content_type=content_type, headers={"Authorization": f"Bearer {key}"}
    )


def bent(whole, values):
    """The message with each of its fields replaced by each of the values, one at a time."""
    for name, kept in whole.items():
        for value in values:
            yield {**whole, name: value}
        if isinstance(kept, dict):
            yield from ({**whole, name: inner} for inner in bent(kept, values))


@pytest.mark.rule("API-3", "PKG-9")
@pytest.mark.parametrize("event", [SEND, CONTACT])
def test_odd_values_in_cloud_events_are_answered_event_by_event(key, event):
    events = [*bent(event, ODD), *({**event, "time": moment} for moment in MOMENTS)]
    answer = post("cloudevents", json.dumps(events), key, BATCH)
    assert answer.status_code == 200, answer.content[:500]
    assert len(answer.json()["results"]) == len(events)


@pytest.mark.rule("API-3")
@pytest.mark.parametrize("event", [MESSAGE, STATUS])
def test_odd_values_in_the_vendors_events_are_answered(key, event):
    for body in bent(event, ODD + MOMENTS):
        answer = post("zenvia", json.dumps(body), key)
        assert answer.status_code in (200, 400), (body, answer.content[:500])


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"[" * 50_000 + b"]" * 50_000 + b"]",
        b'[{"id": ' + b"[" * 50_000 + b"]" * 50_000 + b"}]",
        b'[1, null, "x", {}]',
        b"[" + b"1," * 10_000 + b"1]",
        json.dumps([{**SEND, "id": "\ud800"}]).encode(),
    ],
)
def test_bodies_that_are_no_usage_at_all_are_refused(key, body):
    for path, kind in (("cloudevents", BATCH), ("cloudevents", SINGLE), ("zenvia", "application/json")):
        answer = post(path, body, key, kind)
        assert answer.status_code in (200, 400, 415), (path, answer.content[:300])


@pytest.mark.rule("ACC-2", "ACC-4")
def test_a_customers_key_reaches_no_other_contract_and_its_use_is_noted(key):
    luna = make_luna(now=clock.now())
    theirs = {**SEND, "data": {**SEND["data"], "contract": public("ctr", luna.contract_id)}}
    answer = post("cloudevents", json.dumps([theirs]), key, BATCH)
    assert [result["code"] for result in answer.json()["results"]] == ["no_contract"]
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.rule("PKG-7")
def test_a_batch_asks_the_database_once_and_not_for_each_event(key, django_assert_max_num_queries):
    events = [{**SEND, "id": f"e{n}"} for n in range(500)]
    with django_assert_max_num_queries(40):
        answer = post("cloudevents", json.dumps(events), key, BATCH)
    assert len(answer.json()["results"]) == 500
