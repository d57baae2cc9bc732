"""Campaigns in the obvious model: a campaign is a list of places, drawn one by one (PKG-5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation import steps
from tests.simulation.model import Sends
from tests.simulation.model_facts import Cycle, Row, Send, channel_of, shown

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
    saved: dict[str, int] = field(
        default_factory=dict
    )  # by route: what its sends drew less than their prices
    sends: dict[str, tuple[str, str]] = field(default_factory=dict)  # route and outcome

    @property
    def prices(self) -> dict[str, int]:
        return {route: price for route, (_, price, _) in self.rows.items()}

    @property
    def drawn(self) -> int:
        prices = (self.prices[route] for route, outcome in self.sends.values() if outcome == "sent")
        return sum(prices) - sum(self.saved.values())

    def held(self, channel: str | None = None) -> int:
        """While it is open: its open places, and what sends drew less than theirs; of all channels, or one."""
        routes = [*self.places, *self.saved]
        amounts = [*(self.prices[place] for place in self.places), *self.saved.values()]
        return sum(
            amount
            for route, amount in zip(routes, amounts, strict=True)
            if channel is None or channel_of(route) == channel
        )

    @property
    def answer(self) -> tuple[object, ...]:
        return tuple(self.prices[route] for route, _ in self.wishes), self.total, self.left


class Campaigns(Sends):
    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.campaigns: dict[str, Campaign] = {}

    def held(self, cycle: Cycle) -> int:
        return super().held(cycle) + sum(
            campaign.held()
            for campaign in self.campaigns.values()
            if campaign.cycle is cycle and campaign.state == "open"
        )

    def on_channel(self, cycle: Cycle, channel: str) -> int:
        return super().on_channel(cycle, channel) + sum(
            campaign.held(channel)
            for campaign in self.campaigns.values()
            if campaign.cycle is cycle and campaign.state == "open"
        )

    def use(self, cycle: Cycle) -> dict[str, list[int]]:
        found = super().use(cycle)
        for campaign in self.campaigns.values():
            if campaign.cycle is not cycle or campaign.state != "open":
                continue
            for route, amount in campaign.saved.items():
                found[route][3] += amount
            for place in campaign.places:
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

    def settle_campaign(self, name: str, reports: tuple[steps.Report, ...], at: datetime) -> object:
        campaign = self.campaigns.get(name)
        if campaign is None:
            return "NoSuchCampaign"
        fresh: dict[str, tuple[object, object]] = {}  # what sends of this call were counted as
        return [self._draw(name, campaign, steps.Ended(*report), at, fresh) for report in reports]

    def is_kept(self, name: str) -> bool:
        return False

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
        released = campaign.held()
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
        self,
        of: str,
        campaign: Campaign,
        told: steps.Ended,
        at: datetime,
        fresh: dict[str, tuple[object, object]],
    ) -> tuple[str, int | None]:
        route, counted = told.route, (told.kind, told.units)
        known = self.sends.get(told.name)
        if known is not None:
            if known.campaign is None and known.route == route:
                return "alone", known.kept
            return self._drawn(of, known, told, fresh), known.kept
        if self.is_kept(told.name):
            return "alone", None
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
            sender=told.sender,
            campaign=of,
        )
        outcome = send.ends(told.outcome)
        if outcome is None:
            return "waiting", price
        if outcome == "sent":
            if route not in campaign.places:
                return "no_place", price
            costs = self._costs(send, told, at)
            if costs is None:
                return "no_price", price
            campaign.places.remove(route)
            if costs < price:
                send.drawn = costs
                campaign.saved[route] = campaign.saved.get(route, 0) + price - costs
        campaign.sends[told.name] = route, outcome
        send.outcome, send.settled_at, send.counts = outcome, at, [send.kept]
        self.sends[told.name], fresh[told.name] = send, counted
        return "not_drawn" if outcome == "not_delivered" else "settled", send.kept

    def _drawn(self, of: str, known: Send, told: steps.Ended, fresh: dict[str, tuple[object, object]]) -> str:
        """Of one that was settled before, or held elsewhere."""
        if known.campaign != of or known.route != told.route:
            return "clash"
        outcome, counted = known.ends(told.outcome), (told.kind, told.units)
        if known.outcome == "not_delivered" and outcome in (None, "not_delivered"):
            return "not_drawn_before"
        if outcome is None:
            return "replayed" if known.outcome == "sent" else "clash"
        if outcome != known.outcome:
            return "clash"
        if outcome != "sent" or counted == (None, None):
            return "replayed"
        if told.name in fresh:
            return "replayed" if fresh[told.name] == counted else "clash"
        other = self.counted(known, told.kind, told.units)
        same = other is not None and known.kept == min(known.price, other)
        return "replayed" if same or (known.rules.window and not known.kept) else "clash"

    def _costs(self, send: Send, told: steps.Ended, at: datetime) -> int | None:
        """What it draws, less what is free, or as what it was counted."""
        counted = told.kind is not None or told.units is not None
        other = self.other(send.route, send.package, told.kind, send.held_at)
        if counted and other is None:
            return None
        if self.in_window(told.contact, send.route, send.rules, at):
            return 0
        send.taken, send.taken_at = min(self.left_free(told.sender, send.rules, at), 1), at
        costs = 0 if send.taken else send.price
        return min(costs, max((told.units or 1) - send.taken, 0) * other[1]) if counted and other else costs


def _fits(wishes: tuple[tuple[str, int], ...], prices: dict[str, int], room: int) -> tuple[int, ...]:
    """Put one after the other in, line by line."""
    found = []
    for route, count in wishes:
        fit = 0
        while fit < count and prices[route] <= room:
            fit, room = fit + 1, room - prices[route]
        found.append(fit)
    return tuple(found)
