"""What a campaign would cost, asked without holding anything (PKG-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.metering import campaign_rules as rules
from abono.domain.metering import queries
from abono.domain.metering.campaign_types import Estimate, Wish


def estimate(*, contract_id: UUID, wishes: Sequence[Wish], at: datetime) -> Estimate:
    """Price, count, amount and parts of every line at `at`, and how many sends fit before the limit and within the customer's own (LIM-5).

    Waits for no lock and writes nothing, so that a hold a moment later may find less room.
    Raises CampaignMalformed, NoCycle.
    """
    rules.check_wishes(wishes)
    cycle = queries.balance(contract_id=contract_id, at=at)
    prices = {found.route_id: found for found in catalog.session_prices(package_id=cycle.package_id, at=at)}
    priced = [prices.get(wish.route_id) for wish in wishes]
    lines = rules.estimate_lines(
        wishes,
        [None if found is None else found.price_micro for found in priced],
        package_micro=cycle.unused_micro,
        room_micro=cycle.room_micro,
        blocked=cycle.blocked_at is not None,
        channels=["" if found is None else found.channel for found in priced],
        rooms_micro={own.channel: own.left_micro for own in cycle.budgets},
    )
    return Estimate(at, lines, cycle.room_micro, cycle.blocked_at is not None)
