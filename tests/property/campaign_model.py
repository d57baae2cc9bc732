"""Campaign holds on top of the slow model: a campaign is a list of places, drawn one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from abono.domain.campaigns.types import CampaignSettleStatus, CampaignState
from abono.domain.metering.types import Outcome
from tests.property.metering_model import DAY, Model, ModelCycle, Send

Status = CampaignSettleStatus


@dataclass
class ModelCampaign:
    cycle: ModelCycle
    lines: list[tuple[str, int]]  # as asked for
    prices: dict[str, int]
    held_at: datetime
    expires_at: datetime
    answer: tuple[list[int], int, int]
    places: list[str]  # the route of each that is open
    state: CampaignState = CampaignState.OPEN
    sends: dict[str, tuple[str, Outcome]] = field(default_factory=dict)

    def sent(self, route: str, outcome: Outcome = Outcome.SENT) -> int:
        return sum(found == (route, outcome) for found in self.sends.values())


@dataclass
class CampaignModel(Model):
    campaigns: dict[str, ModelCampaign] = field(default_factory=dict)

    def held(self, cycle: ModelCycle) -> int:
        return super().held(cycle) + sum(
            campaign.prices[place]
            for campaign in self.campaigns.values()
            if campaign.cycle is cycle and campaign.state is CampaignState.OPEN
            for place in campaign.places
        )

    def hold_campaign(self, name: str, lines: list[tuple[str, int]], at: datetime) -> object:
        """The answer, or the name of the refusal with how many would fit."""
        known = self.campaigns.get(name)
        if known is not None:
            return (True, *known.answer) if known.lines == lines else "CampaignClash"
        cycle = self.cycle_at(at)
        if cycle is None:
            return "NoCycle"
        if any(route not in cycle.prices for route, _ in lines):
            return "CampaignNoPrice"
        places = [route for route, count in lines for _ in range(count)]
        total = sum(cycle.prices[place] for place in places)
        room = cycle.ceiling - self.held(cycle) - self.used(cycle)
        if total > 0 and cycle.blocked:
            return "SendingBlocked"
        if total > room:
            return "CampaignDoesNotFit", self._fits(lines, cycle.prices, room)
        answer = [cycle.prices[route] for route, _ in lines], total, room - total
        self.campaigns[name] = ModelCampaign(cycle, lines, dict(cycle.prices), at, at + DAY, answer, places)
        self.tell(cycle)
        return (False, *answer)

    def settle_campaign(
        self, name: str, send: str, route: str, outcome: Outcome
    ) -> tuple[CampaignSettleStatus, int | None]:
        campaign = self.campaigns[name]
        known = self.sends.get(send)
        if known is not None:
            same = campaign.sends.get(send) == (route, outcome)
            return Status.REPLAYED if same else Status.CLASH, known.price
        if route not in dict(campaign.lines):
            return Status.NO_LINE, None
        price = campaign.prices[route]
        if campaign.state is not CampaignState.OPEN:
            return Status.ENDED, price
        if outcome is Outcome.SENT:
            if route not in campaign.places:
                return Status.NO_PLACE, price
            campaign.places.remove(route)
        campaign.sends[send] = route, outcome
        self.sends[send] = Send(campaign.cycle, route, price, campaign.answer[2], campaign.held_at, outcome)
        return Status.SETTLED, price

    def extend_campaign(self, name: str, until: datetime) -> object:
        campaign = self.campaigns[name]
        if campaign.state is not CampaignState.OPEN:
            return "CampaignEnded"
        if until > campaign.held_at + timedelta(days=7):
            return "CampaignTooLong"
        campaign.expires_at = max(campaign.expires_at, until)
        return campaign.expires_at

    def end_campaign(self, name: str, state: CampaignState) -> CampaignState:
        campaign = self.campaigns[name]
        if campaign.state is CampaignState.OPEN:
            campaign.state = state
            if any(campaign.prices[place] for place in campaign.places):
                campaign.cycle.blocked = False
        return campaign.state

    def expire_campaigns(self, now: datetime) -> int:
        due = [
            name
            for name, campaign in self.campaigns.items()
            if campaign.state is CampaignState.OPEN and campaign.expires_at <= now
        ]
        for name in due:
            self.end_campaign(name, CampaignState.EXPIRED)
        return len(due)

    @staticmethod
    def _fits(lines: list[tuple[str, int]], prices: dict[str, int], room: int) -> tuple[int, ...]:
        """Put one after the other in, line by line."""
        found = []
        for route, count in lines:
            fit = 0
            while fit < count and prices[route] <= room:
                fit, room = fit + 1, room - prices[route]
            found.append(fit)
        return tuple(found)
