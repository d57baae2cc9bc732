"""Usage that others tell us of: CloudEvents batches and the webhooks of Zenvia.

The Zenvia bodies are made here after the vendor's public OpenAPI description (zenvia/zenvia-openapi-spec,
MIT): schemas events/message-event, events/message-status-event and message/base.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.identity import actions as identity
from abono.domain.metering import queries as metering
from abono.domain.usage import minutes
from abono.entrypoints.inbound import usage
from abono.entrypoints.inbound.reading import address, country_of
from abono.flows.limits.set_own import set_own_limits
from abono.kernel.ids import public
from abono.platform import clock
from tests.world import load_catalog, make_luna, make_padaria

BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def padaria(db, gateway):
    load_catalog()
    return make_padaria(now=clock.now())


def key_of(customer_id, scopes=("meter",)):
    _id, text = identity.issue_key(
        name="platform", customer_id=customer_id, scopes=scopes, expires_at=None, actor="ana", now=clock.now()
    )
    return text


def post(path, body, key, content_type="application/json"):
    return Client().post(
        f"/inbound/{path}/",
        body if isinstance(body, (bytes, str)) else json.dumps(body),
        content_type=content_type,
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


def balance(padaria):
    return metering.balance(contract_id=padaria.contract_id, at=clock.now())


def cloud_event(kind, data, id="e1", **more):
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/platform",
        "type": f"abono.{kind}",
        "data": data,
        **more,
    }


def status(code, message="m-1", **more):
    return {
        "id": f"evt-{code}",
        "timestamp": clock.now().isoformat(),
        "type": "MESSAGE_STATUS",
        "subscriptionId": "s-1",
        "channel": "whatsapp",
        "message": {
            "id": message,
            "direction": "OUT",
            "from": "5511888887777",
            "to": "5511999998888",
            **more,
        },
        "messageStatus": {"code": code, "timestamp": clock.now().isoformat()},
    }


def message_in(id="m-9", **more):
    return {
        "id": "evt-9",
        "timestamp": clock.now().isoformat(),
        "type": "MESSAGE",
        "subscriptionId": "s-1",
        "channel": "whatsapp",
        "direction": "IN",
        "message": {
            "id": id,
            "from": "5511999998888",
            "to": "5511888887777",
            "direction": "IN",
            "channel": "whatsapp",
            "contents": [{"type": "text", "text": "Olá"}],
            "timestamp": clock.now().isoformat(),
            **more,
        },
    }


def said(result):
    """What became of an event, in the words of every door."""
    return result["code"] if result["status"] == "refused" else result["status"]


@pytest.mark.rule("PKG-4", part="not delivered gives nothing back")
@pytest.mark.rule("PKG-4", part="sent draws")
@pytest.mark.rule("PKG-4", part="again draws nothing")
def test_sent_draws_once_and_what_follows_gives_nothing_back(padaria):
    key = key_of(padaria.customer_id)
    answers = [
        post("zenvia", status(code), key).json()
        for code in ("SENT", "SENT", "DELIVERED", "READ", "NOT_DELIVERED")
    ]
    assert [(said(answer), answer.get("replayed", False)) for answer in answers] == [
        ("recorded", False),
        ("settled", True),
        ("settled", True),
        ("settled", True),
        (
            "not_delivered",
            True,
        ),  # it had left, so it stays drawn; whoever told of it hears that it was understood
    ]
    assert {(answer["price_micro"], answer["outcome"]) for answer in answers} == {(550_000, "sent")}
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (550_000, 0)


@pytest.mark.rule("PKG-4", part="rejected releases")
def test_a_rejected_message_draws_nothing(padaria):
    assert said(post("zenvia", status("REJECTED"), key_of(padaria.customer_id)).json()) == "no_send"
    assert balance(padaria).used_micro == 0


@pytest.mark.rule("PKG-4")
def test_each_content_of_a_message_is_a_send_of_its_own(padaria):
    key = key_of(padaria.customer_id)
    for index in (0, 1, 1):
        post("zenvia", status("SENT", contentIndex=index), key)
    assert balance(padaria).used_micro == 2 * 550_000


@pytest.mark.rule("INT-1", "INT-2")
def test_a_contact_that_writes_opens_one_interaction_for_a_day(padaria):
    key = key_of(padaria.customer_id)
    assert said(post("zenvia", message_in("m-1"), key).json()) == "opened"
    assert said(post("zenvia", message_in("m-2"), key).json()) == "covered"
    again = message_in("m-3")
    assert said(post("zenvia", again, key).json()) == "covered"
    replayed = post("zenvia", again, key).json()
    assert (said(replayed), replayed["replayed"]) == ("known", True)
    assert balance(padaria).interactions == 1


def test_events_that_say_nothing_of_use_are_taken_and_ignored(padaria):
    key = key_of(padaria.customer_id)
    for event in (
        {"type": "CONVERSATION_STATUS", "id": "x", "channel": "whatsapp"},
        status("CLICKED"),
        {**message_in(), "direction": "OUT"},
    ):
        answer = post("zenvia", event, key)
        assert (answer.status_code, answer.json()) == (200, {"id": None, "status": "ignored"})
    assert balance(padaria).interactions == balance(padaria).used_micro == 0


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
    for key in (None, "abk_nobody", revoked, expired, key_of(padaria.customer_id, scopes=("read",))):
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


def test_an_event_in_headers_says_which_content_type_its_data_have(padaria):
    attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "abono.send.sent"}
    key = {"Authorization": f"Bearer {key_of(padaria.customer_id)}"}
    answer = Client().post("/inbound/cloudevents", b"x", content_type="text/plain", headers=attributes | key)
    assert (answer.status_code, answer.json()["expected"]) == (415, "application/json")


@pytest.mark.rule("INT-7", part="later ones refused with their code")
def test_a_message_of_the_future_or_without_a_zone_is_refused(padaria):
    key = key_of(padaria.customer_id)
    late = (clock.now() + timedelta(minutes=6)).isoformat()
    assert said(post("zenvia", message_in(timestamp=late), key).json()) == "in_the_future"
    for stamp in ("2026-06-01T15:00:00", "10000-01-01T00:00:00Z"):
        assert post("zenvia", message_in(timestamp=stamp), key).status_code == 400
    assert balance(padaria).interactions == 0


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("5511999998888", "BR"),
        ("+55 (11) 99999-0000", "BR"),
        ("0055 11 99999 0000", "BR"),
        ("whatsapp:+5511999990000", "BR"),
        ("553188880001", "BR"),
        ("BR.13491208655302741918", "BR"),
        ("+573001234567", "CO"),
        ("5215512345678", "MX"),
        ("+1 787 555 0100", "PR"),
        ("XX.13491208655302741918", ""),
        ("ana@example.com", ""),
        ("12", ""),
        ("", ""),
        ("٥٥١١", ""),
    ],
)
def test_the_country_is_that_of_the_number_or_of_the_id(number, country):
    assert country_of(number) == country


@pytest.mark.parametrize(
    ("channel", "ways"),
    [
        ("whatsapp", ["5531988880001", "553188880001", "+55 31 98888-0001", "whatsapp:+55 31 8888-0001"]),
        ("sms", ["+52 1 55 1234 5678", "525512345678"]),
        ("whatsapp", ["5491123456789", "+54 11 2345-6789"]),
        ("email", [" Ana@Example.COM", "ana@example.com"]),
        ("whatsapp", ["BR.13491208655302741918"]),
    ],
)
def test_one_person_has_one_address_however_it_is_written(channel, ways):
    assert len({address(way, channel) for way in ways}) == 1


def test_what_is_no_number_stays_as_it_is():
    assert address(" Conversation-17 ", "webchat") == "Conversation-17"
    assert address("+55 31 3333-0001", "sms") == "+553133330001"  # a land line has eight digits
    assert address("AbC", "whatsapp") == "AbC"


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
