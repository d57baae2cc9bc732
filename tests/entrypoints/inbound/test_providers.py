"""WhatsApp Cloud API and Twilio: who signs with the seller's secret is heard, nobody else.

The bodies are made here after the vendors' public references.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.models import Route, SessionPrice
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, keyed
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.inbound.sender import balance, said

SECRET = "an app's secret"


@pytest.fixture(autouse=True)
def secrets(db, settings):
    settings.WHATSAPP_APP_SECRET = settings.TWILIO_AUTH_TOKEN = SECRET
    settings.WHATSAPP_VERIFY_TOKEN = "typed at Meta"
    settings.PUBLIC_URL = "https://shop.example"


def notification(*, statuses=(), messages=()):
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}}
    value |= {"statuses": list(statuses)} if statuses else {}
    value |= {"messages": list(messages)} if messages else {}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "0", "changes": [{"field": "messages", "value": value}]}],
    }


def status(code, id="wamid.1", **more):
    return {
        "id": id,
        "status": code,
        "timestamp": str(int(clock.now().timestamp())),
        "recipient_id": "5511999990000",
        "pricing": {"billable": False, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
        **more,
    }


def whatsapp(padaria, body, *, signature=None, contract=None):
    raw = json.dumps(body).encode()
    made = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return Client().post(
        f"/inbound/whatsapp?contract={public('ctr', padaria.contract_id) if contract is None else contract}",
        raw,
        content_type="application/json",
        headers={"X-Hub-Signature-256": made if signature is None else signature},
    )


def words(answer):
    assert answer.status_code == 200, answer.content
    return [said(result) for result in answer.json()["results"]]


@pytest.mark.rule("PKG-4", part="sent draws")
@pytest.mark.rule("PKG-4", part="rejected releases")
def test_whatsapp_statuses_draw_by_who_began(padaria):
    told = [
        status("sent"),
        status("delivered"),
        status("read"),
        status("sent", "wamid.2", pricing={"type": "free_customer_service", "category": "utility"}),
        status("failed", "wamid.3"),
        status("sent", "wamid.4", recipient_id="", recipient_user_id="BR.13491208655302741918"),
        status("deleted", "wamid.5"),
        {"id": "wamid.6"},
    ]
    answer = whatsapp(padaria, notification(statuses=told))
    assert words(answer) == [
        *("recorded", "settled", "settled", "recorded", "no_send", "recorded", "ignored", "malformed")
    ]
    assert balance(padaria).used_micro == 550_000 + 300_000 + 550_000


def hold_as(padaria, id, channel, kind, units=1):
    name, reference = keyed(id)
    route = catalog.routes()[channel, kind, "BR"]
    metering.hold([HoldRequest(padaria.contract_id, name, route, clock.now(), reference, units)])


def test_the_business_data_names_the_contract_and_the_hold(padaria):
    hold_as(padaria, "order-7", "whatsapp", "company")
    data = f"{public('ctr', padaria.contract_id)}/order-7"
    told = notification(statuses=[status("sent", biz_opaque_callback_data=data)])
    assert words(whatsapp(padaria, told, contract="")) == ["settled"]
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (550_000, 0)


@pytest.mark.rule("PKG-13", part="another row")
@pytest.mark.parametrize(
    ("pricing", "drawn"),
    [
        ({"type": "regular", "category": "marketing"}, 550_000),
        ({"type": "free_entry_point", "category": "marketing"}, 300_000),
        ({"type": "regular", "category": "utility"}, 70_000),  # a row of that name is in the price list
        ({"type": "regular", "category": "authentication"}, 550_000),
        ({"type": "regular", "category": ""}, 550_000),
        (None, 550_000),
    ],
)
def test_the_category_of_a_status_settles_a_held_send_by_its_row(padaria, pricing, drawn):
    package = balance(padaria).package_id
    route = Route.objects.create(channel_id="whatsapp", kind="utility", country="BR")
    SessionPrice.objects.create(
        package_id=package, route=route, valid_from=clock.now() - timedelta(days=9), price_micro=70_000
    )
    hold_as(padaria, "order 7", "whatsapp", "company")
    told = notification(
        statuses=[
            status(code, pricing=pricing, biz_opaque_callback_data="order 7")
            for code in ("sent", "delivered")
        ]
    )
    assert words(whatsapp(padaria, told)) == ["settled", "settled"]
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (drawn, 0)


@pytest.mark.rule("PKG-13", part="difference back")
def test_a_category_that_comes_with_delivered_gives_the_difference_back(padaria):
    package = balance(padaria).package_id
    route = Route.objects.create(channel_id="whatsapp", kind="utility", country="BR")
    SessionPrice.objects.create(
        package_id=package, route=route, valid_from=clock.now() - timedelta(days=9), price_micro=70_000
    )
    hold_as(padaria, "order 7", "whatsapp", "company")
    news = [
        ("sent", None),
        ("delivered", {"type": "regular", "category": "utility"}),
        ("sent", {"type": "regular", "category": "marketing"}),  # late
    ]
    told = [status(code, pricing=pricing, biz_opaque_callback_data="order 7") for code, pricing in news]
    drawn = []
    for one in told:
        assert words(whatsapp(padaria, notification(statuses=[one]))) == ["settled"]
        drawn.append(balance(padaria).used_micro)
    assert drawn == [550_000, 70_000, 70_000]


@pytest.mark.rule("PKG-13", part="another row")
def test_a_category_that_we_know_and_this_package_has_no_price_for_draws_as_it_was_held(padaria):
    Route.objects.create(channel_id="whatsapp", kind="utility", country="BR")
    hold_as(padaria, "order 7", "whatsapp", "company")
    pricing = {"type": "regular", "category": "utility"}
    told = notification(statuses=[status("sent", pricing=pricing, biz_opaque_callback_data="order 7")])
    assert words(whatsapp(padaria, told)) == ["settled"]
    assert balance(padaria).used_micro == 550_000


@pytest.mark.rule("INT-2", part="contact writes")
def test_who_writes_on_whatsapp_opens_an_interaction(padaria):
    stamp = str(int(clock.now().timestamp()))
    told = [
        {"from": "553188880001", "id": "wamid.8", "timestamp": stamp, "type": "text"},
        {"from": "5531988880001", "id": "wamid.9", "timestamp": stamp, "type": "text"},
    ]
    assert words(whatsapp(padaria, notification(messages=told))) == ["opened", "covered"]


@pytest.mark.rule("ACC-4")
@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "é"])
def test_what_is_not_signed_is_not_heard(padaria, signature, settings):
    answer = whatsapp(padaria, notification(statuses=[status("sent")]), signature=signature)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    settings.WHATSAPP_APP_SECRET = ""
    assert whatsapp(padaria, notification()).status_code == 404
    assert balance(padaria).used_micro == 0


def test_meta_asks_first_whether_the_address_is_ours():
    ask = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "typed at Meta"}
    answer = Client().get("/inbound/whatsapp/", ask)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert Client().get("/inbound/whatsapp/", ask | {"hub.verify_token": "guess"}).status_code == 403


def twilio(padaria, told, *, signature=None, more=""):
    path = f"/inbound/twilio/?contract={public('ctr', padaria.contract_id)}{more}"
    rest = "".join(f"{name}{told[name]}" for name in sorted(told))
    made = base64.b64encode(
        hmac.new(SECRET.encode(), f"https://shop.example{path}{rest}".encode(), hashlib.sha1).digest()
    )
    return Client().post(
        path,
        urlencode(told),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": made.decode() if signature is None else signature},
    )


@pytest.mark.rule("PKG-4", part="sent draws")
def test_twilio_statuses_draw_once(padaria):
    told = {"MessageSid": "SM1", "To": "+5511999990000", "From": "+15550100", "AccountSid": "AC1"}
    answers = [
        said(twilio(padaria, told | {"MessageStatus": code}).json())
        for code in ("queued", "sending", "sent", "delivered", "undelivered")
    ]
    assert answers == ["ignored", "ignored", "recorded", "settled", "not_delivered"]
    assert balance(padaria).used_micro == 100_000
    on_whatsapp = {"MessageSid": "SM2", "To": "whatsapp:+5511999990000", "MessageStatus": "read"}
    assert said(twilio(padaria, on_whatsapp).json()) == "recorded"
    assert balance(padaria).used_micro == 650_000


def test_the_address_of_the_callback_names_the_hold(padaria):
    hold_as(padaria, "order 7", "sms", "message")
    told = {"MessageSid": "SM1", "To": "+5511999990000", "MessageStatus": "failed"}
    assert said(twilio(padaria, told, more="&id=order%207").json()) == "settled"
    assert balance(padaria).total_micro == 0


@pytest.mark.rule("PKG-13", part="at or below the held price")
@pytest.mark.parametrize(
    ("segments", "drawn"),
    [("2", 200_000), ("3", 300_000), ("5", 300_000), ("0", 300_000), ("", 300_000), ("many", 300_000)],
)
def test_the_segments_that_they_counted_settle_a_held_send(padaria, segments, drawn):
    hold_as(padaria, "order 7", "sms", "message", units=3)
    told = {"MessageSid": "SM1", "To": "+5511999990000", "MessageStatus": "sent", "NumSegments": segments}
    assert said(twilio(padaria, told, more="&id=order%207").json()) == "settled"
    assert (balance(padaria).used_micro, balance(padaria).held_micro) == (drawn, 0)


def test_the_segments_of_one_that_nobody_held_are_its_units(padaria):
    told = {"MessageSid": "SM1", "To": "+5511999990000", "MessageStatus": "sent", "NumSegments": "4"}
    assert said(twilio(padaria, told).json()) == "recorded"
    assert balance(padaria).used_micro == 400_000


@pytest.mark.rule("INT-2", part="contact writes")
def test_who_writes_by_sms_opens_an_interaction(padaria):
    told = {"MessageSid": "SM3", "SmsStatus": "received", "From": "+5511999990000", "Body": "Olá"}
    assert twilio(padaria, told).json() == {"id": "SM3", "status": "opened"}
    assert twilio(padaria, told).json() == {"id": "SM3", "status": "known", "replayed": True}


@pytest.mark.rule("ACC-4")
def test_a_callback_that_is_not_signed_is_not_heard(padaria):
    told = {"MessageSid": "SM1", "To": "+5511999990000", "MessageStatus": "sent"}
    assert twilio(padaria, told, signature="").status_code == 401
    assert balance(padaria).used_micro == 0


@pytest.mark.rule("API-3", part="problems")
@pytest.mark.parametrize(
    ("body", "content_type", "expected", "code"),
    [
        (b"{}", "application/json", 415, "unsupported_media_type"),
        (b"a=1", "multipart/form-data", 415, "unsupported_media_type"),
        (b"a=1", "application/x-www-form-urlencoded; charset=latin-1", 400, "malformed"),
        (
            b"&".join(b"a%d=1" % n for n in range(1_001)),
            "application/x-www-form-urlencoded",
            400,
            "malformed",
        ),
        (b"a=1", "application/x-www-form-urlencoded", 401, "bad_signature"),
    ],
)
def test_what_is_no_callback_is_refused_and_is_no_mistake_of_ours(body, content_type, expected, code):
    answer = Client().post("/inbound/twilio", body, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (expected, code)
