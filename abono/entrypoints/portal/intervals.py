"""By the month or by the year: how a plan is paid for, in words, with what a year saves (CAT-10)."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PlanPriceInfo
from abono.domain.contracts.types import MONTH, YEAR
from abono.kernel.money import Money
from abono.platform import formats


def prices_of(plan_id: UUID, currency: str) -> dict[str, PlanPriceInfo]:
    """What a plan costs by each interval by which it is sold."""
    found = {
        interval: catalog.priced_plan(plan_id=plan_id, currency=currency, interval=interval)[1]
        for interval in (MONTH, YEAR)
    }
    return {interval: price for interval, price in found.items() if price is not None}


def choices(prices: dict[str, PlanPriceInfo], language: str) -> list[tuple[str, str]]:
    """To choose from; none where there is no choice."""
    if len(prices) < 2:
        return []
    month, year = (formats.money(prices[one].price, language) for one in (MONTH, YEAR))
    saves = saved(prices)
    by_year = (
        _("once a year: {price}")
        if saves is None
        else _("once a year: {price}, {saved} less than twelve months")
    )
    less = "" if saves is None else formats.money(saves, language)
    return [
        (MONTH, _("each month: {price}").format(price=month)),
        (YEAR, by_year.format(price=year, saved=less)),
    ]


def saved(prices: dict[str, PlanPriceInfo]) -> Money | None:
    """By a year instead of twelve months; None for nothing."""
    minor = 12 * prices[MONTH].price_minor - prices[YEAR].price_minor
    return Money(minor, prices[YEAR].currency) if minor > 0 else None
