"""POST /v1/campaign-settlements: reports of campaigns' sends, each answered by itself (PKG-4, PKG-5, PKG-7)."""

from __future__ import annotations

import json

import pytest

from abono.domain.campaigns import queries as campaign_queries
from abono.flows.campaigns.close import close_campaign
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.kernel.ids import event_key, uuid7
from abono.platform import clock
from tests.domain.metering.world import CENT, rows
from tests.entrypoints.meter.client import Program, Tenant


def hold(whose: Tenant, name: str, count: int) -> None:
    hold_campaign(
        contract_id=whose.contract_id,
        customer_id=whose.customer_id,
        name=name,
        lines=[LineAsked("sms", "message", "BR", count)],
        actor="ana",
        now=clock.now(),
    )


def report(whose: Tenant, campaign: str, name: str, outcome: str = "sent", **other: str) -> dict[str, str]:
    return whose.sms(name) | {"campaign": campaign, "outcome": outcome} | other


def counts(whose: Tenant, name: str) -> tuple[int, int, int]:
    (line,) = campaign_queries.campaign(contract_id=whose.contract_id, campaign_id=event_key(name)).lines
    return line.count, line.sent, line.rejected


@pytest.mark.rule("PKG-4", "PKG-5", "PKG-7", "PKG-9", "PKG-12")
def test_reports_of_several_campaigns_are_answered_one_by_one_in_order(
    api: Program, padaria: Tenant, luna: Tenant
):
    hold(padaria, "easter", 3)
    hold(padaria, "spring", 100)
    hold(luna, "easter", 3)
    told = [
        report(padaria, "easter", "a"),
        report(padaria, "spring", "b", "not_delivered"),
        report(padaria, "easter", "c", "rejected"),
        report(padaria, "easter", "a"),
        report(padaria, "easter", "d", channel="telex"),
        report(padaria, "easter", "e", channel="whatsapp", kind="company"),
        report(padaria, "winter", "f"),
        report(luna, "easter", "g"),
        report(padaria, "easter", "h\0"),
        report(padaria, "easter", "i"),
        report(padaria, "easter", "j"),
        report(padaria, "easter", "k"),
    ]
    settled = {"status": "settled", "price_micro": 10 * CENT}
    recorded = {"status": "recorded", "price_micro": 10 * CENT, "outcome": "sent"}
    assert api.post("/v1/campaign-settlements", {"settlements": told}).results == [
        {"id": "a", **settled, "outcome": "sent"},
        {"id": "b", **settled, "status": "not_delivered", "outcome": "sent"},
        {"id": "c", **settled, "outcome": "rejected"},
        {"id": "a", **settled, "outcome": "sent", "replayed": True},
        {"id": "d", "status": "uncovered", "code": "unknown_channel"},
        {"id": "e", **recorded, "price_micro": 55 * CENT},  # has no line there, and draws by itself
        {"id": "f", **recorded},  # nor a campaign
        {"id": "g", "status": "refused", "code": "no_contract"},
        {"id": "h\0", "status": "refused", "code": "invalid_id"},
        {"id": "i", **settled, "outcome": "sent"},
        {"id": "j", **settled, "outcome": "sent"},
        {"id": "k", **recorded},  # nor a place
    ]
    other = api.post("/v1/campaign-settlements", report(padaria, "spring", "a")).json  # drawn in another one
    assert other == {"id": "a", "status": "refused", "code": "id_reused"}
    assert (counts(padaria, "easter"), counts(padaria, "spring")) == ((3, 3, 1), (100, 1, 0))
    assert counts(luna, "easter") == (3, 0, 0)


def close(whose: Tenant, name: str) -> None:
    close_campaign(
        contract_id=whose.contract_id,
        customer_id=whose.customer_id,
        name=name,
        actor="ana",
        now=clock.now(),
    )


@pytest.mark.rule("PKG-5", "PKG-12")
def test_what_is_told_after_the_end_of_a_campaign_draws_by_itself_and_once(api: Program, padaria: Tenant):
    hold(padaria, "easter", 10)
    api.post("/v1/campaign-settlements", report(padaria, "easter", "a"))
    close(padaria, "easter")
    told = [report(padaria, "easter", name) for name in "ba"] + [report(padaria, "easter", "c", "rejected")]
    late, before, rejected = api.post("/v1/campaign-settlements", {"settlements": told}).results
    assert (late["status"], late["price_micro"], late["outcome"]) == ("recorded", 10 * CENT, "sent")
    assert (before["status"], before["replayed"]) == ("settled", True)
    assert (rejected["status"], rejected["code"]) == ("refused", "campaign_ended")
    again = api.post("/v1/campaign-settlements", report(padaria, "easter", "b", "delivered")).json
    assert (again["status"], again["replayed"], again["price_micro"]) == ("settled", True, 10 * CENT)
    assert (padaria.balance().held_micro, padaria.balance().used_micro) == (0, 20 * CENT)


@pytest.mark.rule("PKG-12", part="beyond the limit")
def test_what_has_no_place_and_no_room_is_kept_whatever_comes_later(api: Program, padaria: Tenant):
    hold(padaria, "easter", 1_999)
    hold(padaria, "spring", 1)
    told = [report(padaria, "spring", name) for name in "abb"]
    results = api.post("/v1/campaign-settlements", {"settlements": told}).results
    assert [(one["status"], one.get("code")) for one in results] == [
        ("settled", None),
        ("uncovered", "sending_blocked"),
        ("uncovered", "sending_blocked"),
    ]
    assert results[2]["replayed"] is True
    close(padaria, "easter")  # 199.90 are free again
    again = api.post("/v1/campaign-settlements", report(padaria, "easter", "b")).json
    assert (again["status"], again["code"], again["replayed"]) == ("uncovered", "sending_blocked", True)
    assert rows("metering_uncovered") == 1
    assert (padaria.balance().held_micro, padaria.balance().used_micro) == (0, 10 * CENT)


@pytest.mark.rule("PKG-13", part="another row")
def test_what_the_carrier_counted_otherwise_draws_that(api: Program, padaria: Tenant):
    hold_campaign(
        contract_id=padaria.contract_id,
        customer_id=padaria.customer_id,
        name="easter",
        lines=[LineAsked("whatsapp", "company", "BR", 2), LineAsked("sms", "message", "BR", 2, 3)],
        actor="ana",
        now=clock.now(),
    )
    told = [
        report(padaria, "easter", "a", channel="whatsapp", kind="company", counted_as="contact"),
        {**report(padaria, "easter", "b"), "counted_units": 2},
        report(padaria, "easter", "c"),
    ]
    results = api.post("/v1/campaign-settlements", {"settlements": told}).results
    assert [one["price_micro"] for one in results] == [30 * CENT, 20 * CENT, 30 * CENT]
    assert padaria.balance().used_micro == 80 * CENT
    receipt = api.get(f"/v1/sends/{padaria.contract}/a").json
    assert (receipt["price_micro"], receipt["drawn_micro"], receipt["counted_as"]) == (
        55 * CENT,
        30 * CENT,
        "contact",
    )


@pytest.mark.rule("PKG-6")
@pytest.mark.rule("PKG-5", part="batch of 10,000")
def test_ten_thousand_reports_go_in_one_batch_and_more_in_a_stream(api: Program, padaria: Tenant):
    hold(padaria, "easter", 2_000)  # all that there is
    batch = [report(padaria, "easter", str(uuid7())) for _ in range(10_000)]
    results = api.post("/v1/campaign-settlements", {"settlements": batch[:-7_000]}).results
    assert [r["status"] for r in results] == ["settled"] * 2_000 + ["uncovered"] * 1_000
    lines = b"\n".join(json.dumps(event).encode() for event in batch)
    headers = {"content-type": "application/x-ndjson"}
    answer = api.run(api.call("POST", "/v1/campaign-settlements", [lines], headers))
    told = [json.loads(line) for line in answer.body.splitlines()]
    assert [r.get("replayed", False) for r in told] == [True] * 3_000 + [False] * 7_000
    assert {r.get("code") for r in told[2_000:]} == {"sending_blocked"}
    assert (rows("metering_send"), rows("metering_uncovered")) == (2_000, 8_000)
