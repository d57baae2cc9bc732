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


@pytest.mark.rule("PKG-4", "PKG-5", "PKG-7", "PKG-9")
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
    assert api.post("/v1/campaign-settlements", {"settlements": told}).results == [
        {"id": "a", **settled, "outcome": "sent"},
        {"id": "b", **settled, "status": "not_delivered", "outcome": "sent"},
        {"id": "c", **settled, "outcome": "rejected"},
        {"id": "a", **settled, "outcome": "sent", "replayed": True},
        {"id": "d", "status": "refused", "code": "no_line"},
        {"id": "e", "status": "refused", "code": "no_line"},
        {"id": "f", "status": "refused", "code": "no_campaign"},
        {"id": "g", "status": "refused", "code": "no_contract"},
        {"id": "h\0", "status": "refused", "code": "invalid_id"},
        {"id": "i", **settled, "outcome": "sent"},
        {"id": "j", **settled, "outcome": "sent"},
        {"id": "k", "status": "refused", "code": "no_place"},
    ]
    other = api.post("/v1/campaign-settlements", report(padaria, "spring", "a")).json  # drawn in another one
    assert other == {"id": "a", "status": "refused", "code": "id_reused"}
    assert (counts(padaria, "easter"), counts(padaria, "spring")) == ((3, 3, 1), (100, 1, 0))
    assert counts(luna, "easter") == (3, 0, 0)


@pytest.mark.rule("PKG-5")
def test_after_its_end_a_campaign_draws_no_more(api: Program, padaria: Tenant):
    hold(padaria, "easter", 10)
    api.post("/v1/campaign-settlements", report(padaria, "easter", "a"))
    close_campaign(
        contract_id=padaria.contract_id,
        customer_id=padaria.customer_id,
        name="easter",
        actor="ana",
        now=clock.now(),
    )
    late, again = api.post(
        "/v1/campaign-settlements",
        {"settlements": [report(padaria, "easter", "b"), report(padaria, "easter", "a")]},
    ).results
    assert (late["status"], late["code"]) == ("refused", "campaign_ended")
    assert (again["status"], again["replayed"]) == ("settled", True)
    assert (padaria.balance().held_micro, padaria.balance().used_micro) == (0, 10 * CENT)


@pytest.mark.rule("PKG-6")
@pytest.mark.rule("PKG-5", part="batch of 10,000")
def test_ten_thousand_reports_go_in_one_batch_and_more_in_a_stream(api: Program, padaria: Tenant):
    hold(padaria, "easter", 2_000)
    batch = [report(padaria, "easter", str(uuid7())) for _ in range(10_000)]
    results = api.post("/v1/campaign-settlements", {"settlements": batch[:-7_000]}).results
    assert [r["status"] for r in results] == ["settled"] * 2_000 + ["refused"] * 1_000
    lines = b"\n".join(json.dumps(event).encode() for event in batch)
    headers = {"content-type": "application/x-ndjson"}
    answer = api.run(api.call("POST", "/v1/campaign-settlements", [lines], headers))
    told = [json.loads(line) for line in answer.body.splitlines()]
    assert [r.get("replayed", False) for r in told] == [True] * 2_000 + [False] * 8_000
    assert {r.get("code") for r in told[2_000:]} == {"no_place"}
    assert rows("metering_send") == 2_000
