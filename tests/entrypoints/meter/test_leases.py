"""POST /v1/leases, /v1/lease-heartbeats, /v1/lease-releases and GET /v1/leases: people come in, stay and go (LIC-1, LIC-4)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime
from typing import Any

import jwt
import pytest
from django.db import transaction

from abono.domain.contracts.models import Contract
from abono.domain.identity import actions as identity
from abono.domain.identity import signing
from abono.domain.identity.models import Person
from abono.flows.licences.proofs import keep_signing_keys
from abono.kernel.ids import public
from abono.platform import clock
from tests.domain.metering.world import DAY, World
from tests.entrypoints.meter.client import Program, Tenant, office


@pytest.fixture
def padaria(world: World) -> Tenant:
    """Owns three licences. Ana administers it."""
    return office(world, licences=3)


def asked(tenant: Tenant, person: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{person} 1", "contract": tenant.contract, "person": person, **more}


@pytest.mark.rule("LIC-1", part="next heartbeat said")
@pytest.mark.rule("LIC-4", part="who can help")
@pytest.mark.rule("LIC-4", part="seen and freed")
def test_people_come_in_wait_are_listed_and_go(api: Program, padaria: Tenant):
    came = api.post("/v1/leases", asked(padaria, "ana", device="Firefox")).json
    assert (came["status"], came["next_heartbeat_in"]) == ("granted", 60)
    left = datetime.fromisoformat(came["until"]) - datetime.fromisoformat(came["server_time"])
    assert came["left_s"] == int(left.total_seconds()) <= 300  # from the answer on, not from the question
    assert (came["in_use"], came["owned"]) == (1, 3)
    several = [asked(padaria, name) for name in ("bruno", "carla", "diego")] + [{"id": "x"}]
    *_two, refused, malformed = api.post("/v1/leases", {"leases": several}).results
    assert (refused["status"], refused["code"], refused["in_use"], refused["owned"]) == (
        "refused",
        "all_in_use",
        3,
        3,
    )
    assert refused["ways_out"] == ["free_a_licence", "buy_a_licence", "wait"]
    assert refused["who_can_help"] == ["Ana Souza"]
    assert (malformed["code"], malformed["where"]) == ("malformed", "$.contract")
    waits = api.post("/v1/leases", asked(padaria, "diego", wait=True)).json
    assert (waits["status"], waits["position"], waits["next_heartbeat_in"]) == ("waiting", 1, 10)

    page = api.run(api.call("GET", "/v1/leases", [b""], query=f"contract={padaria.contract}&limit=2")).json
    assert [one["person"] for one in page["leases"]] == ["ana", "bruno"]
    assert (page["in_use"], page["owned"], page["waiting"], page["next"]) == (3, 3, 1, "bruno")
    rest = f"contract={padaria.contract}&after=bruno"
    assert [
        p["person"] for p in api.run(api.call("GET", "/v1/leases", [b""], query=rest)).json["leases"]
    ] == ["carla"]

    assert api.post("/v1/lease-releases", asked(padaria, "ana")).json["status"] == "released"
    beats = [asked(padaria, name) for name in ("ana", "bruno", "diego")]
    over, still, set_aside = api.post("/v1/lease-heartbeats", {"heartbeats": beats}).results
    assert (over["status"], over["code"]) == ("refused", "no_lease")
    assert still["status"] == "granted"
    assert (set_aside["status"], "position" in set_aside) == ("set_aside", False)
    assert api.post("/v1/leases", asked(padaria, "diego")).json["status"] == "granted"


@pytest.mark.rule("LIC-2", part="never above what is owned")
def test_64_programs_at_once_for_the_last_licence(api: Program, padaria: Tenant):
    api.post("/v1/leases", {"leases": [asked(padaria, "ana"), asked(padaria, "bruno")]})

    async def all_at_once() -> Counter[str]:
        calls = [api.call("POST", "/v1/leases", [_body(padaria, f"p{n}")]) for n in range(64)]
        return Counter(answer.json["status"] for answer in await asyncio.gather(*calls))

    assert api.run(all_at_once()) == {"granted": 1, "refused": 63}


@pytest.mark.rule("LIC-11", part="keys published and rotated")
def test_a_withdrawn_key_signs_nothing_any_more_although_it_was_remembered(api: Program, padaria: Tenant):
    def signs() -> str:
        proof = api.post("/v1/leases", asked(padaria, "ana")).json["proof"]
        return str(jwt.get_unverified_header(proof)["kid"])

    keep_signing_keys(now=clock.now() - DAY)
    first = signs()
    with transaction.atomic():
        signing.turn(withdraw=True, actor="olga", now=clock.now())
    # The notification is on its way: the key turns within moments, not after the cache's minute.
    seen = [signs() for _ in range(100)]
    assert seen[-1] != first
    assert len(set(seen) - {first}) == 1


@pytest.mark.rule("LIC-1", part="one lease, one person")
def test_a_member_is_the_same_person_by_id_and_by_address(api: Program, padaria: Tenant):
    by_id = asked(padaria, "desk") | {"person": public("usr", Person.objects.get(email="ana@p.example").id)}
    by_address = asked(padaria, "phone") | {"person": "ana@p.example"}
    assert api.post("/v1/leases", {"leases": [by_id, by_address]}).results[1]["in_use"] == 1
    assert api.post("/v1/lease-heartbeats", by_id).json["code"] == "taken_over"


@pytest.mark.rule("LIC-1", part="returned")
def test_a_member_who_has_another_address_now_is_still_in_by_their_id(api: Program, padaria: Tenant):
    person = Person.objects.get(email="ana@p.example")
    by_address = asked(padaria, "desk") | {"person": person.email}
    by_id = by_address | {"person": public("usr", person.id)}
    keep_signing_keys(now=clock.now())
    assert api.post("/v1/leases", by_address).json["status"] == "granted"
    with transaction.atomic():
        identity.change_email(
            person_id=person.id,
            before=person.email,
            after="a@p.example",
            keep="",
            actor="ana",
            now=clock.now(),
        )
    there = api.post("/v1/lease-heartbeats", by_id).json
    assert there["status"] == "granted"
    assert jwt.decode(there["proof"], options={"verify_signature": False})["sub"] == by_id["person"]
    api.post("/v1/lease-releases", by_id)
    assert api.post("/v1/lease-heartbeats", by_id).json["code"] == "no_lease"


def test_licences_of_somebody_else_do_not_exist(api: Program, padaria: Tenant, luna: Tenant):
    for path in ("/v1/leases", "/v1/lease-heartbeats", "/v1/lease-releases"):
        assert api.post(path, asked(luna, "diego")).json["code"] == "no_contract"
    answer = api.run(api.call("GET", "/v1/leases", [b""], query=f"contract={luna.contract}"))
    assert answer.status == 404


@pytest.mark.rule("END-1", part="refused")
@pytest.mark.parametrize(
    ("state", "code"),
    [("restricted", "contract_restricted"), ("ended", "contract_ended"), ("pending", "awaiting_payment")],
)
def test_a_contract_that_does_not_run_lets_nobody_in_and_nobody_stay(
    api: Program, padaria: Tenant, state: str, code: str
):
    api.post("/v1/leases", asked(padaria, "ana"))
    Contract.objects.filter(id=padaria.contract_id).update(state=state)
    assert api.post("/v1/leases", asked(padaria, "bruno")).json["code"] == code
    assert api.post("/v1/lease-heartbeats", asked(padaria, "ana")).json["code"] == code
    assert api.post("/v1/lease-releases", asked(padaria, "ana")).json["status"] == "released"


ASKED_WRONGLY = [
    ("", "query.contract"),
    ("contract=ctr_x&page=2", "query.page"),
    ("contract=ctr_x&limit=0", "query.limit"),
    ("contract=ctr_x&limit=1001", "query.limit"),
    ("contract=ctr_x&contract=ctr_y", "query"),
    ("contract=ctr_x&after=%00", "query"),
]


def test_a_list_that_is_asked_for_wrongly_says_where(api: Program):
    for query, where in ASKED_WRONGLY:
        answer = api.run(api.call("GET", "/v1/leases", [b""], query=query))
        assert (answer.status, [one["where"] for one in answer.json["errors"]]) == (422, [where]), query


CANNOT_BE: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/leases", {"groups": ["Über uns"]}, "invalid"),
    ("/v1/leases", {"groups": ["a"] * 11}, "invalid"),
    ("/v1/leases", {"person": ""}, "invalid"),
    ("/v1/leases", {"person": " "}, "invalid_id"),
    ("/v1/leases", {"id": "a\0"}, "invalid_id"),
    ("/v1/lease-heartbeats", {"idle_s": -5}, "invalid"),  # from the future
    ("/v1/lease-heartbeats", {"active_at": "2027-01-01T00:00:00Z"}, "invalid"),
]


def test_what_cannot_be_right_is_refused(api: Program, padaria: Tenant):
    for path, more, code in CANNOT_BE:
        assert api.post(path, {**asked(padaria, "ana"), **more}).json["code"] == code, (path, more)


def _body(tenant: Tenant, person: str) -> bytes:
    return json.dumps(asked(tenant, person)).encode()
