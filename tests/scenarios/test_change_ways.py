"""How a change is reckoned where a setting says otherwise: steps down at once, seconds, no share, the next invoice (CHG-3, CHG-4, CHG-5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abono.domain.contracts import changes
from abono.domain.contracts.errors import UndoUsed
from abono.domain.contracts.states import ChangeState
from abono.domain.credit import queries as credit
from abono.domain.invoicing.labels import sentence
from abono.domain.invoicing.models import Invoice
from abono.domain.metering.rules import SendingState
from abono.domain.settings import known
from abono.domain.settings.actions import set_value
from abono.flows.billing.project import project_invoice
from abono.flows.changes.undo import preview_undo
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.parts import Quote
from abono.kernel.periods import Period
from abono.kernel.proration import difference, seconds_left
from tests.books import check_books
from tests.scenarios.test_change_plan import JUNE_19, newest
from tests.scenarios.test_change_rules import sell_expert_for
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import state_of
from tests.scenarios.test_money_in_time import contacts
from tests.scenarios.test_undo import MINUTE, stands, undo
from tests.unit.kernel.test_billing_arithmetic import EXAMPLES, micro, minor
from tests.versions import new_versions
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, accept, make_padaria, quote, use


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def put(setting: known.Setting, value: object) -> None:
    set_value(setting=setting, value=value, actor="person:olga", why="a test", now=JUNE_1)


def made(padaria: Tenant, *, now=JUNE_19, **wanted: str):
    """Its id, and what was seen of it. What was previewed is what happens."""
    asked = quote(padaria, now=now, **wanted)
    seen = quote_of(changes.get(asked))
    accept(padaria, asked, now=now)
    assert quote_of(changes.get(asked)) == seen
    return asked, seen


def amounts(seen: Quote) -> list[tuple[str, str, int]]:
    return [(line.kind.value, line.name, line.amount.minor) for line in seen.lines]


@pytest.mark.rule("CHG-3", part="a step down: default")
def test_as_it_ships_a_step_down_waits_for_the_next_cycle(padaria):
    _asked, seen = made(padaria, plan="starter")
    assert (seen.at_once, seen.later, padaria.contract.plan_code) == ((), ("plan",), "specialist")


@pytest.mark.rule("CHG-3", part="a step down: other")
@pytest.mark.rule("CHG-5", part="step down")
@pytest.mark.rule("CHG-4", part="negative on the next invoice")
def test_a_step_down_at_once_takes_back_days_and_interactions_and_what_was_opened_beyond_is_extra(
    padaria, gateway
):
    put(known.CHANGE_STEP_DOWN, "at_once")
    contacts(padaria, 450, at=JUNE_1 + 2 * DAY)
    asked, seen = made(padaria, plan="starter")
    # 12 of 30 days: 0.00 × 12/30 − 600.00 × 12/30; 500 − ⌈400 × 12/30⌉
    assert (seen.difference.minor, seen.today.minor, seen.interactions) == (-240_00, 0, (500, 340))
    assert seen.next_invoice.minor == 0  # 100.00 − 240.00: the rest stands on the one after it
    assert (padaria.contract.plan_code, len(gateway.book)) == ("starter", 1)
    assert ChangeState(changes.get(asked).state) is ChangeState.APPLIED
    assert state_of(padaria, at=JUNE_19).included_interactions == 340
    renew_due(now=JULY_1)
    july = newest(padaria)
    # 110 beyond 340 opened while each cost 3.00
    assert lines_of(july) == [
        ("plan", 1, 0),
        ("package", 1, 100_00),
        ("extra_interactions", 110, 330_00),
        ("plan_unused", 1, -240_00),
    ]
    assert check_books() == []


@pytest.mark.rule("CHG-5", part="step down")
@pytest.mark.parametrize("row", [row for name, row in EXAMPLES if name == "lowered"], ids=str)
def test_a_smaller_package_at_once_is_the_worked_example_and_is_undone_exactly(gateway, row):
    _package, _to, limit, used, back, ends_at, beyond = row
    padaria = make_padaria(plan="specialist" if limit == "100" else "starter", package="brl-250")
    put(known.CHANGE_STEP_DOWN, "at_once")
    use(padaria.contract_id, micro(used) // 530_000)
    before = stands(padaria)
    asked, seen = made(padaria, package="brl-100")
    assert amounts(seen) == [("package_back", "brl-250", -minor(back))]
    held = state_of(padaria, at=JUNE_19)
    assert (held.value_micro, held.ceiling_micro, held.used_micro) == (
        100_000_000,
        micro(ends_at),
        micro(used),
    )
    assert project_invoice(contract_id=padaria.contract_id).use_total.minor == minor(beyond)

    undo(padaria, asked)
    assert (stands(padaria), padaria.contract.package_code) == (before, "brl-250")
    made(padaria, package="brl-100", now=JUNE_19 + HOUR)
    if micro(ends_at) == micro(used):
        [no] = use(padaria.contract_id, 1, at=JUNE_19 + 2 * HOUR)
        assert not no.status.granted
        assert state_of(padaria, at=JUNE_19).sending_state is SendingState.BLOCKED
    renew_due(now=JULY_1)
    july = sum(
        amount for kind, _n, amount in lines_of(newest(padaria)) if kind in ("package_back", "overage")
    )
    assert july == minor(beyond) - minor(back)
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="nothing was used")
def test_a_step_down_at_once_is_not_undone_once_a_send_had_its_price(gateway):
    padaria = make_padaria(package="brl-250")
    put(known.CHANGE_STEP_DOWN, "at_once")
    asked, _seen = made(padaria, package="brl-100")
    use(padaria.contract_id, 1, at=JUNE_19 + MINUTE)
    with pytest.raises(UndoUsed):
        preview_undo(change_id=asked, customer_id=padaria.customer_id, now=JUNE_19 + 2 * MINUTE)


@pytest.mark.rule("CHG-4", part="negative on the next invoice")
def test_what_the_next_invoices_cannot_bear_is_taken_off_the_ones_after_them(gateway):
    padaria = make_padaria(plan="starter", package="brl-500")
    put(known.CHANGE_STEP_DOWN, "at_once")
    made(padaria, package="brl-100")
    totals = []
    for _ in range(6):
        renew_due(now=padaria.contract.cycle_end)
        totals.append(newest(padaria).total_minor)
    assert totals == [0, 0, 0, 0, 100_00, 100_00]  # 400.00 are given back, 100.00 a month
    assert check_books() == []


@pytest.mark.rule("CHG-5", part="interactions: default")
@pytest.mark.rule("CHG-5", part="interactions: other")
@pytest.mark.parametrize(("value", "then"), [(None, 500 + 1_500 * 12 // 30), ("whole", 2_000)])
def test_interactions_come_for_the_days_that_are_left_or_all_at_once(padaria, value, then):
    if value is not None:
        put(known.CHANGE_INTERACTIONS, value)
    _asked, seen = made(padaria, plan="expert")
    assert seen.interactions == (500, then)
    assert state_of(padaria, at=JUNE_19).included_interactions == then


@pytest.mark.rule("CHG-4", part="proration: default")
@pytest.mark.rule("CHG-4", part="proration: other")
@pytest.mark.rule("CHG-10", part="calculation as data")
@pytest.mark.parametrize(
    ("unit", "lines"),
    [
        ("day", [("plan_unused", "Specialist", -240_00), ("plan", "Professional", 1_560_00)]),
        ("second", [("plan_unused", "Specialist", -230_00), ("plan", "Professional", 1_495_00)]),
        ("none", []),
    ],
)
def test_a_fee_is_shared_by_days_or_seconds_or_not_at_all(padaria, gateway, unit, lines):
    put(known.CHANGE_PRORATION, unit)
    noon = JUNE_19.replace(hour=15)
    _asked, seen = made(padaria, plan="professional", package="brl-250", now=noon)
    # The package is paid for, on whatever day and by whatever unit.
    assert amounts(seen) == [*lines, ("package_raise", "brl-250", 150_00)]
    assert (seen.today, seen.next_invoice.minor) == (seen.difference, 4_150_00)
    if unit == "second":
        line = seen.lines[1]
        said = sentence(line.name, line.calculation, line.amount, "en")
        how = "993600 of 2592000 seconds: R$3,900.00 × 993600/2592000 = R$1,495.00"
        assert said == f"Professional, {how}"
    put(known.CHANGE_PRORATION, "day")  # with a word that comes later what was charged stays as it is
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 3_900_00), ("package", 1, 250_00)]
    assert check_books() == []


@given(st.integers(0, 30 * 86_400 - 1), st.integers(0, 10**7), st.integers(0, 10**7))
@settings(max_examples=200, deadline=None)
def test_by_seconds_a_change_and_its_way_back_cost_nothing(second, fee, other):
    cycle = Period(JUNE_1, JUNE_1 + 30 * DAY)
    share = seconds_left(cycle, JUNE_1 + timedelta(seconds=second))
    assert difference(fee, other, share) == -difference(other, fee, share)
    assert 0 < share.left <= share.of == 30 * 86_400


@pytest.mark.rule("CHG-4", part="difference put on the next invoice: default")
@pytest.mark.rule("CHG-4", part="difference put on the next invoice: other")
@pytest.mark.rule("CHG-4", part="how it is paid")
@pytest.mark.parametrize("put_off", [False, True])
def test_the_difference_is_charged_at_once_or_put_on_the_next_invoice(padaria, gateway, put_off):
    if put_off:
        put(known.CHANGE_DIFFERENCE, "next_invoice")
    asked, seen = made(padaria, plan="expert")
    assert seen.deferred is put_off
    assert (seen.today.minor, seen.next_invoice.minor) == (
        (0, 2_380_00) if put_off else (480_00, 1_900_00)  # 12 of 30 days of 1,200.00 more
    )
    assert (len(gateway.book), padaria.contract.plan_code) == (1 if put_off else 2, "expert")
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming.charge == seen.next_invoice
    if put_off:  # it is undone without a trace of money
        undo(padaria, asked)
        assert project_invoice(contract_id=padaria.contract_id).charge.minor == 700_00
        assert credit.balance(padaria.contract_id) == 0
        made(padaria, plan="expert", now=JUNE_19 + HOUR)
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == seen.next_invoice.minor
    assert check_books() == []


@pytest.mark.rule("CHG-4", part="minimum: default")
@pytest.mark.rule("CHG-4", part="minimum: other")
@pytest.mark.parametrize(("minimum", "deferred"), [(None, True), ("BRL 40", False), ("none", False)])
def test_less_than_any_means_takes_goes_to_the_next_invoice(padaria, gateway, minimum, deferred):
    if minimum is not None:
        put(known.CHANGE_MINIMUM, minimum)
    sell_expert_for(601_10)  # 12 of 30 days of 1.10 more: 0.44
    _asked, seen = made(padaria, plan="expert")
    assert (seen.deferred, seen.today.minor) == (deferred, 0 if deferred else 44)
    assert len(gateway.book) == (1 if deferred else 2)
    assert Invoice.objects.filter(reason="change").exists() is not deferred
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == 701_10 + (44 if deferred else 0)


@pytest.mark.rule("CHG-4", part="from the invoiced line")
def test_what_is_unused_is_of_the_line_that_was_invoiced_and_not_of_todays_price_list(padaria):
    """Its plan costs something else for new customers meanwhile: it gives back of what was paid."""
    new_versions()
    seen = quote_of(changes.get(quote(padaria, plan="expert", now=JUNE_19)))
    assert amounts(seen)[0] == ("plan_unused", "Specialist", -240_00)


@pytest.mark.rule("CHG-1", part="to the cent")
def test_the_next_invoice_that_a_quote_shows_has_what_earlier_changes_left_for_it(padaria):
    put(known.CHANGE_STEP_DOWN, "at_once")
    made(padaria, plan="starter")  # 12 of 30 days of 600.00 come back
    _asked, seen = made(padaria, package="brl-500", now=JUNE_19 + HOUR)
    assert (seen.today.minor, seen.next_invoice.minor) == (400_00, 500_00 - 240_00)
    assert project_invoice(contract_id=padaria.contract_id).charge == seen.next_invoice


@pytest.mark.rule("CHG-1", part="to the cent")
def test_the_next_invoice_that_a_quote_shows_has_no_fees_where_they_are_billed_afterwards_from_then_on(
    padaria,
):
    put(known.FEES_BILLED, "afterwards")  # of June they were billed already
    _asked, seen = made(padaria, plan="expert")
    assert (seen.today.minor, seen.next_invoice.minor) == (480_00, 0)
    assert project_invoice(contract_id=padaria.contract_id).charge == seen.next_invoice


@pytest.mark.rule("CHG-4", part="difference put on the next invoice: other")
@pytest.mark.rule("INV-7", part="inside or on top")
def test_fees_that_make_up_for_each_other_on_the_next_invoice_have_the_taxes_of_each(padaria):
    put(known.CHANGE_STEP_DOWN, "at_once")
    put(known.CHANGE_DIFFERENCE, "next_invoice")
    on_top = {"country": "BR", "way": "on_top"}
    rates = [("ISS", "licensing", "5"), ("PIS", "sva", "9.25")]
    put(known.TAXES, [{**on_top, "name": n, "fiscal_type": of, "percent": p} for n, of, p in rates])
    # 20 of 30 days of 600.00 come back, and the package costs 400.00 more: 5 % and 9.25 % of 400.00 differ by 17.00
    _asked, seen = made(padaria, plan="starter", package="brl-500", now=JUNE_1 + 10 * DAY)
    assert (seen.difference.minor, seen.deferred, seen.next_invoice.minor) == (17_00, True, 546_25 + 17_00)
    assert project_invoice(contract_id=padaria.contract_id).charge == seen.next_invoice
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == seen.next_invoice.minor
    assert check_books() == []


@pytest.mark.rule("CHG-4", part="negative on the next invoice")
@pytest.mark.parametrize("wanted", [{"plan": "starter", "licences": 0}, {"licences": 0}])
def test_a_plan_or_licences_given_up_at_once_are_taken_off_all_the_invoices_that_it_takes(gateway, wanted):
    padaria = make_padaria()
    put(known.CHANGE_STEP_DOWN, "at_once")
    made(padaria, licences=40, now=JUNE_1 + HOUR)  # 8,600.00
    made(padaria, **wanted)  # 12 of 30 days: 3,440.00, and 240.00 with the plan
    monthly = 100_00 if "plan" in wanted else 700_00
    back = 3_440_00 + (240_00 if "plan" in wanted else 0)
    for month in range(1, 5):
        renew_due(now=padaria.contract.cycle_end)
        assert newest(padaria).total_minor == max(0, month * monthly - back), month
    assert check_books() == []
