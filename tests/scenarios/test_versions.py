"""A contract keeps the version that it was sold; only new contracts have the new one (CAT-5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abono.domain.catalog import actions as catalog_actions
from abono.domain.catalog import reader
from abono.domain.invoicing import queries as invoices
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import CATALOG, DAY, JUNE_1, make_padaria, sign, use


@pytest.mark.rule("CAT-5", part="contracts keep theirs")
@pytest.mark.rule("CAT-5", part="new version for new contracts")
def test_a_dearer_plan_and_package_are_for_new_contracts_only(gateway):
    padaria = make_padaria()
    shipped = reader.read(CATALOG)
    plans = tuple(
        replace(
            plan, prices=tuple(replace(price, price_minor=2 * price.price_minor) for price in plan.prices)
        )
        for plan in shipped.plans
    )
    packages = tuple(
        replace(
            package, prices=tuple(replace(row, price_micro=2 * row.price_micro) for row in package.prices)
        )
        for package in shipped.packages
    )
    dearer = replace(shipped, plans=plans, packages=packages)
    catalog_actions.apply(catalog=dearer, actor="olga", now=JUNE_1 + DAY)

    renew_due(now=JULY_1)
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0]) == [
        ("plan", 1, 600_00),
        ("package", 1, 100_00),
    ]
    assert use(padaria.contract_id, 1, at=JULY_1)[0].price_micro == 550_000

    new = sign(now=JULY_1)
    assert lines_of(invoices.list_for_customer(new.customer_id)[0])[0] == ("plan", 1, 1_200_00)
    assert use(new.contract_id, 1, at=JULY_1)[0].price_micro == 1_100_000
