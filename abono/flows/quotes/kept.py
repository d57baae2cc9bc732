"""A quote as it is kept, so that it can be accepted by its id (CHG-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import changes
from abono.domain.contracts.models import Change, Contract
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import how
from abono.flows.charges.held import Held, at_prices, held, priced
from abono.flows.quotes.parts import PARTS, Quote, QuotedLine, differing, mixed, steps_up
from abono.kernel.money import Money
from abono.kernel.periods import day_start, local_date

VALID = timedelta(minutes=30)
"""How long a quote is good for, and never beyond the local day: the day is part of what it says."""


def quote_of(change: Change) -> Quote:
    """What was seen of a change."""
    seen = change.quote
    own = seen.get("own", {"before": {}, "after": {}})
    before = at_prices(held(change.before), own["before"])
    currency = change.contract.currency
    sold = priced(change.plan_id, currency, seen.get("interval", change.before.interval))
    after = Held(*sold, catalog.package(change.package_id), change.extra_licences)
    after = at_prices(after, own["after"])
    between = _seen_between(seen, change, before, after)
    later = differing(between, after)
    last, rest = change.begins_at, seen.get("rest_at")
    return Quote(
        before=before,
        between=between,
        after=after,
        plan_at=last if "plan" in later else None,
        rest_at=_moment(rest) if rest else last if {*later} - {"plan"} else None,
        lines=tuple(_line(one, currency) for one in seen["lines"]),
        credit=Money(seen["credit_minor"], currency),
        unit=seen.get("unit", "day"),
        deferred=seen.get("deferred", False),
        interactions=tuple(seen["interactions"]),
        replaces=None if seen["replaces"] is None else UUID(seen["replaces"]),
        left_for_good=tuple(seen["left_for_good"]),
        next_invoice=_next_seen(seen, after, currency),
    )


def _seen_between(seen: Mapping[str, Any], change: Change, before: Held, after: Held) -> Held:
    """Those of 0.2.0 did not say what is later."""
    if change.begins_at is None:
        return after
    if "later" not in seen:
        return steps_up(before, after)
    plan, package, licences = (before if one in seen["later"] else after for one in PARTS)
    return mixed(plan, package, licences.extra_licences)


def _next_seen(seen: Mapping[str, Any], after: Held, currency: str) -> Money:
    """Those of 0.2.0 did not say it."""
    difference_minor = sum(line["amount_minor"] for line in seen["lines"])
    return Money(seen.get("next_minor", after.monthly.minor + min(difference_minor, 0)), currency)


def keep(contract: Contract, quote: Quote, *, actor: str, now: datetime) -> Change:
    """Keep a quote, so that it can be accepted. The caller holds the contract."""
    return changes.quoted(
        contract,
        plan_id=quote.after.plan.id,
        package_id=quote.after.package.id,
        extra_licences=quote.after.extra_licences,
        quote=_data(quote),
        begins_at=quote.begins_at,
        valid_until=good_until(contract, now=now),
        actor=actor,
        now=now,
    )


def good_until(contract: Contract, *, now: datetime) -> datetime:
    """Exclusive."""
    zone = contract.customer.time_zone
    return min(now + VALID, day_start(local_date(now, zone) + timedelta(days=1), zone))


def _data(quote: Quote) -> dict[str, object]:
    """What of a quote does not follow from the change itself."""
    return {
        "lines": [
            {
                "kind": line.kind.value,
                "name": line.name,
                "amount_minor": line.amount.minor,
                "calculation": None if line.calculation is None else asdict(line.calculation),
            }
            for line in quote.lines
        ],
        "credit_minor": quote.credit.minor,
        "unit": quote.unit,
        "deferred": quote.deferred,
        "interactions": list(quote.interactions),
        "replaces": None if quote.replaces is None else str(quote.replaces),
        "left_for_good": list(quote.left_for_good),
        "next_minor": quote.next_invoice.minor,
        "own": {"before": dict(quote.before.own), "after": dict(quote.after.own)},
        "interval": quote.after.price.interval,
        "later": list(quote.later),
        **rest_at(quote),
    }


def rest_at(quote: Quote) -> dict[str, str]:
    """What is kept of a quote beside the moment of its last step down: when package and licences begin before the plan."""
    earlier = quote.rest_at is not None and quote.rest_at != quote.begins_at
    return {"rest_at": quote.rest_at.isoformat()} if quote.rest_at is not None and earlier else {}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _line(seen: Mapping[str, Any], currency: str) -> QuotedLine:
    return QuotedLine(
        LineKind(seen["kind"]),
        seen["name"],
        Money(seen["amount_minor"], currency),
        how(seen["calculation"]),
    )
