"""Holds, settlements, interactions and balances mean the same through Django as through the fast lane (API-1)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.domain.metering.world import CENT, World, books_are_clean
from tests.entrypoints.meter.client import Program, Tenant, program, tenant

MOMENT = re.compile(r'"\d{4}-\d\d-\d\dT[^"]+"')  # each customer's cycle began when it was made

type Ask = Callable[[str, str, bytes], tuple[int, str, str]]  # method, path, body -> status, type, text


@dataclass(frozen=True)
class Door:
    """One of two doors, with a customer of its own in the same position."""

    ask: Ask
    tenant: Tenant

    def send(self, method: str, path: str, body: Any = b"") -> tuple[int, str, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        ours = self.tenant.contract
        status, kind, text = self.ask(method, path.replace("CTR", ours), raw.replace(b"CTR", ours.encode()))
        return status, kind, json.loads(MOMENT.sub('"then"', text.replace(ours, "CTR")))


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    yield World()
    assert books_are_clean()


@pytest.fixture
def doors(world: World) -> Iterator[tuple[Door, Door]]:
    sol, luna = tenant(world, "Padaria Sol", value=1), tenant(world, "Ferretería Luna", value=1)
    with program() as running:
        yield Door(_lane(running, sol), sol), Door(_django(luna), luna)


def _lane(running: Program, whose: Tenant) -> Ask:
    def ask(method: str, path: str, body: bytes) -> tuple[int, str, str]:
        running.key = whose.key
        answer = running.run(running.call(method, path, [body]))
        return answer.status, answer.headers["content-type"], answer.body.decode()

    return ask


def _django(whose: Tenant) -> Ask:
    def ask(method: str, path: str, body: bytes) -> tuple[int, str, str]:
        answer = Client(enforce_csrf_checks=True).generic(
            method, path, body, headers={"Authorization": f"Bearer {whose.key}"}
        )
        return answer.status_code, answer.headers["Content-Type"], answer.content.decode()

    return ask


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
    """R$ 1 and again R$ 1 at 0.10: twenty SMS fit, of which a campaign holds one."""
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


# The same in every process: it is part of the names of tests.
NOBODYS = public("ctr", UUID("01970000-0000-7000-8000-000000000000"))
BAD: list[tuple[str, str, Any]] = [
    *(("POST", "/v1/holds", body) for body in (b"", b"{", b"\xff", b"null", b"[]", b"[" * 100_000, b"{}")),
    ("POST", "/v1/holds", {"sends": []}),
    ("POST", "/v1/holds", sms("a") | {"id": 1}),
    ("POST", "/v1/holds", {"sends": [sms("a")], "more": 1}),
    ("POST", "/v1/holds", sms("a") | {"more": "x"}),
    ("POST", "/v1/holds", {"sends": [sms("a")] * 10_001}),
    ("POST", "/v1/settlements", {"id": "a", "contract": "CTR", "outcome": "lost"}),
    ("POST", "/v1/interactions", event("a", "2026-06-01T12:00:00")),
    ("POST", "/v1/holds", b" " * (4 * 1024 * 1024 + 1)),
    ("GET", "/v1/holds", b""),
    ("POST", "/v1/balances/CTR", b""),
    ("GET", "/v1/balances/ctr_1", b""),
    ("GET", f"/v1/balances/{NOBODYS}", b""),
    ("POST", "/v1/holds/", sms("a")),
    ("POST", "/v1/campaign-settlements", {"settlements": []}),
    ("GET", "/v1/sends/CTR/nothing", b""),
    ("GET", "/v1/sends/ctr_1/a", b""),
    ("GET", f"/v1/sends/{NOBODYS}/a", b""),
    ("GET", "/v1/sends/CTR", b""),
    ("POST", "/v1/sends/CTR/a", b""),
    ("POST", "/v1/health", b""),
]


@pytest.mark.rule("API-1", "PKG-5", "PKG-7", "PKG-9", "LIM-2")
def test_a_story_is_answered_word_for_word_alike(doors: tuple[Door, Door]) -> None:
    lane, django = doors
    for door in doors:
        hold_campaign(
            contract_id=door.tenant.contract_id,
            customer_id=door.tenant.customer_id,
            name="easter",
            lines=[LineAsked("sms", "message", "BR", 1)],
            actor="ana",
            now=clock.now(),
        )
    told = []
    for method, path, body in story():
        there, here = lane.send(method, path, body), django.send(method, path, body)
        assert here == there, (method, path, body)
        told.append(here)
    assert {status for status, _kind, _said in told} == {200}
    assert told[1][2] == {"id": "a", "status": "held", "price_micro": 10 * CENT, "left_micro": 1_800_000}
    assert told[2][2]["replayed"] is True
    assert told[3][2]["code"] == "id_reused"
    assert (told[11][2]["code"], told[11][2]["ways_out"]) == (
        "sending_blocked",
        ["pay_interim_invoice", "raise_package"],
    )
    assert told[12][2]["sending_state"] == "blocked"
    assert django.tenant.balance().total_micro == lane.tenant.balance().total_micro == 2_000_000


@pytest.mark.rule("API-1", "API-3")
@pytest.mark.parametrize("call", BAD, ids=str)
def test_what_is_no_request_is_refused_word_for_word_alike(
    doors: tuple[Door, Door], call: tuple[str, str, Any]
) -> None:
    lane, django = doors
    here = django.send(*call)
    assert here == lane.send(*call)
    status, kind, said = here
    assert (status >= 400, kind, said["status"]) == (True, "application/problem+json", status)
    assert django.tenant.balance().total_micro == 0


@pytest.mark.rule("ACC-2", "ACC-4")
def test_keys_open_the_same_doors_on_both_sides(world: World, doors: tuple[Door, Door]) -> None:
    lane, django = doors
    body = json.dumps(sms("a")).encode()
    reader = tenant(world, "Reader", scopes=("read",))
    with program() as running:
        for whose in (reader, lane.tenant):
            asks = (_lane(running, whose), _django(whose))
            for method, path, raw in (
                ("POST", "/v1/holds", body.replace(b"CTR", django.tenant.contract.encode())),
                ("GET", f"/v1/balances/{whose.contract}", b""),
                ("GET", f"/v1/balances/{django.tenant.contract}", b""),
            ):
                there, here = (ask(method, path, raw) for ask in asks)
                assert here == there
        nobody = Tenant(reader.customer_id, reader.contract_id, "abk_nobody", reader.key_id)
        answers = {ask("POST", "/v1/holds", body)[0] for ask in (_lane(running, nobody), _django(nobody))}
        assert answers == {401}
    assert django.tenant.balance().held_micro == 0


@pytest.mark.rule("API-1", "API-3")
def test_only_the_fast_lane_reads_line_by_line_and_django_says_so(doors: tuple[Door, Door]) -> None:
    _lane_door, django = doors
    for path in ("holds", "settlements", "interactions", "campaign-settlements"):
        answer = Client(enforce_csrf_checks=True).post(
            f"/v1/{path}",
            b"{}\n",
            content_type="application/x-ndjson",
            headers={"Authorization": f"Bearer {django.tenant.key}"},
        )
        said = answer.json()
        assert (answer.status_code, said["code"], said["expected"]) == (415, "no_streams", "application/json")
        assert "10000" in said["detail"]


def test_django_says_how_it_is_too(doors: tuple[Door, Door]) -> None:
    said = Client().get("/v1/health")
    assert said.status_code == 200
    assert said.json()["database"] == "reachable"
    assert said.json()["lanes"] == []
