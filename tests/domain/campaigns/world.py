"""Short words for what happens to a campaign of a contract."""

from __future__ import annotations

from datetime import datetime

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns import queries as campaign_queries
from abono.domain.campaigns.types import (
    Campaign,
    CampaignHold,
    CampaignReport,
    CampaignReportAnswer,
    CampaignState,
    Wish,
)
from abono.domain.metering.types import Outcome, keyed
from abono.kernel.ids import event_key
from tests.domain.metering.world import NOON, Contract

SENT, REJECTED = Outcome.SENT, Outcome.REJECTED


class Campaigns:
    """Campaigns of one contract by the names that its programs give them."""

    def __init__(self, contract: Contract, *, slice_places: int = 1) -> None:
        self.contract = contract
        self.slice_places = slice_places

    def hold(
        self, *wishes: tuple[int, int], name: str = "spring", at: datetime = NOON, **more: object
    ) -> CampaignHold:
        """Each wish is a route and how many."""
        key, reference = keyed(name)
        return campaigns.hold_campaign(
            contract_id=self.contract.id,
            campaign_id=key,
            wishes=[Wish(*wish) for wish in wishes],
            now=at,
            reference=reference,
            slice_places=self.slice_places,
            **more,  # type: ignore[arg-type]
        )

    def settle_all(
        self, reports: list[tuple[str, int, Outcome]], *, name: str = "spring", at: datetime = NOON
    ) -> list[CampaignReportAnswer]:
        return campaigns.settle_campaign(
            contract_id=self.contract.id,
            campaign_id=event_key(name),
            reports=[self.report(*one) for one in reports],
            now=at,
        )

    def settle(
        self,
        send: str,
        route: int | None = None,
        outcome: Outcome = SENT,
        *,
        name: str = "spring",
        at: datetime = NOON,
    ) -> CampaignReportAnswer:
        chosen = self.contract.world.sms if route is None else route
        return self.settle_all([(send, chosen, outcome)], name=name, at=at)[0]

    def report(self, send: str, route: int, outcome: Outcome) -> CampaignReport:
        key, reference = keyed(send)
        return CampaignReport(key, route, outcome, reference)

    def extend(self, until: datetime, *, name: str = "spring") -> datetime:
        return campaigns.extend_campaign(
            contract_id=self.contract.id, campaign_id=event_key(name), until=until
        )

    def close(self, *, name: str = "spring", at: datetime = NOON, cancelled: bool = False) -> CampaignState:
        return campaigns.close_campaign(
            contract_id=self.contract.id, campaign_id=event_key(name), now=at, cancelled=cancelled
        ).state

    def expire(self, now: datetime) -> int:
        return campaigns.expire_due(now=now, contract_id=self.contract.id)

    def find(self, name: str = "spring") -> Campaign:
        return campaign_queries.campaign(contract_id=self.contract.id, campaign_id=event_key(name))

    def counts(self, name: str = "spring") -> list[tuple[int, int, int]]:
        """Per line: asked for, sent, rejected."""
        return [(line.count, line.sent, line.rejected) for line in self.find(name).lines]
