"""Plans that are sold by the year beside the month (CAT-10): ten months' price for twelve."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from abono.domain.catalog import actions
from abono.domain.catalog.content import Catalog
from tests.domain.catalog.edits import SHIPPED_CATALOG
from tests.remembered import remembered
from tests.world import JUNE_1, Tenant, sign

BEFORE = JUNE_1 - timedelta(days=30)


def sell_by_the_year(
    catalog: Catalog = SHIPPED_CATALOG, *, now: datetime = BEFORE, dearer: int = 0
) -> Catalog:
    """`dearer` is added to the price of each year, in minor units."""
    plans = [
        replace(
            plan,
            prices=tuple(
                sorted(
                    (
                        *plan.prices,
                        *(
                            replace(one, interval="year", price_minor=10 * one.price_minor + dearer)
                            for one in plan.prices
                        ),
                    )
                )
            ),
        )
        for plan in catalog.plans
    ]
    sold = replace(catalog, plans=tuple(plans))
    actions.apply(catalog=sold, actor="person:olga", now=now)
    return sold


@remembered
def a_year(*, plan: str = "specialist", package: str = "brl-100", now: datetime = JUNE_1) -> Tenant:
    """Padaria Sol with a contract whose plan is paid for by the year: 6,000.00 for that of 600.00 a month."""
    sell_by_the_year()
    signed = sign(plan=plan, package=package, interval="year", now=now)
    return Tenant(signed.customer_id, signed.contract_id, {})
