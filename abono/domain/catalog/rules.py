"""Pure decisions: which route a send takes, what a ladder of packages may ask, and what applying a catalog does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from abono.domain.catalog.content import (
    Action,
    Catalog,
    Change,
    Changes,
    ChannelEntry,
    FunctionEntry,
    PackageEntry,
    PlanEntry,
    PlanPriceEntry,
    SessionPriceEntry,
)
from abono.domain.catalog.errors import ChannelScopeFixed
from abono.domain.catalog.types import EVERYWHERE, RouteKey
from abono.kernel.money import EXPONENT, MICRO

MOST_DETAILS = 12  # lines that tell one change; the rest is counted


def first_dearer(ladder: Sequence[int]) -> int | None:
    """Index of the first price that is higher than that of the package before it (CAT-3); None if none is.

    `ladder` goes from the smallest package to the biggest.
    """
    for index, (smaller, bigger) in enumerate(pairwise(ladder), start=1):
        if bigger > smaller:
            return index
    return None


def route_for[T](routes: Mapping[RouteKey, T], channel: str, kind: str, country: str) -> T | None:
    """What there is for a send to this country: its own route, else that of the whole world; None without either."""
    found = routes.get((channel, kind, country))
    return routes.get((channel, kind, EVERYWHERE)) if found is None else found


def allowed(uses: Collection[str], use: str) -> bool:
    """Whether a channel that is for `uses` may be used so (PKG-10)."""
    return use in uses


def compare(in_force: Catalog, wanted: Catalog, *, now: datetime) -> Changes:
    """What must happen at `now` so that `wanted` is on sale. Raises ChannelScopeFixed."""
    by_country = {channel.code: channel.by_country for channel in in_force.channels}
    for channel in wanted.channels:
        if by_country.get(channel.code, channel.by_country) != channel.by_country:
            raise ChannelScopeFixed(channel.code)  # prices in force would no longer be found
    return Changes(
        (
            *_named("function", in_force.functions, wanted.functions),
            *_named("channel", in_force.channels, wanted.channels),
            *_plans(in_force, wanted),
            *_packages(in_force, wanted, now),
        )
    )


def _named[E: (FunctionEntry, ChannelEntry)](
    noun: str, old: Sequence[E], new: Sequence[E]
) -> Iterator[Change]:
    """Functions and channels: one that is left out of the file stays, because old versions speak of it."""
    known = {entry.code: entry for entry in old}
    for entry in new:
        before = known.get(entry.code)
        if before is None:
            yield Change(Action.NEW, noun, entry.code)
        elif before != entry:
            yield Change(Action.UPDATED, noun, entry.code, ("names, order or uses",))


def _plans(in_force: Catalog, wanted: Catalog) -> Iterator[Change]:
    known = {plan.code: plan for plan in in_force.plans}
    for plan in wanted.plans:
        before = known.pop(plan.code, None)
        if before is None:
            yield Change(Action.NEW, "plan", plan.code, tuple(_plan_price(price) for price in plan.prices))
        elif before != plan:
            yield Change(Action.NEW_VERSION, "plan", plan.code, tuple(_plan_details(before, plan)))
    for code in known:
        yield Change(Action.WITHDRAWN, "plan", code)


def _plan_details(old: PlanEntry, new: PlanEntry) -> Iterator[str]:
    for field, word, nothing in (
        ("name", "name", ""),
        ("rank", "rank", ""),
        ("on_request", "on request", ""),
        ("most_chosen", "most chosen", ""),
        ("credits", "interactions a month", "by contract"),
        ("licences", "licences", "by contract"),
        ("limit_percent", "overage limit in %", "unlimited"),
    ):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield f"{word}: {nothing if before is None else before} → {nothing if after is None else after}"
    for code in sorted({*new.functions} - {*old.functions}):
        yield f"function gained: {code}"
    for code in sorted({*old.functions} - {*new.functions}):
        yield f"function lost: {code}"
    before_by = {(p.currency, p.interval): p for p in old.prices}
    after_by = {(p.currency, p.interval): p for p in new.prices}
    for key in sorted({*before_by} | {*after_by}):
        if before_by.get(key) != after_by.get(key):
            yield f"{_plan_price(before_by.get(key))} → {_plan_price(after_by.get(key))}"


def _plan_price(price: PlanPriceEntry | None) -> str:
    if price is None:
        return "no price"
    decimals = EXPONENT[price.currency]
    return (
        f"{price.currency} {_scaled(price.price_minor, decimals)} a {price.interval}"
        f" (activation {_scaled(price.activation_fee_minor, decimals)},"
        f" extra interaction {_micro(price.extra_interaction_micro)},"
        f" extra licence {_scaled(price.extra_licence_minor, decimals)})"
    )


def _packages(in_force: Catalog, wanted: Catalog, now: datetime) -> Iterator[Change]:
    known = {package.code: package for package in in_force.packages}
    for package in wanted.packages:
        before = known.pop(package.code, None)
        if before is None:
            value = f"{package.currency} {_scaled(package.value_minor, EXPONENT[package.currency])} a month"
            count = f"{len(package.prices)} session prices"
            yield Change(Action.NEW, "package", package.code, (value, count))
        elif before != package:
            action = Action.DATED_PRICES if _only_later_prices(before, package, now) else Action.NEW_VERSION
            yield Change(action, "package", package.code, _package_details(before, package))
    for code in known:
        yield Change(Action.WITHDRAWN, "package", code)


def _only_later_prices(old: PackageEntry, new: PackageEntry, now: datetime) -> bool:
    """Whether nothing that was sold changes: all rows stay, and each added one begins after `now` (CAT-6).

    The added row must be the newest of its route as well, so that no price already announced is replaced.
    """
    if (old.currency, old.value_minor) != (new.currency, new.value_minor) or not {*old.prices} <= {
        *new.prices
    }:
        return False
    newest = {price.route: price.valid_from for price in old.prices}  # sorted by date within a route
    return all(price.valid_from > max(now, newest.get(price.route, now)) for price in added_prices(old, new))


def added_prices(old: PackageEntry, new: PackageEntry) -> list[SessionPriceEntry]:
    """Rows of `new` that `old` has not, sorted by route and date."""
    return sorted({*new.prices} - {*old.prices})


def _package_details(old: PackageEntry, new: PackageEntry) -> tuple[str, ...]:
    lines = []
    if (old.currency, old.value_minor) != (new.currency, new.value_minor):
        lines.append(f"value: {_value(old)} → {_value(new)}")
    before = {(*p.route, p.valid_from): p for p in old.prices}
    after = {(*p.route, p.valid_from): p for p in new.prices}
    same: dict[tuple[str, str], list[str]] = defaultdict(list)  # one line for all countries of one change
    for key in sorted({*before} | {*after}):
        if before.get(key) != after.get(key):
            channel, kind, country, since = key
            change = f"{_row(before.get(key))} → {_row(after.get(key))}"
            same[f"{channel} {kind}", f"from {since.isoformat(timespec='minutes')}: {change}"].append(country)
    lines += [f"{send} {', '.join(where)} {change}" for (send, change), where in same.items()]
    more = len(lines) - MOST_DETAILS
    return tuple(lines) if more <= 0 else (*lines[:MOST_DETAILS], f"and {more} more")


def _value(package: PackageEntry) -> str:
    return f"{package.currency} {_scaled(package.value_minor, EXPONENT[package.currency])}"


def _row(price: SessionPriceEntry | None) -> str:
    """A price with those of its rules that are not the ordinary ones (CAT-9)."""
    if price is None:
        return "no price"
    terms, free, window = price.terms, price.terms.free, price.terms.window
    said = [_micro(price.price_micro)]
    if terms.unit != "message":
        said.append(f"a {terms.unit}")
    if terms.draws_at != "sent":
        said.append(f"when {terms.draws_at}")
    if free:
        said.append(f"{free.quantity:,} free a {free.period} for each {free.scope} ({free.zone})")
    if window:
        said.append(f"free for {window.hours} hours after {window.after}")
    if price.cost:
        said.append(f"costs {price.cost.currency} {_scaled(price.cost.micro, 6)}")
    return ", ".join(said)


def _micro(price_micro: int) -> str:
    return _scaled(price_micro * 10_000 // MICRO, 4)


def _scaled(value: int, decimals: int) -> str:
    whole, rest = divmod(value, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}d}" if decimals else f"{whole:,}"
