"""What others tell of, as it really comes: odd bytes, odd names, no recipient, ids of others, late. Nothing is lost."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.catalog import queries as catalog
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, keyed
from abono.platform import clock
from tests import sql
from tests.entrypoints.inbound.sender import (
    BATCH,
    balance,
    cloud_event,
    key_of,
    message_in,
    post,
    said,
    status,
)
from tests.world import load_catalog, make_padaria

SMS = {"channel": "sms", "kind": "message", "country": "BR"}


@pytest.fixture
def key(padaria):
    return key_of(padaria.customer_id)


def uncovered():
    return sql.run("SELECT channel, kind, country, why, price_micro FROM metering_uncovered ORDER BY send_id")


def words(answer):
    assert answer.status_code == 200, answer.content
    return [said(result) for result in answer.json()["results"]]


@pytest.mark.rule("PKG-7", part="one by one in order")
@pytest.mark.parametrize("odd", [b'"caf\xe9"', b'"x-\\ud83d"', b'"\\u0000"', b"17", b"{}"])
def test_a_text_that_is_none_spoils_its_own_event_only(padaria, key, odd):
    good = json.dumps(cloud_event("send.sent", SMS, id="good")).encode()
    bad = json.dumps(cloud_event("send.sent", SMS, id="bad")).encode().replace(b'"bad"', odd)
    answer = post("cloudevents", b"[" + bad + b"," + good + b"]", key, BATCH)
    assert words(answer) == ["malformed", "recorded"]
    assert answer.json()["results"][0]["where"] == "$.id"
    assert balance(padaria).used_micro == 100_000


@pytest.mark.parametrize("odd", [b"caf\xe9", b"half \\ud83d"])
def test_a_text_that_is_not_read_may_be_anything(padaria, key, odd):
    body = (
        json.dumps(message_in())
        .encode()
        .replace("Olá".encode("unicode_escape").replace(b"\\x", b"\\u00"), odd)
    )
    assert odd in body
    assert said(post("zenvia", body, key).json()) == "opened"


@pytest.mark.rule("INT-4")
def test_one_channel_has_one_name_and_one_person_one_address(padaria, key):
    numbers = ["5531988880001", "553188880001", "+55 31 98888-0001"]
    events = [
        cloud_event(
            "contact.contact_message", {"channel": channel, "contact": number}, id=f"{channel}{number}"
        )
        for channel in ("whatsapp", "WhatsApp", "whatsapp ", "made-up", "   ")
        for number in numbers
    ]
    told = words(post("cloudevents", events, key, BATCH))
    assert told == ["opened"] + 8 * ["covered"] + 6 * ["unknown_channel"]
    assert balance(padaria).interactions == 1


@pytest.mark.rule("PKG-12", part="no known recipient")
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("BR.13491208655302741918", []),
        ("+55 11 99999-0000", []),
        (None, [("whatsapp", "company", "", "no_recipient", None)]),
        ("somebody", [("whatsapp", "company", "", "no_recipient", None)]),
    ],
)
def test_a_send_finds_its_price_by_its_recipient_or_is_kept(padaria, key, to, expected):
    event = status("SENT", to=to)
    first, again = (post("zenvia", event, key).json() for _ in range(2))
    assert uncovered() == expected
    assert balance(padaria).used_micro == (0 if expected else 550_000)
    if expected:
        assert (first["status"], first["code"]) == ("uncovered", "no_recipient")
        assert again == first | {"replayed": True}
    else:
        assert (first["status"], again["status"]) == ("recorded", "settled")


def test_a_status_with_nothing_but_an_id_is_kept(padaria, key):
    event = {
        "type": "MESSAGE_STATUS",
        "channel": "WhatsApp",
        "messageId": "m-7",
        "messageStatus": {"code": "SENT"},
    }
    assert post("zenvia", event, key).json()["code"] == "no_recipient"
    assert len(uncovered()) == 1


@pytest.mark.rule("PKG-12", part="no price")
def test_a_send_without_a_price_is_kept_and_draws_nothing(padaria, key):
    events = [
        cloud_event("send.sent", {**SMS, "country": "FR"}, id="1"),
        cloud_event("send.sent", {**SMS, "channel": "pigeon"}, id="2"),
        cloud_event("send.rejected", {**SMS, "country": "FR"}, id="3"),
        cloud_event("send.delivered", {**SMS, "country": "FR"}, id="1"),
    ]
    answer = post("cloudevents", events, key, BATCH).json()["results"]
    assert [(r["status"], r.get("code")) for r in answer] == [
        ("uncovered", "no_price"),
        ("uncovered", "unknown_channel"),
        ("refused", "no_send"),
        ("uncovered", "no_price"),
    ]
    assert len(uncovered()) == 2
    assert balance(padaria).used_micro == 0


@pytest.mark.rule("PKG-12", part="beyond the limit")
def test_what_passes_the_limit_is_kept_with_its_price_and_stays_uncovered(padaria, key):
    whatsapp = {"channel": "whatsapp", "kind": "company", "country": "BR"}
    events = [cloud_event("send.sent", whatsapp, id=str(n)) for n in range(365)]
    told = post("cloudevents", events, key, BATCH).json()["results"]
    # BRL 100 and as much again: 200.00 / 0.55 = 363.6
    assert [r["status"] for r in told] == ["recorded"] * 363 + ["uncovered"] * 2
    assert (told[363]["code"], told[363]["price_micro"]) == ("sending_blocked", 550_000)
    assert told[363]["ways_out"]
    assert uncovered() == 2 * [("whatsapp", "company", "BR", "sending_blocked", 550_000)]
    assert balance(padaria).used_micro == 363 * 550_000

    metering.open_one_more_limit(contract_id=padaria.contract_id, at=clock.now(), extra_micro=10_000_000)
    again = post("cloudevents", events, key, BATCH).json()["results"]
    assert [r["status"] for r in again] == ["settled"] * 363 + ["uncovered"] * 2
    assert balance(padaria).used_micro == 363 * 550_000


@pytest.mark.rule("PKG-4", part="again draws nothing")
def test_a_hold_under_the_senders_own_id_is_settled_by_the_vendors_news(padaria, key):
    name, reference = keyed("order-7")
    route = catalog.routes()["whatsapp", "company", "BR"]
    metering.hold([HoldRequest(padaria.contract_id, name, route, clock.now(), reference)])
    for code in ("SENT", "DELIVERED"):
        assert post("zenvia", status(code, externalId="order-7"), key).json()["status"] == "settled"
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (550_000, 0)
    other = status("SENT", message="m-2", externalId="nobody held it")
    assert post("zenvia", other, key).json()["status"] == "recorded"
    assert balance(padaria).used_micro == 2 * 550_000


@pytest.mark.parametrize(
    ("more", "used"),
    [
        ({"contentIndex": None}, 550_000),
        ({"contentIndex": 0.0}, 550_000),
        ({"contentIndex": 1.0}, 1_100_000),
        ({"direction": None}, 550_000),
    ],
)
def test_null_is_absent_and_a_whole_number_is_one_however_it_is_written(padaria, key, more, used):
    for event in (status("SENT"), {**status("SENT", **more), "id": None}):
        assert post("zenvia", event, key).status_code == 200
    assert balance(padaria).used_micro == used


@pytest.mark.rule("CAT-6", part="row in force when it happened")
@pytest.mark.rule("PKG-12")
def test_a_send_belongs_to_the_moment_that_is_told(db, gateway):
    load_catalog()
    now = clock.now()
    padaria = make_padaria(now=now - timedelta(days=40))
    key = key_of(padaria.customer_id)
    ended = metering_cycle_end(padaria)
    moments = {
        "late": ended - timedelta(days=1),
        "present": now,
        "future": now + timedelta(hours=1),
    }
    events = [cloud_event("send.sent", SMS, id=name, time=at.isoformat()) for name, at in moments.items()]
    events.append(cloud_event("send.sent", SMS, id="no zone", time="2026-06-01T15:00:00"))
    answer = post("cloudevents", events, key, BATCH).json()["results"]
    assert [(r["status"], r.get("code")) for r in answer] == [
        ("uncovered", "too_late"),
        ("recorded", None),
        ("uncovered", "in_the_future"),
        ("refused", "malformed"),
    ]
    assert {row[3:] for row in uncovered()} == {("too_late", 100_000), ("in_the_future", 100_000)}


def metering_cycle_end(tenant):
    return sql.run("SELECT min(cycle_end) FROM metering_cycle WHERE contract_id = %s", tenant.contract_id)[0][
        0
    ]


def test_a_body_may_begin_with_a_byte_order_mark(padaria, key):
    marked = b"\xef\xbb\xbf" + json.dumps([cloud_event("send.sent", SMS)]).encode()
    assert words(post("cloudevents", marked, key, BATCH)) == ["recorded"]


def test_an_address_without_its_last_slash_is_the_same_address(padaria, key):
    answer = Client().post(
        "/inbound/cloudevents",
        json.dumps([cloud_event("send.sent", SMS)]),
        content_type=BATCH,
        headers={"Authorization": f"Bearer {key}"},
    )
    assert words(answer) == ["recorded"]


def test_an_event_may_come_in_headers_and_its_data_in_base64(padaria, key):
    headers = {
        "Authorization": f"Bearer {key}",
        "ce-specversion": "1.0",
        "ce-id": "caf%C3%A9",
        "ce-source": "/platform",
        "ce-type": "abono.send.sent",
        "ce-time": clock.now().isoformat(),
    }
    answer = Client().post(
        "/inbound/cloudevents/", json.dumps(SMS), content_type="application/json", headers=headers
    )
    assert answer.json()["results"] == [
        {"id": "café", "status": "recorded", "price_micro": 100_000, "outcome": "sent"}
    ]
    packed = cloud_event(
        "send.sent", None, id="2", data_base64=base64.b64encode(json.dumps(SMS).encode()).decode()
    )
    wrong = cloud_event("send.sent", None, id="3", data_base64="%%%")
    assert words(post("cloudevents", [packed, wrong], key, BATCH)) == ["recorded", "malformed"]


def test_a_sender_asks_first_whether_it_may_send():
    answer = Client().options(
        "/inbound/cloudevents/",
        headers={"WebHook-Request-Origin": "events.example", "WebHook-Request-Rate": "120"},
    )
    assert answer.status_code == 200
    assert answer.headers["WebHook-Allowed-Origin"] == "events.example"
    assert answer.headers["WebHook-Allowed-Rate"] == "*"
    assert "POST" in answer.headers["Allow"]


@pytest.mark.rule("INT-2", part="contact writes")
def test_a_message_of_a_conversation_counts_and_its_states_do_not(padaria, key):
    written = message_in("c-1")
    written["type"] = "CONVERSATION_MESSAGE"
    written["channel"] = None
    written["message"]["channel"] = {"type": "whatsapp", "provider": "meta"}
    written.pop("direction")
    assert said(post("zenvia", written, key).json()) == "opened"
    assert said(post("zenvia", {"type": "CONVERSATION_STATUS", "id": "x"}, key).json()) == "ignored"
    assert balance(padaria).interactions == 1
