"""Reports of a campaign's sends (PKG-4, PKG-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.types import CampaignReport, CampaignReportAnswer, CampaignSettleStatus
from abono.domain.catalog import queries as catalog
from abono.domain.contracts import queries as contracts
from abono.domain.metering.types import Outcome, keyed
from abono.flows.campaigns.lines import route_of
from abono.flows.usage.report import End
from abono.kernel.ids import event_key


@dataclass(frozen=True, slots=True)
class SendReport:
    """How one send ended. `id` is the caller's own, without NUL."""

    id: str
    channel: str
    kind: str
    country: str
    end: End


def settle_campaign(
    *,
    contract_id: UUID,
    customer_id: UUID | None,
    name: str,
    reports: Sequence[SendReport],
    now: datetime,
) -> list[CampaignReportAnswer]:
    """Book every report by itself, answered in order; at most metering.types.MAX_BATCH of them.

    customer_id   whose contract it has to be (ACC-2); None for the seller
    name          the caller's own id of the campaign
    now           on the customer's clock

    Raises NoSuchContract, NoSuchCampaign.
    """
    contracts.get(contract_id, customer_id=customer_id)
    routes = catalog.routes()
    answers = [CampaignReportAnswer(CampaignSettleStatus.NO_LINE, None)] * len(reports)
    known: list[tuple[int, CampaignReport]] = []
    for n, report in enumerate(reports):
        route = route_of(routes, report.channel, report.kind, report.country)
        if route is not None:
            send, reference = keyed(report.id)
            known.append((n, CampaignReport(send, route, _outcome(report.end), reference)))
    told = campaigns.settle_campaign(
        contract_id=contract_id,
        campaign_id=event_key(name),
        reports=[report for _n, report in known],
        now=now,
    )
    for (n, _report), answer in zip(known, told, strict=True):
        answers[n] = answer
    return answers


def _outcome(end: End) -> Outcome:
    return Outcome.REJECTED if end is End.REJECTED else Outcome.SENT
