"""POST /v1/campaign-settlements: how sends of campaigns ended, each answered by itself (PKG-4, PKG-5, PKG-7)."""

from __future__ import annotations

from abono.domain.campaigns.hot import UNKNOWN_CAMPAIGN
from abono.domain.campaigns.types import CampaignSettleStatus as Status
from abono.domain.metering.types import Outcome
from abono.entrypoints.meter.protocol import wire
from abono.entrypoints.meter.protocol.callers import Caller, Engine
from abono.entrypoints.meter.protocol.operations import OUTCOMES, key_of, reachable
from abono.entrypoints.meter.protocol.wire import Result

_REFUSED = {
    Status.CLASH: "id_reused",
    Status.ENDED: "campaign_ended",
    Status.NO_LINE: "no_line",
    Status.NO_PLACE: "no_place",
    UNKNOWN_CAMPAIGN: "no_campaign",
}


async def settle_campaigns(engine: Engine, caller: Caller, sends: list[wire.CampaignSend]) -> list[Result]:
    """Reports of any campaigns that the caller may reach, in any order."""
    contracts = await reachable(engine, caller, {send.contract for send in sends})
    routes = await engine.known.routes({(s.channel, s.kind, s.country) for s in sends})
    results = [Result(send.id, "refused") for send in sends]
    campaigns: dict[str, str] = {}
    rows: list[tuple[str, int, str, str, str, str, str]] = []
    asked: list[int] = []
    for n, send in enumerate(sends):
        contract = contracts.get(send.contract)
        route = routes.get((send.channel, send.kind, send.country)) or routes.get(
            (send.channel, send.kind, "*")
        )
        if contract is None:
            results[n].code = "no_contract"
        elif "\0" in send.id:
            results[n].code = "invalid_id"
        elif route is None:
            results[n].code = "no_line"
        else:
            if send.campaign not in campaigns:
                campaigns[send.campaign] = key_of(send.campaign)[0]
            key, reference = key_of(send.id)
            campaign, outcome = campaigns[send.campaign], OUTCOMES[send.outcome]
            rows.append((contract.text, contract.offset_s, campaign, key, str(route), outcome, reference))
            asked.append(n)
    if rows:
        told = await engine.campaign_settlements.submit(rows)
        for n, (status, price), row in zip(asked, told, rows, strict=True):
            result = results[n]
            if status in (Status.SETTLED, Status.REPLAYED):
                result.status, result.replayed = "settled", status == Status.REPLAYED
                result.outcome, result.price_micro = Outcome(int(row[5])).name.lower(), price
            else:
                result.code = _REFUSED[status]
    return results
