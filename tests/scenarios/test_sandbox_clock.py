"""A sandbox customer's own clock: advancing it does what real time would have done (TIM-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.customers.errors import ClockOnlyForward, NotASandbox
from abono.domain.customers.models import Customer
from abono.domain.invoicing import queries as invoices
from abono.domain.metering import queries as metering
from abono.flows.advance_clock import advance_clock
from abono.platform import clock
from tests.work import renew_due, run_sandboxes
from tests.world import DAY, hold, make_padaria, use


@pytest.fixture
def padaria(gateway):
    return make_padaria(now=clock.now(), sandbox=True)


def advance(padaria, to):
    return [h.name for h in advance_clock(customer_id=padaria.customer_id, to=to, actor="ana")]


@pytest.mark.rule("TIM-2", part="same jobs, to quiet")
def test_advancing_to_the_next_cycle_renews_invoices_and_collects(padaria):
    use(padaria.contract_id, 200, at=clock.now())  # 110.00: 10.00 beyond the package
    end = padaria.contract.cycle_end

    names = advance(padaria, end)

    assert [n for n in names if n.startswith(("contract", "package", "invoice"))] == [
        "contract.cycle_started",
        "package.expired",
        "invoice.issued",
        "invoice.paid",
    ]
    assert customers.now_of(padaria.customer_id) >= end
    newest = invoices.list_for_customer(padaria.customer_id)[0]
    assert newest.issued_at - end < timedelta(seconds=5)
    assert newest.total_minor == 710_00
    assert advance(padaria, customers.now_of(padaria.customer_id) + timedelta(seconds=1)) == [
        "customer.clock_moved"
    ]


@pytest.mark.rule("TIM-2", "TIM-4")
def test_a_year_in_one_step_bills_each_month_at_its_own_time(padaria):
    start = padaria.contract.cycle_start
    names = advance(padaria, start + 365 * DAY)
    assert names.count("invoice.paid") == 12
    billed = invoices.list_for_customer(padaria.customer_id)
    for invoice in billed[:-1]:
        assert abs(invoice.issued_at - invoice.lines[0].period_start) < timedelta(seconds=60)


@pytest.mark.rule("TIM-2", "PKG-5")
def test_holds_of_a_sandbox_expire_by_its_own_clock(padaria):
    hold(padaria.contract_id, count=4, at=clock.now())
    advance(padaria, customers.now_of(padaria.customer_id) + timedelta(hours=25))
    now = customers.now_of(padaria.customer_id)
    assert metering.balance(contract_id=padaria.contract_id, at=now).held_micro == 0


@pytest.mark.rule("TIM-2")
def test_the_schedule_of_real_customers_leaves_a_sandbox_alone(padaria):
    end = padaria.contract.cycle_end
    assert renew_due(now=end + DAY) == 0
    run_sandboxes()
    assert padaria.contract.cycle_number == 0


@pytest.mark.rule("TIM-2", part="own clock")
def test_only_a_sandbox_has_a_clock_and_it_only_goes_forward(gateway, padaria):
    with pytest.raises(ClockOnlyForward):
        advance(padaria, clock.now() - DAY)
    with pytest.raises(ClockOnlyForward):
        advance_clock(customer_id=padaria.customer_id, to=clock.now() + 1000 * DAY, actor="ana")
    real = make_padaria(now=clock.now())
    with pytest.raises(NotASandbox):
        advance(real, clock.now() + DAY)
    assert customers.get(real.customer_id).clock_offset_s == 0


@pytest.mark.rule("TIM-2")
def test_a_clock_that_stands_past_a_cycle_of_which_nobody_took_notice_goes_on(padaria):
    Customer.objects.filter(id=padaria.customer_id).update(clock_offset_s=40 * 86_400)
    names = advance(padaria, customers.now_of(padaria.customer_id) + DAY)
    assert names.count("contract.cycle_started") == 1
    assert names.count("invoice.paid") == 1


@pytest.mark.rule("TIM-2", "INV-1")
def test_a_contract_that_ends_with_its_cycle_does_not_stop_the_clock(padaria):
    Contract.objects.filter(id=padaria.contract_id).update(state="ending")
    advance(padaria, customers.now_of(padaria.customer_id) + 40 * DAY)
    assert padaria.contract.cycle_number == 0
