"""A key that is bound to addresses opens nothing to whoever comes from elsewhere, at any door (S-50)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from abono.config import asgi
from abono.domain.identity import actions as identity
from abono.domain.identity import keys
from abono.domain.identity.models import ApiKey
from abono.entrypoints.meter import app
from abono.platform import clock
from abono.platform.models import Event, PersonalValues
from tests.entrypoints.api.conftest import contract_id, issue
from tests.entrypoints.meter.client import Program as FastLane
from tests.world import Tenant

pytestmark = pytest.mark.rule("ACC-4")

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"
LISTED = ["203.0.113.0/28", "2001:db8::/48"]
CODE = "identity.key_from_elsewhere"


def bind(key_id: UUID, addresses: list[str]) -> None:
    with transaction.atomic():
        identity.bind_key(key_id=key_id, addresses=addresses, actor="ana", now=clock.now())


def bound(customer_id: UUID | None) -> tuple[UUID, str]:
    key_id, text = issue(customer_id)
    bind(key_id, LISTED)
    return key_id, text


def _last_use(key_id: UUID) -> datetime | None:
    return ApiKey.objects.get(id=key_id).last_used_at


def ask(text: str, address: str, path: str = "/v1/contracts", **other: str) -> HttpResponse:
    answer: HttpResponse = Client(REMOTE_ADDR=address).get(
        path, headers={"Authorization": f"Bearer {text}", "Accept-Language": "en", **other}
    )
    return answer


def test_from_elsewhere_it_opens_nothing_and_is_told_the_address_and_how_to_mend_it(padaria: Tenant) -> None:
    key_id, text = bound(padaria.customer_id)
    for address in (HOME, "2001:db8::5", "::ffff:203.0.113.7"):
        assert ask(text, address).status_code == 200
    for address in (ELSEWHERE, "2001:db8:1::5", "203.0.113.16", "::ffff:198.51.100.9"):
        answer = ask(text, address)
        said = answer.json()
        assert (answer.status_code, said["code"], said["address"]) == (403, CODE, address)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert address in said["detail"]
        assert "have this one added on the page “API keys”" in said["detail"]
    assert ask(text, "").json()["address"] == "?"
    bind(key_id, [])
    assert ask(text, ELSEWHERE).status_code == 200


@pytest.mark.parametrize(
    ("language", "says"),
    [("es", "de su lista, y esta petición viene de"), ("pt-br", "da sua lista, e esta requisição vem de")],
)
def test_it_is_said_in_the_callers_language(padaria: Tenant, language: str, says: str) -> None:
    _key_id, text = bound(padaria.customer_id)
    answer = ask(text, ELSEWHERE, **{"Accept-Language": language})
    assert f"{says} {ELSEWHERE}." in answer.json()["detail"]


def test_who_has_no_good_key_learns_nothing_of_lists(padaria: Tenant) -> None:
    key_id, text = bound(padaria.customer_id)
    _id, expired = issue(padaria.customer_id, expires_at=clock.now() - timedelta(seconds=1))
    bind(_id, LISTED)
    for wrong in (text[:-1], f"{text}x", "abk_nobody", expired):
        assert ask(wrong, ELSEWHERE).json()["code"] == "no_usable_key"
    identity.revoke_key(key_id=key_id, actor="ana", now=clock.now())
    assert ask(text, ELSEWHERE).json()["code"] == "no_usable_key"


def test_who_comes_from_elsewhere_is_no_use_of_the_key_and_leaves_a_record_an_hour(padaria: Tenant) -> None:
    key_id, text = bound(padaria.customer_id)
    for _ in range(3):
        assert ask(text, ELSEWHERE).status_code == 403
    assert _last_use(key_id) is None
    [told] = Event.objects.filter(name="key.from_elsewhere")
    assert (told.subject_id, told.customer_id) == (key_id, padaria.customer_id)
    assert ELSEWHERE in str(PersonalValues.objects.get(event=told).__dict__)
    assert ask(text, HOME).status_code == 200
    assert _last_use(key_id) is not None


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key"])
def test_nor_does_it_tell_of_use_in_the_formats_of_others(padaria: Tenant, name: str) -> None:
    _key_id, text = bound(padaria.customer_id)
    given = {name: text if name == "X-API-Key" else f"Bearer {text}"}
    answers = {
        address: Client(REMOTE_ADDR=address)
        .post("/inbound/cloudevents", b"[]", "application/cloudevents-batch+json", headers=given)
        .json()
        for address in (HOME, ELSEWHERE)
    }
    assert answers[HOME] == {"results": []}
    assert (answers[ELSEWHERE]["code"], answers[ELSEWHERE]["address"]) == (CODE, ELSEWHERE)


def test_a_change_holds_at_once_for_what_remembers_keys(
    lane: FastLane, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LIFETIME_S", 3_600)  # so that only the news of the change can turn the answer
    key_id, lane.key = issue(padaria.customer_id)
    lane.address = ELSEWHERE
    path = f"/v1/balances/{contract_id(padaria)}"
    for _ in range(200):  # it remembers once it hears of changes
        assert lane.get(path).status == 200
        assert app._engine is not None
        if app._engine.known.keys._keys.remembered(keys.digest(lane.key)) is not None:
            break
    else:
        raise AssertionError("never remembered")
    bind(key_id, LISTED)
    # The notification is on its way.
    answers = [lane.get(path) for _ in range(200)]
    refused = answers[-1]
    assert (refused.status, refused.json["code"], refused.json["address"]) == (403, CODE, ELSEWHERE)
    assert {answer.status for answer in answers} <= {200, 403}
    lane.address = HOME
    assert lane.get(path).status == 200


def test_the_fast_lane_asks_it_of_what_it_remembers_and_of_what_it_reads(
    lane: FastLane, padaria: Tenant
) -> None:
    key_id, lane.key = bound(padaria.customer_id)
    path = f"/v1/balances/{contract_id(padaria)}"
    send = {
        "id": "a",
        "contract": contract_id(padaria),
        "channel": "sms",
        "kind": "message",
        "country": "BR",
    }
    for lane.address in (ELSEWHERE, "", ELSEWHERE):
        for answer in (lane.get(path), lane.post("/v1/holds", send), lane.get("/v1/health")):
            assert (answer.status, answer.json["code"]) == (403, CODE)
    assert _last_use(key_id) is None
    lane.address = "2001:db8::1"
    assert lane.get(path).status == 200
    assert _last_use(key_id) is not None
    assert lane.post("/v1/holds", send).json["status"] == "held"
    lane.key = lane.key[:-1]
    lane.address = ELSEWHERE
    assert lane.get(path).json["code"] == "no_usable_key"


def test_the_fast_lane_says_no_usable_key_of_one_that_ran_out_while_it_was_remembered(
    padaria: Tenant,
) -> None:
    _key_id, text = issue(padaria.customer_id, expires_at=clock.now() + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_apikey SET addresses = %s::cidr[]", [LISTED])
        cursor.execute(keys.FIND, [[keys.digest(text)]])
        row = cursor.fetchone()

    async def found(*_asked: object) -> list[tuple[object, ...]]:
        return [row]

    async def story() -> None:
        remembered = keys.Remembered(found)
        remembered.forget(remembering=True)
        now = clock.now()
        assert await remembered.used(text, address=HOME, now=now) is not None
        assert await remembered.used(text, address=ELSEWHERE, now=now + timedelta(hours=2)) is None

    asyncio.run(story())


@pytest.mark.parametrize(
    ("proxies", "forwarded", "lets_in"),
    [
        (0, HOME, False),  # without a proxy everybody writes what they like
        (1, HOME, True),
        (1, f"{HOME}, {ELSEWHERE}", False),  # who asks wrote the first, the proxy added the second
        (1, f"{ELSEWHERE}, {HOME}", True),
        (2, f"{ELSEWHERE}, {HOME}, 10.0.0.1", True),
        (2, f"{HOME}, {ELSEWHERE}, 10.0.0.1", False),
    ],
)
def test_both_lanes_see_who_asks_behind_proxies(
    lane: FastLane,
    padaria: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    proxies: int,
    forwarded: str,
    lets_in: bool,
) -> None:
    monkeypatch.setattr(asgi, "ENV", asgi.ENV.model_copy(update={"proxies": proxies}))
    _key_id, text = bound(padaria.customer_id)
    headers = [("host", "localhost"), ("authorization", f"Bearer {text}"), ("x-forwarded-for", forwarded)]
    for path in (f"/v1/balances/{contract_id(padaria)}", "/v1/contracts"):
        scope = {
            "type": "http",
            "method": "GET",
            "http_version": "1.1",
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "client": (ELSEWHERE if proxies == 0 else "127.0.0.1", 41_000),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any], sent: list[dict[str, Any]] = sent) -> None:
            sent.append(message)

        lane.run(asgi.application(scope, receive, send))
        assert sent[0]["status"] == (200 if lets_in else 403), path
        if not lets_in:
            assert ELSEWHERE.encode() in sent[1]["body"]
