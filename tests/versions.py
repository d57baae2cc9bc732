"""Newer versions of what Padaria Sol was sold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import actions as catalog_actions
from abono.domain.catalog import reader
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows.versions.preview import preview_versions
from abono.platform import clock
from tests.remembered import lately, remembered
from tests.world import CATALOG, DAY, HOUR, JUNE_1, Tenant


@remembered
def new_versions(now: datetime = JUNE_1 + HOUR) -> None:
    """Specialist goes from BRL 600 to 650 and from 500 interactions to 400, extra ones from 3.00 to 4.00; sends cost
    a tenth more in every package. Prices may rise at once, once it was told (CAT-13)."""
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=now)
    shipped = reader.read(CATALOG)
    plans = tuple(
        replace(
            plan,
            credits=400,
            prices=tuple(
                replace(
                    price,
                    price_minor=price.price_minor + 50_00,
                    extra_interaction_micro=price.extra_interaction_micro + 1_000_000,
                )
                for price in plan.prices
            ),
        )
        if plan.code == "specialist"
        else plan
        for plan in shipped.plans
    )
    packages = tuple(
        replace(
            package,
            prices=tuple(replace(row, price_micro=row.price_micro * 11 // 10) for row in package.prices),
        )
        for package in shipped.packages
    )
    catalog_actions.apply(catalog=replace(shipped, plans=plans, packages=packages), actor="olga", now=now)


def previewed(padaria: Tenant) -> UUID:
    """A preview of Padaria Sol's move to the newer Specialist."""
    new_versions(now=lately() - DAY)
    return preview_versions(
        plan_code="specialist",
        package_code="",
        contract_ids=[padaria.contract_id],
        actor="olga",
        now=clock.now(),
    )
