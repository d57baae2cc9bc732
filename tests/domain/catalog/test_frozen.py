"""What was sold once never changes: the database itself says no (CAT-5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from abono.domain.catalog import actions
from abono.domain.catalog.content import Changes
from abono.domain.catalog.in_force import in_force
from abono.domain.catalog.models import Package, Plan, PlanPrice, SessionPrice
from tests.domain.catalog.edits import AUGUST_1, JULY_1, JUNE_1, SHIPPED_CATALOG, with_plan

WRITES: dict[str, Callable[[], object]] = {
    "a plan's name": lambda: Plan.objects.filter(code="expert").update(name="Other"),
    "a plan's allowance": lambda: Plan.objects.filter(code="expert").update(included_credits=1),
    "a plan's functions": lambda: Plan.objects.filter(code="expert").update(function_codes=[]),
    "a plan, closed and changed": lambda: Plan.objects.update(on_sale_until=JULY_1, rank=1),
    "a plan's price": lambda: PlanPrice.objects.update(price_minor=1),
    "a package's value": lambda: Package.objects.filter(code="brl-100").update(value_minor=1),
    "a session price": lambda: SessionPrice.objects.update(price_micro=1),
    "a session price's date": lambda: SessionPrice.objects.update(valid_from=JUNE_1),
    "no plan price": lambda: PlanPrice.objects.all().delete(),
    "no session price": lambda: SessionPrice.objects.all().delete(),
    "no plan": lambda: Plan.objects.filter(code="enterprise").delete(),
    "an earlier session price": lambda: SessionPrice.objects.create(
        package=(row := SessionPrice.objects.order_by("id")[0]).package,
        route=row.route,
        valid_from=row.valid_from - timedelta(days=1),
        price_micro=1,
    ),
}


@pytest.mark.rule("CAT-5", part="never changes")
@pytest.mark.django_db
def test_the_database_refuses_to_change_what_was_sold() -> None:
    actions.apply(catalog=SHIPPED_CATALOG, actor="person:olga", now=JUNE_1)
    for what, write in WRITES.items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            write()
        assert re.search(r"CAT-[56]", str(refused.value)), what
    assert in_force() == SHIPPED_CATALOG


@pytest.mark.rule("CAT-5", part="never changes")
@pytest.mark.django_db
def test_a_withdrawn_version_stays_withdrawn() -> None:
    actions.apply(catalog=SHIPPED_CATALOG, actor="person:olga", now=JUNE_1)
    Plan.objects.filter(code="expert").update(on_sale_until=JULY_1)
    for moment in (None, AUGUST_1):
        with pytest.raises(IntegrityError, match="CAT-5"), transaction.atomic():
            Plan.objects.filter(code="expert").update(on_sale_until=moment)


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("CAT-8")
def test_of_two_who_apply_at_once_the_second_finds_it_done() -> None:
    def apply(number: int) -> Changes:
        try:
            return actions.apply(catalog=wanted, actor=f"person:{number}", now=JULY_1)
        finally:
            connection.close()

    actions.apply(catalog=SHIPPED_CATALOG, actor="person:olga", now=JUNE_1)
    wanted = with_plan("expert", credits=2_500)
    with ThreadPoolExecutor(4) as threads:
        done = [changes for changes in threads.map(apply, range(4)) if changes]
    assert len(done) == 1
    assert Plan.objects.filter(code="expert").count() == 2
