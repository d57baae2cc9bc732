from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _

MOST_PROBLEMS = 50  # after so many a file is not read on


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a catalog file: where, what, and how to mend it."""

    file: str
    line: int  # from 1
    path: str  # "plans.expert.prices[0].price"
    reason: str
    mend: str

    def __str__(self) -> str:
        end = "" if self.mend.endswith("?") else "."
        return f"{self.file}:{self.line}: {self.path}: {self.reason}. {self.mend}{end}"


class CatalogRefused(Refusal):
    """The file is refused whole (CAT-8). `problems` are in the order of the file, at most 50."""

    code = "catalog.refused"
    kind = Kind.INVALID
    message = _("The catalog {file} is refused; problems found: {count}.")
    file: str
    count: int
    problems: tuple[Problem, ...]

    @property
    def cut(self) -> bool:
        """Whether there may be more problems than those listed."""
        return self.count >= MOST_PROBLEMS


class ChannelScopeFixed(Refusal):
    code = "catalog.channel_scope_fixed"
    kind = Kind.CONFLICT
    message = _(
        "The channel {channel} is in force and cannot move between prices by country and one price for the "
        "whole world. Give the new way a channel code of its own."
    )
    channel: str


class PlanNotOnSale(Refusal):
    code = "catalog.plan_not_on_sale"
    kind = Kind.CONFLICT
    message = _("The plan {plan} is not on sale.")
    plan: str


class PackageNotOnSale(Refusal):
    code = "catalog.package_not_on_sale"
    kind = Kind.CONFLICT
    message = _("The channel package {package} is not on sale.")
    package: str


class NoSuchPlan(Refusal):
    code = "catalog.plan_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such plan.")


class NoSuchPackage(Refusal):
    code = "catalog.package_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such channel package.")


class NoPriceInCurrency(Refusal):
    """The plan is on request, or not sold in this currency and interval."""

    code = "catalog.no_price_in_currency"
    kind = Kind.CONFLICT
    message = _("The plan {plan} has no price in {currency} for this interval.")
    plan: str
    currency: str
    interval: str


class CurrencyNotSold(Refusal):
    code = "catalog.currency_not_sold"
    kind = Kind.NOT_FOUND
    message = _("Nothing is sold in {currency}.")
    currency: str


class CountryNotServed(Refusal):
    code = "catalog.country_not_served"
    kind = Kind.NOT_FOUND
    message = _("No channel has a price for {country} in {currency}.")
    country: str
    currency: str
