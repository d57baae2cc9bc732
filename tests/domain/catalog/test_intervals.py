"""A plan's price has its interval: what costs so much a year is no price a month (CAT-2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abono.domain.catalog import actions, queries
from abono.domain.catalog.errors import NoPriceInCurrency
from tests.domain.catalog.edits import JUNE_1, SHIPPED_CATALOG, with_plan

pytestmark = pytest.mark.django_db


@pytest.mark.rule("CAT-2", part="interval: year")
@pytest.mark.rule("CAT-2", part="interval: month")
def test_a_price_a_year_stands_beside_the_one_a_month() -> None:
    expert = next(plan for plan in SHIPPED_CATALOG.plans if plan.code == "expert")
    [monthly] = [price for price in expert.prices if price.currency == "BRL"]
    yearly = replace(monthly, interval="year", price_minor=18_000_00)
    prices = tuple(sorted((*expert.prices, yearly)))
    actions.apply(catalog=with_plan("expert", prices=prices), actor="person:olga", now=JUNE_1)

    plan = queries.plan_on_sale(code="expert", at=JUNE_1)
    found = {
        interval: queries.plan_price(plan_id=plan.id, currency="BRL", interval=interval).price_minor
        for interval in ("month", "year")
    }
    assert found == {"month": 1_800_00, "year": 18_000_00}
    with pytest.raises(NoPriceInCurrency):  # only in the currency in which it was given
        queries.plan_price(plan_id=plan.id, currency="USD", interval="year")
