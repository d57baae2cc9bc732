"""The form of the catalog file: each section, and what must fit together between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from abono.domain.catalog import countries
from abono.domain.catalog.content import (
    Catalog,
    ChannelEntry,
    FunctionEntry,
    KindEntry,
    Labels,
    PlanEntry,
    PlanPriceEntry,
)
from abono.domain.catalog.places import Place, check_code
from abono.domain.catalog.price_lists import packages
from abono.domain.catalog.types import USES
from abono.domain.customers.types import LANGUAGES
from abono.kernel.money import CURRENCIES, EXPONENT

INTERVALS = ("month", "year")
BY_CONTRACT, UNLIMITED = "by_contract", "unlimited"
_LIMITS = ("credits", "licences", "overage_limit")


def catalog(top: Place) -> Catalog:
    """The whole file. Mistakes are written down in `top.reading`; the result counts only without any."""
    found = top.fields("time_zone", "functions", "channels", "plans", "packages", optional=("countries",))
    functions = _functions(found["functions"])
    channels = _channels(found["channels"])
    plans = _plans(found["plans"], {entry.code for entry in functions})
    ladders = packages(
        found["packages"],
        channels={entry.code: entry for entry in channels},
        lists=_country_lists(found["countries"]),
        zone=found["time_zone"].zone(),
    )
    _same_currencies(found, plans, {entry.currency for entry in ladders})
    return Catalog(functions, channels, plans, ladders)


def _country_lists(place: Place) -> Mapping[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for name, item in place.entries().items() if place.given else ():
        check_code(item, name, longest=30)
        lists[name] = tuple(one.choice(countries.codes()) for one in item.items())
    return lists


def _labels(place: Place) -> Labels:
    return {language: text.text(longest=80) for language, text in place.fields(*LANGUAGES).items()}


def _functions(place: Place) -> tuple[FunctionEntry, ...]:
    found = []
    for position, (code, item) in enumerate(place.entries().items(), start=1):
        check_code(item, code, longest=40)
        found.append(FunctionEntry(code, _labels(item), position))
    return tuple(found)


def _channels(place: Place) -> tuple[ChannelEntry, ...]:
    found = []
    for position, (code, item) in enumerate(place.entries().items(), start=1):
        check_code(item, code, longest=20)
        fields = item.fields("labels", "priced", "kinds", "uses")
        uses = [use.choice(USES) for use in fields["uses"].items()]
        if len({*uses}) < len(uses):
            fields["uses"].wrong("a use comes twice", "Keep one of them")
        kinds = []
        for kind, labels in fields["kinds"].entries().items():
            check_code(labels, kind, longest=20)
            kinds.append(KindEntry(kind, _labels(labels)))
        by_country = fields["priced"].choice(("by_country", "worldwide")) == "by_country"
        found.append(
            ChannelEntry(code, _labels(fields["labels"]), position, by_country, tuple(kinds), tuple(uses))
        )
    return tuple(found)


def _plans(place: Place, functions: Collection[str]) -> tuple[PlanEntry, ...]:
    found: dict[str, PlanEntry] = {}
    ranks: dict[int, str] = {}
    for code, item in place.entries().items():
        check_code(item, code, longest=30)
        plan = _plan(code, item, functions, found)
        if plan.rank in ranks:
            item.wrong(
                f"the rank {plan.rank} is that of {ranks[plan.rank]} as well", "Give each plan its own"
            )
        if plan.most_chosen and any(other.most_chosen for other in found.values()):
            item.wrong("another plan is marked as most chosen already", "Mark one plan at most")
        ranks[plan.rank] = code
        found[code] = plan
    if place.given and not found:
        place.wrong("there is no plan", "Add at least one")
    return tuple(found.values())


def _plan(code: str, place: Place, functions: Collection[str], before: Mapping[str, PlanEntry]) -> PlanEntry:
    fields = place.fields(
        "name", "rank", *_LIMITS, "functions", optional=("on_request", "most_chosen", "includes", "prices")
    )
    plan = PlanEntry(
        code=code,
        name=fields["name"].text(longest=60),
        rank=fields["rank"].whole(least=1, most=1_000),
        on_request=fields["on_request"].flag(),
        most_chosen=fields["most_chosen"].flag(),
        credits=_or(fields["credits"], BY_CONTRACT, most=999_999_999),
        licences=_or(fields["licences"], BY_CONTRACT, most=999_999),
        limit_percent=_or(fields["overage_limit"], UNLIMITED, most=1_000),
        functions=_plan_functions(fields, functions, before),
        prices=_plan_prices(fields["prices"]),
    )
    if plan.on_request and fields["prices"].given:
        fields["prices"].wrong("a plan on request has no list price", "Remove prices, or on_request")
    elif not plan.on_request and not fields["prices"].given:
        place.wrong("the plan has no price", "Add prices, or `on_request: yes`")
    for name in ("credits", "licences"):
        if not plan.on_request and fields[name].given and getattr(plan, name) is None:
            fields[name].wrong("a plan with a list price says how much it includes", "Write a number")
    return plan


def _or(place: Place, word: str, *, most: int) -> int | None:
    """A whole number, or None for the one word that stands for none."""
    if place.given and getattr(place.node, "value", None) == word:
        return None
    return place.whole(most=most)


def _plan_functions(
    fields: Mapping[str, Place], functions: Collection[str], before: Mapping[str, PlanEntry]
) -> tuple[str, ...]:
    own = [item.choice(functions) for item in fields["functions"].items()]
    inherited: tuple[str, ...] = ()
    if fields["includes"].given:
        other = fields["includes"].scalar()
        if other in before:
            inherited = before[other].functions
        elif other:
            fields["includes"].wrong(
                f"{other[:40]!r} is no plan above this one", "Name a plan that stands before"
            )
    for index, code in enumerate(own):
        if code and (code in own[:index] or code in inherited):
            fields["functions"].wrong(f"the function {code} comes twice", "Keep one of them")
    return tuple(sorted({*own, *inherited}))


def _plan_prices(place: Place) -> tuple[PlanPriceEntry, ...]:
    found: dict[tuple[str, str], PlanPriceEntry] = {}
    for item in place.items() if place.given else ():
        fields = item.fields(
            "currency", "every", "price", "activation_fee", "extra_interaction", "extra_licence"
        )
        currency = fields["currency"].choice(CURRENCIES)
        decimals = EXPONENT.get(currency, 2)
        price = PlanPriceEntry(
            currency=currency,
            interval=fields["every"].choice(INTERVALS),
            price_minor=fields["price"].scaled(decimals=decimals),
            activation_fee_minor=fields["activation_fee"].scaled(decimals=decimals),
            extra_interaction_micro=fields["extra_interaction"].scaled(decimals=4) * 100,
            extra_licence_minor=fields["extra_licence"].scaled(decimals=decimals),
        )
        key = price.currency, price.interval
        if key in found:
            item.wrong(f"a second price in {currency} by the {price.interval}", "Keep one of them")
        found[key] = price
    return tuple(sorted(found.values()))


def _same_currencies(
    found: Mapping[str, Place], plans: Collection[PlanEntry], ladders: Collection[str]
) -> None:
    """A contract is a plan and a package in one currency (CON-1): neither alone can be sold."""
    priced = {price.currency for plan in plans for price in plan.prices}
    for currency in sorted(priced - {*ladders}):
        if currency in CURRENCIES:
            found["packages"].wrong(f"plans have prices in {currency}, packages have none", f"Add {currency}")
    for currency in sorted({*ladders} - priced):
        if currency in CURRENCIES:
            found["plans"].wrong(
                f"packages are sold in {currency}, plans are not", f"Add prices in {currency}"
            )
