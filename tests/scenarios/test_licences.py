"""Extra licences beside those of the plan: bought for the days that are left, given up at the next cycle (LIC-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from abono.domain.catalog import actions as catalog_actions
from abono.domain.catalog import reader
from abono.domain.contracts import changes
from abono.domain.contracts.errors import ExtraLicencesNotSold, NothingChanges, TooManyLicences
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.flows.billing.project import project_invoice
from abono.flows.changes.undo import preview_undo, undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.quotes.kept import quote_of
from tests.books import check_books
from tests.scenarios.test_change_plan import JUNE_19
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import CATALOG, HOUR, accept, change, make_padaria, quote

DAY = timedelta(days=1)


@pytest.fixture
def padaria(gateway):
    return make_padaria()  # Specialist: 600.00 with 10 licences, each more 215.00; package of 100.00


def extra(padaria) -> int:
    return Contract.objects.get(id=padaria.contract_id).term.extra_licences


def of_licences(padaria, invoice):
    kinds = ("extra_licences", "licences_unused")
    return [
        (line.kind.value, line.name, line.quantity, line.amount_minor)
        for line in invoices.get(invoice.id).lines
        if line.kind.value in kinds
    ]


def newest(padaria):
    return invoices.list_for_customer(padaria.customer_id)[0]


@pytest.mark.rule("LIC-6", part="bought pro rata")
def test_licences_are_bought_for_the_days_that_are_left_and_then_by_the_month(padaria):
    asked = quote(padaria, licences=3, now=JUNE_19)
    seen = quote_of(changes.get(asked))
    [line] = seen.lines
    assert (line.kind.value, line.name, line.amount.minor) == ("extra_licences", "Specialist", 258_00)
    assert line.calculation is not None  # 3 × 215.00 × 12/30
    assert (line.calculation.quantity, line.calculation.fee_minor) == (3, 215_00)
    assert (seen.today.minor, seen.after.monthly.minor) == (258_00, 1_345_00)
    assert (extra(padaria), seen.begins_at) == (0, None)

    assert accept(padaria, asked, now=JUNE_19).paid

    assert extra(padaria) == 3
    assert newest(padaria).total_minor == 258_00
    projected = project_invoice(contract_id=padaria.contract_id)
    renew_due(now=JULY_1)
    assert projected is not None
    assert projected.total.minor == newest(padaria).total_minor == 1_345_00
    assert of_licences(padaria, newest(padaria)) == [("extra_licences", "Specialist", 3, 645_00)]
    assert check_books() == []


@pytest.mark.rule("LIC-6", part="given up at the next cycle")
def test_licences_that_are_given_up_are_there_until_the_next_cycle(padaria):
    change(padaria, licences=3, now=JUNE_19)
    asked = quote(padaria, licences=1, now=JUNE_19 + HOUR)
    seen = quote_of(changes.get(asked))
    assert (seen.lines, seen.later, seen.next_invoice.minor) == ((), ("licences",), 915_00)

    assert accept(padaria, asked, now=JUNE_19 + HOUR).charged is None

    assert extra(padaria) == 3
    renew_due(now=JULY_1)
    assert extra(padaria) == 1
    assert of_licences(padaria, newest(padaria)) == [("extra_licences", "Specialist", 1, 215_00)]
    assert newest(padaria).total_minor == 915_00


@pytest.mark.rule("LIC-6", part="given up at the next cycle")
def test_giving_up_licences_can_be_withdrawn(padaria):
    change(padaria, licences=3, now=JUNE_19)
    given_up = change(padaria, licences=0, now=JUNE_19 + HOUR).change_id

    withdraw_change(change_id=given_up, customer_id=padaria.customer_id, actor="ana", now=JUNE_19 + 2 * HOUR)

    renew_due(now=JULY_1)
    assert extra(padaria) == 3
    assert newest(padaria).total_minor == 1_345_00


@pytest.mark.rule("LIC-6", part="bought pro rata")
def test_with_another_plan_licences_stay_at_its_price(padaria):
    """Specialist to Expert with 12 of 30 days left: 3 licences of 215.00 become 3 of 160.00."""
    change(padaria, licences=3, now=JUNE_19)
    asked = quote(padaria, plan="expert", now=JUNE_19 + HOUR)
    seen = quote_of(changes.get(asked))
    assert [(line.kind.value, line.amount.minor) for line in seen.lines] == [
        ("plan_unused", -240_00),
        ("plan", 720_00),
        ("licences_unused", -258_00),
        ("extra_licences", 192_00),
    ]
    assert seen.after.monthly.minor == 1_800_00 + 100_00 + 480_00

    accept(padaria, asked, now=JUNE_19 + HOUR)

    assert extra(padaria) == 3
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == 2_380_00


@pytest.mark.rule("CHG-3", part="rank, part by part")
def test_a_change_may_raise_the_plan_and_lower_the_licences(padaria):
    change(padaria, licences=3, now=JUNE_19)
    seen = quote_of(changes.get(quote(padaria, plan="expert", licences=1, now=JUNE_19 + HOUR)))
    assert (seen.at_once, seen.later) == (("plan",), ("licences",))
    assert (seen.between.extra_licences, seen.after.extra_licences) == (3, 1)

    seen = quote_of(changes.get(quote(padaria, plan="starter", licences=5, now=JUNE_19 + HOUR)))
    assert (seen.at_once, seen.later) == (("licences",), ("plan",))
    assert [line.amount.minor for line in seen.lines] == [-258_00, 430_00]  # of Specialist's price
    assert seen.after.monthly.minor == 100_00 + 5 * 265_00


@pytest.mark.rule("CHG-4", part="two changes in a day")
def test_licences_bought_in_two_steps_of_a_day_cost_what_they_cost_at_once(padaria):
    at = JUNE_19 + 3 * DAY  # 9 of 30 days
    change(padaria, licences=1, now=at)
    change(padaria, licences=7, now=at + HOUR)
    renew_due(now=JULY_1)
    lines = [line for one in invoices.list_for_customer(padaria.customer_id) for line in one.lines]
    of_june = [
        line.amount_minor for line in lines if "licences" in line.kind.value and line.period_end == JULY_1
    ]
    assert sum(of_june) == 7 * 215_00 * 9 // 30


@pytest.mark.rule("CHG-9", part="goes back exactly")
def test_buying_licences_can_be_undone(padaria):
    bought = change(padaria, licences=3, now=JUNE_19).change_id
    at = JUNE_19 + HOUR / 2
    undo = preview_undo(change_id=bought, customer_id=padaria.customer_id, now=at)
    assert undo.credit.minor == 258_00

    undo_change(change_id=bought, customer_id=padaria.customer_id, actor="ana", now=at)

    assert extra(padaria) == 0
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == 700_00
    assert newest(padaria).credit_used_minor == 258_00
    assert check_books() == []


@pytest.mark.parametrize("asked", [-1, 100_001])
def test_a_contract_has_from_none_to_a_hundred_thousand_extra_licences(padaria, asked):
    with pytest.raises(TooManyLicences):
        quote(padaria, licences=asked, now=JUNE_19)
    assert extra(padaria) == 0


def test_as_many_licences_as_there_are_is_no_change(padaria):
    with pytest.raises(NothingChanges):
        quote(padaria, licences=0, now=JUNE_19)
    change(padaria, licences=100_000, now=JUNE_19)
    assert newest(padaria).total_minor == 8_600_000_00  # 100,000 × 215.00 × 12/30


def without_price(*codes: str) -> None:
    """A catalog in which some plans sell no extra licences: their price is 0."""
    shipped = reader.read(CATALOG)
    plans = tuple(
        replace(plan, prices=tuple(replace(price, extra_licence_minor=0) for price in plan.prices))
        if plan.code in codes
        else plan
        for plan in shipped.plans
    )
    catalog_actions.apply(catalog=replace(shipped, plans=plans), actor="olga", now=JUNE_19)


def test_a_plan_without_a_price_for_licences_sells_none(padaria):
    change(padaria, licences=2, now=JUNE_19)
    without_price("expert", "starter")
    at = JUNE_19 + HOUR
    with pytest.raises(ExtraLicencesNotSold):
        quote(padaria, plan="expert", now=at)
    with pytest.raises(ExtraLicencesNotSold):
        quote(padaria, plan="starter", licences=3, now=at)

    seen = quote_of(changes.get(quote(padaria, plan="expert", licences=0, now=at)))

    assert (seen.at_once, seen.later) == (("plan",), ("licences",))
    assert (seen.between.licences.minor, seen.after.monthly.minor) == (0, 1_900_00)
