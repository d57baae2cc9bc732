"""All that the fast lane is told in a day, answered word for word, and all that is no request (API-1)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.domain.metering.world import CENT, World
from tests.entrypoints.meter.client import Answer, Program, Tenant, tenant


@pytest.fixture
def small(world: World) -> Tenant:
    """R$ 1 and again R$ 1."""
    return tenant(world, "Padaria Sol", value=1)


def ask(api: Program, whose: Tenant, method: str, path: str, body: Any = b"") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    ours = whose.contract
    api.key = whose.key
    return api.run(api.call(method, path.replace("CTR", ours), [raw.replace(b"CTR", ours.encode())]))


def sms(name: str, **other: str) -> dict[str, str]:
    return {"id": name, "contract": "CTR", "channel": "sms", "kind": "message", "country": "BR", **other}


def report(name: str, **other: str) -> dict[str, str]:
    return sms(name) | {"campaign": "easter", "outcome": "sent"} | other


def event(name: str, at: str, **other: str) -> dict[str, str]:
    return {
        "id": name,
        "contract": "CTR",
        "contact": "+55",
        "channel": "sms",
        "kind": "contact_message",
        "at": at,
        **other,
    }


def story() -> list[tuple[str, str, Any]]:
    """R$ 1 and again R$ 1 at 0.10: twenty SMS fit, of which a campaign holds one. TOLD is what is answered."""
    now, own = clock.now().isoformat(), str(uuid7())
    nobody = public("ctr", uuid7())
    return [
        ("GET", "/v1/balances/CTR", b""),
        ("POST", "/v1/holds", sms("a")),
        ("POST", "/v1/holds", sms("a")),
        ("POST", "/v1/holds", sms("a", channel="whatsapp", kind="company")),
        ("POST", "/v1/holds", {"sends": [sms(f"{n}") for n in range(10)]}),
        (
            "POST",
            "/v1/holds",
            {
                "sends": [
                    sms(own),
                    sms("b", country="FR"),
                    sms("c", channel="telex"),
                    sms("d", contract=nobody),
                    sms("e", contract="ctr_1"),
                    sms("f\0"),
                    sms("x" * 200),
                    sms("webchat", channel="webchat", kind="session", country="*", use="chatbot"),
                    sms("to many", channel="webchat", kind="session", country="*"),
                    sms("to sell", use="sales"),
                ]
            },
        ),
        (
            "POST",
            "/v1/settlements",
            {
                "settlements": [
                    {"id": "a", "contract": "CTR", "outcome": "sent"},
                    {"id": "0", "contract": "CTR", "outcome": "rejected"},
                    {"id": "1", "contract": "CTR", "outcome": "not_delivered"},
                    {"id": "nothing", "contract": "CTR", "outcome": "sent"},
                    {"id": "a", "contract": nobody, "outcome": "sent"},
                ]
            },
        ),
        ("POST", "/v1/settlements", {"id": "a", "contract": "CTR", "outcome": "delivered"}),
        ("POST", "/v1/settlements", {"id": "a", "contract": "CTR", "outcome": "rejected"}),
        ("POST", "/v1/holds", {"sends": [sms("0"), sms("1"), sms("2")]}),  # replays that tell how they ended
        ("POST", "/v1/holds", {"sends": [sms(f"more {n}") for n in range(15)]}),  # the last ones do not fit
        ("POST", "/v1/holds", sms("one more")),
        ("GET", "/v1/balances/CTR", b""),
        (
            "POST",
            "/v1/interactions",
            {
                "events": [
                    event("i", now),
                    event("j", now),
                    event("i", now),
                    event("k", now, kind="internal_chat"),
                    event("l", now, channel="telex"),
                    event("m", "9999-12-31T23:59:59Z"),
                    event("n", "2001-01-01T00:00:00Z"),
                    event("o", now, contract=nobody),
                ]
            },
        ),
        ("GET", "/v1/balances/CTR", b""),
        *(("GET", f"/v1/sends/CTR/{name}", b"") for name in ("a", "0", "2", own, "webchat")),
        ("POST", "/v1/holds", {"sends": [sms("bad", country="BRA"), sms("a"), None, sms("y" * 201)]}),
        (
            "POST",
            "/v1/settlements",
            {"settlements": [{"id": "a"}, {"id": "a", "contract": "CTR", "outcome": "sent"}]},
        ),
        ("POST", "/v1/interactions", {"events": [event("p", "10000-01-01T00:00:00Z"), event("i", now)]}),
        ("POST", "/v1/campaign-settlements", report("c/1")),
        ("POST", "/v1/campaign-settlements", {"settlements": [report("c/1"), report("c/2", outcome="lost")]}),
        ("POST", "/v1/campaign-settlements", report("c/3", campaign="winter")),
        ("GET", "/v1/sends/CTR/c/1", b""),
    ]


TOLD = [
    [],
    ["held"],
    ["held again"],
    ["id_reused"],
    ["held"] * 10,
    [
        "held",
        "no_price",
        "no_price",
        "no_contract",
        "no_contract",
        "invalid_id",
        "held",
        "held",
        "held",
        "use_not_allowed",
    ],
    ["settled: sent", "settled: rejected", "not_delivered: sent", "no_send", "no_contract"],
    ["settled again: sent"],
    ["already_settled"],
    ["held again: rejected", "held again: sent", "held again"],
    ["held"] * 7 + ["sending_blocked"] * 8,
    ["sending_blocked"],
    [],
    [
        "opened",
        "covered",
        "known again",
        "unknown_kind",
        "unknown_channel",
        "in_the_future",
        "no_cycle",
        "no_contract",
    ],
    *[[]] * 6,
    ["malformed", "held again: sent", "malformed", "malformed"],
    ["malformed", "settled again: sent"],
    ["malformed", "known again"],
    ["settled: sent"],
    ["settled again: sent", "malformed"],
    ["sending_blocked"],  # uncovered: it draws by itself, had it room
    [],
]
NOBODYS = public("ctr", UUID("01970000-0000-7000-8000-000000000000"))
BAD: list[tuple[int, str, str, str, Any]] = [
    *((400, "not_json", "POST", "/v1/holds", body) for body in (b"", b"{", b"\xff")),
    *((422, "invalid", "POST", "/v1/holds", body) for body in (b"null", b"[]", b"{}")),
    (422, "invalid", "POST", "/v1/holds", b"[" * 100_000),
    (422, "invalid", "POST", "/v1/holds", {"sends": []}),
    (422, "invalid", "POST", "/v1/holds", sms("a") | {"id": 1}),
    (422, "invalid", "POST", "/v1/holds", {"sends": [sms("a")], "more": 1}),
    (422, "invalid", "POST", "/v1/holds", sms("a") | {"more": "x"}),
    (422, "invalid", "POST", "/v1/holds", {"sends": [sms("a")] * 10_001}),
    (422, "invalid", "POST", "/v1/settlements", {"id": "a", "contract": "CTR", "outcome": "lost"}),
    (422, "invalid", "POST", "/v1/interactions", event("a", "2026-06-01T12:00:00")),
    (413, "body_too_large", "POST", "/v1/holds", b" " * (4 * 1024 * 1024 + 1)),
    (405, "method_not_allowed", "GET", "/v1/holds", b""),
    (405, "method_not_allowed", "POST", "/v1/balances/CTR", b""),
    (404, "no_contract", "GET", "/v1/balances/ctr_1", b""),
    (404, "no_contract", "GET", f"/v1/balances/{NOBODYS}", b""),
    (404, "not_found", "POST", "/v1/holds/", sms("a")),
    (422, "invalid", "POST", "/v1/campaign-settlements", {"settlements": []}),
    (404, "no_send", "GET", "/v1/sends/CTR/nothing", b""),
    (404, "no_contract", "GET", "/v1/sends/ctr_1/a", b""),
    (404, "no_contract", "GET", f"/v1/sends/{NOBODYS}/a", b""),
    (404, "not_found", "GET", "/v1/sends/CTR", b""),
    (405, "method_not_allowed", "POST", "/v1/sends/CTR/a", b""),
    (405, "method_not_allowed", "POST", "/v1/live", b""),
]


def words(said: Any) -> list[str]:
    """What became of each event of an answer; nothing for one that tells of no events."""
    results = said.get("results", [said] if "status" in said else [])
    return [
        result.get("code", result["status"])
        + (" again" if result.get("replayed") else "")
        + (f": {result['outcome']}" if "outcome" in result else "")
        for result in results
    ]


@pytest.mark.rule("API-1", "PKG-5", "PKG-7", "PKG-9", "LIM-2")
def test_a_story_is_answered_event_by_event(api: Program, small: Tenant) -> None:
    hold_campaign(
        contract_id=small.contract_id,
        customer_id=small.customer_id,
        name="easter",
        lines=[LineAsked("sms", "message", "BR", 1)],
        actor="ana",
        now=clock.now(),
    )
    told = [ask(api, small, *call) for call in story()]
    assert {answer.status for answer in told} == {200}
    said = [answer.json for answer in told]
    assert [words(one) for one in said] == TOLD
    assert said[1] == {"id": "a", "status": "held", "price_micro": 10 * CENT, "left_micro": 1_800_000}
    assert said[11] == {
        "id": "one more",
        "status": "refused",
        "code": "sending_blocked",
        "ways_out": [],  # all of it is held, and no bigger package is on sale
        "price_micro": 10 * CENT,
        "left_micro": 0,
    }
    assert (said[12]["sending_state"], said[12]["held_micro"]) == ("blocked", 1_800_000)
    assert [one["state"] for one in said[15:20]] == ["settled", "rejected", "held", "held", "held"]
    assert said[26]["campaign"] == "easter"
    assert small.balance().total_micro == 2_000_000


@pytest.mark.rule("API-1", "API-3")
def test_what_is_no_request_is_refused(api: Program, small: Tenant) -> None:
    for status, code, method, path, body in BAD:
        answer = ask(api, small, method, path, body)
        told = (answer.status, answer.json["code"], answer.json["status"])
        assert told == (status, code, status), (method, path, str(body)[:40])
        assert answer.headers["content-type"] == "application/problem+json"
        assert small.balance().total_micro == 0, (method, path, str(body)[:40])


@pytest.mark.rule("ACC-2", "ACC-4")
def test_a_key_opens_what_its_scopes_say_of_its_own_customer(
    api: Program, world: World, small: Tenant
) -> None:
    reader = tenant(world, "Reader", scopes=("read",))
    asked = [
        ("POST", "/v1/holds", sms("a")),
        ("GET", f"/v1/balances/{reader.contract}", b""),
        ("GET", f"/v1/balances/{small.contract}", b""),
    ]
    assert [ask(api, reader, *call).status for call in asked] == [403, 200, 404]
    assert [ask(api, small, *call).status for call in asked] == [200, 404, 200]
    nobody = Tenant(reader.customer_id, reader.contract_id, "abk_nobody", reader.key_id)
    assert [ask(api, nobody, *call).status for call in asked] == [401, 401, 401]
    assert (small.balance().held_micro, reader.balance().held_micro) == (10 * CENT, 0)
