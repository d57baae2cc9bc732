"""Campaigns in the obvious model: a campaign is a list of places, drawn one by one (PKG-5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.model import Cycle, Row, Send, Sends, channel_of, shown

MOST = timedelta(days=7)


@dataclass
class Campaign:
    cycle: Cycle
    wishes: tuple[tuple[str, int], ...]
    rows: dict[str, Row]  # of the price list, by route
    held_at: datetime
    expires_at: datetime
    total: int
    left: int | None
    places: list[str]  # the route of each that is open
    package: str = ""
    state: str = "open"
    sends: dict[str, tuple[str, str]] = field(default_factory=dict)  # route and outcome

    @property
    def prices(self) -> dict[str, int]:
        return {route: price for route, (_, price, _) in self.rows.items()}

    @property
    def drawn(self) -> int:
        return sum(self.prices[route] for route, outcome in self.sends.values() if outcome == "sent")

    @property
    def answer(self) -> tuple[object, ...]:
        return tuple(self.prices[route] for route, _ in self.wishes), self.total, self.left


class Campaigns(Sends):
    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.campaigns: dict[str, Campaign] = {}

    def held(self, cycle: Cycle) -> int:
        return super().held(cycle) + sum(
            campaign.prices[place]
            for campaign in self.campaigns.values()
            if campaign.cycle is cycle and campaign.state == "open"
            for place in campaign.places
        )

    def on_channel(self, cycle: Cycle, channel: str) -> int:
        return super().on_channel(cycle, channel) + sum(
            campaign.prices[place]
            for campaign in self.campaigns.values()
            if campaign.cycle is cycle and campaign.state == "open"
            for place in campaign.places
            if channel_of(place) == channel
        )

    def use(self, cycle: Cycle) -> dict[str, list[int]]:
        found = super().use(cycle)
        for campaign in self.campaigns.values():
            for place in campaign.places if campaign.cycle is cycle and campaign.state == "open" else ():
                row = found.setdefault(place, [0] * 6)
                row[2] += 1
                row[3] += campaign.prices[place]
        return found

    def hold_campaign(
        self, name: str, wishes: tuple[tuple[str, int], ...], at: datetime, hours: int
    ) -> object:
        if timedelta(hours=hours) > MOST:
            return "CampaignTooLong"
        known = self.campaigns.get(name)
        if known is not None:
            return ("replayed", *known.answer) if known.wishes == wishes else "CampaignClash"
        cycle = self.cycle_at(at)
        if cycle is None:
            return "NoCycle"
        rows = {route: row for route, _ in wishes if (row := self.price(cycle.package, route, at))}
        if len(rows) < len(wishes):
            return "CampaignNoPrice"
        prices = {route: price for route, (_, price, _) in rows.items()}
        places = [route for route, count in wishes for _ in range(count)]
        total = sum(prices[place] for place in places)
        room = cycle.ceiling - self.held(cycle) - self.used(cycle)
        if total > 0 and cycle.blocked_at is not None:
            return "SendingBlocked"
        if total > room:
            return "CampaignDoesNotFit", _fits(wishes, prices, room)
        room = max(self.top(cycle) - self.held(cycle) - self.used(cycle), 0)
        if total > room:
            return "CampaignOverCap"
        for channel in dict.fromkeys(channel_of(route) for route, _ in wishes):
            costs = sum(prices[place] for place in places if channel_of(place) == channel)
            budget = cycle.budgets.get(channel)
            if costs and budget is not None and costs > budget - self.on_channel(cycle, channel):
                return "CampaignOverBudget", channel
        campaign = self.campaigns[name] = Campaign(
            cycle,
            wishes,
            rows,
            at,
            at + timedelta(hours=hours),
            total,
            shown(room - total),
            places,
            cycle.package,
        )
        self.tell(cycle)
        return ("held", *campaign.answer)

    def settle_campaign(self, name: str, reports: tuple[tuple[str, str, str], ...], at: datetime) -> object:
        campaign = self.campaigns.get(name)
        if campaign is None:
            return "NoSuchCampaign"
        return [self._draw(name, campaign, *report, at) for report in reports]

    def extend_campaign(self, name: str, until: datetime) -> object:
        campaign = self.campaigns.get(name)
        if campaign is None:
            return "NoSuchCampaign"
        if campaign.state != "open":
            return "CampaignEnded"
        if until > campaign.held_at + MOST:
            return "CampaignTooLong"
        campaign.expires_at = max(campaign.expires_at, until)
        return campaign.expires_at

    def end_campaign(self, name: str, state: str) -> object:
        campaign = self.campaigns.get(name)
        if campaign is None:
            return "NoSuchCampaign"
        if campaign.state != "open":
            return campaign.state, False, 0, 0
        released = sum(campaign.prices[place] for place in campaign.places)
        campaign.state = state
        if released:
            campaign.cycle.blocked_at = campaign.cycle.capped_at = None
        return state, True, released, campaign.drawn

    def expire_campaigns(self, now: datetime) -> int:
        due = [name for name, one in self.campaigns.items() if one.state == "open" and one.expires_at <= now]
        for name in due:
            self.end_campaign(name, "expired")
        return len(due)

    def _draw(
        self, of: str, campaign: Campaign, name: str, route: str, told: str, at: datetime
    ) -> tuple[str, int | None]:
        known = self.sends.get(name)
        if known is not None:
            ours = known.campaign == of and known.route == route
            ended = known.outcome is not None and known.ends(told) in (None, known.outcome)
            late = known.ends(told) is not None or known.outcome in ("sent", "not_delivered")
            word = "not_drawn_before" if known.outcome == "not_delivered" else "replayed"
            return word if ours and ended and late else "clash", known.price
        if route not in campaign.prices:
            return "no_line", None
        since, price, rules = campaign.rows[route]
        if campaign.state != "open":
            return "ended", price
        send = Send(
            campaign.cycle,
            route,
            price,
            campaign.left,
            campaign.held_at,
            since,
            rules=rules,
            package=campaign.package,
            campaign=of,
        )
        outcome = send.ends(told)
        if outcome is None:
            return "waiting", price
        if outcome == "sent":
            if route not in campaign.places:
                return "no_place", price
            campaign.places.remove(route)
        campaign.sends[name] = route, outcome
        send.outcome, send.settled_at = outcome, at
        self.sends[name] = send
        return "not_drawn" if outcome == "not_delivered" else "settled", price


def _fits(wishes: tuple[tuple[str, int], ...], prices: dict[str, int], room: int) -> tuple[int, ...]:
    """Put one after the other in, line by line."""
    found = []
    for route, count in wishes:
        fit = 0
        while fit < count and prices[route] <= room:
            fit, room = fit + 1, room - prices[route]
        found.append(fit)
    return tuple(found)
