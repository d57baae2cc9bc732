"""GET /v1/sends/{contract}/{id}: what became of one send, and what of the package it took (PKG-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abono.domain.metering import actions as metering
from abono.domain.settings.known import HOLD_LASTS
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.domain.metering.world import CENT, World
from tests.entrypoints.meter.client import Program, Tenant, tenant

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def receipt(api: Program, whose: Tenant, name: str) -> dict[str, Any]:
    answer = api.get(f"/v1/sends/{whose.contract}/{name}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def whatsapp(whose: Tenant, name: str) -> dict[str, str]:
    return whose.sms(name) | {"channel": "whatsapp", "kind": "company"}


@pytest.mark.rule("PKG-8")
def test_a_receipt_names_the_price_row_and_the_moment(api: Program, padaria: Tenant):
    before = clock.now()
    api.post("/v1/holds", padaria.sms("order 7/1"))
    found = receipt(api, padaria, "order 7/1")
    held_at = moment(found.pop("held_at"))
    assert before <= held_at <= clock.now()
    assert moment(found.pop("expires_at")) == held_at + timedelta(hours=24)
    assert moment(found.pop("cycle_start")) == padaria.balance().cycle.start
    assert found == {
        "id": "order 7/1",
        "contract": padaria.contract,
        "state": "held",
        "channel": "sms",
        "kind": "message",
        "country": "BR",
        "units": 1,
        "price_micro": 10 * CENT,
        "drawn_micro": None,
        "counted_as": None,
        "price_row": {
            "package": "brl-100",
            "channel": "sms",
            "kind": "message",
            "country": "BR",
            "valid_from": "2020-01-01T00:00:00Z",
        },
        "package_micro": 10 * CENT,
        "overage_micro": 0,
        "overage_price_percent": 100,
        "settled_at": None,
        "campaign": None,
    }


@pytest.mark.rule("PKG-8", "LIM-1")
def test_a_receipt_says_what_the_package_paid_and_what_was_overage(api: Program, world: World):
    small = tenant(world, "Small", value=1)  # R$ 1, and R$ 1 again beyond it
    api.key = small.key
    api.post("/v1/holds", {"sends": [whatsapp(small, "a"), whatsapp(small, "b"), whatsapp(small, "c")]})
    parts = [receipt(api, small, name) for name in "abc"]
    # 0.55, 1.10 and 1.65 after them: the second has 0.45 of the package, the third nothing.
    assert [(r["package_micro"], r["overage_micro"]) for r in parts] == [
        (55 * CENT, 0),
        (45 * CENT, 10 * CENT),
        (0, 55 * CENT),
    ]


@pytest.mark.rule("PKG-8", "CAT-6")
def test_a_receipt_keeps_the_row_of_its_moment_when_prices_change(
    api: Program, padaria: Tenant, world: World
):
    api.post("/v1/holds", padaria.sms("old"))
    world.price(world.brl_100, world.sms, 20 * CENT, since=clock.now())
    api.post("/v1/holds", padaria.sms("new"))
    old, new = receipt(api, padaria, "old"), receipt(api, padaria, "new")
    assert (old["price_micro"], moment(old["price_row"]["valid_from"])) == (10 * CENT, SINCE)
    assert new["price_micro"] == 20 * CENT
    assert moment(new["price_row"]["valid_from"]) > SINCE


@pytest.mark.rule("PKG-4", "PKG-5")
def test_a_receipt_says_how_a_send_ended(api: Program, padaria: Tenant):
    api.post("/v1/holds", {"sends": [padaria.sms(name) for name in "abc"]})
    ends = [padaria.settlement("a", "not_delivered"), padaria.settlement("b", "rejected")]
    api.post("/v1/settlements", {"settlements": ends})
    metering.expire(now=clock.now() + HOLD_LASTS.shipped)
    found = [receipt(api, padaria, name) for name in "abc"]
    assert [(r["state"], r["package_micro"], r["settled_at"] is None) for r in found] == [
        ("settled", 10 * CENT, False),
        ("rejected", 0, False),
        ("expired", 0, False),
    ]
    assert moment(found[2]["settled_at"]) == moment(found[2]["expires_at"])


@pytest.mark.rule("PKG-8")
def test_a_send_of_a_campaign_names_it_and_the_row_of_its_hold(api: Program, padaria: Tenant):
    hold_campaign(
        contract_id=padaria.contract_id,
        customer_id=padaria.customer_id,
        name="easter",
        lines=[LineAsked("sms", "message", "BR", 10)],
        actor="ana",
        now=clock.now(),
    )
    send = padaria.sms("1") | {"campaign": "easter", "outcome": "sent"}
    assert api.post("/v1/campaign-settlements", send).json["status"] == "settled"
    found = receipt(api, padaria, "1")
    assert (found["state"], found["campaign"], found["price_micro"]) == ("settled", "easter", 10 * CENT)
    assert moment(found["price_row"]["valid_from"]) == SINCE
    assert (found["package_micro"], found["overage_micro"]) == (None, None)
    own = str(uuid7())
    assert api.get(f"/v1/sends/{padaria.contract}/{own}").status == 404


@pytest.mark.rule("ACC-2")
def test_what_is_unknown_and_what_is_anothers_is_not_found(api: Program, padaria: Tenant, luna: Tenant):
    api.key = luna.key
    api.post("/v1/holds", luna.sms("hers"))
    assert receipt(api, luna, "hers")["state"] == "held"
    api.key = padaria.key
    for contract in (luna.contract, public("ctr", uuid7()), "ctr_1", "nonsense"):
        answer = api.get(f"/v1/sends/{contract}/hers")
        assert (answer.status, answer.json["code"]) == (404, "no_contract")
    for name in ("hers", "\0", "x" * 1_000_000, "/", str(uuid7()), "\ufffd"):
        answer = api.get(f"/v1/sends/{padaria.contract}/{name}")
        assert (answer.status, answer.json["code"]) == (404, "no_send")


def test_ids_are_found_as_they_were_given(api: Program, padaria: Tenant):
    own = str(uuid7())
    for name in (own, "a/b/c", "/a", "..", "ção %2F", "a?b#c"):
        api.post("/v1/holds", padaria.sms(name))
        assert receipt(api, padaria, name)["id"] == name
    assert receipt(api, padaria, own.upper())["id"] == own
