"""A sandbox customer's own clock: advancing it does what real time would have done (TIM-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from abono.domain.contracts.due import RENEW
from abono.domain.customers import queries as customers
from abono.domain.customers.errors import ClockOnlyForward, ClockTooFar, ClockUnderWay, NotASandbox
from abono.domain.customers.models import Advance, Customer
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State
from abono.domain.metering import queries as metering
from abono.domain.notices.types import Told
from abono.flows import advance_clock as advancing
from abono.flows import due_work
from abono.flows.advance_clock import advance_clock, happened
from abono.flows.endings.cancel import cancel
from abono.kernel.periods import cycle
from abono.platform import agenda, clock
from abono.platform.models import Due, Event
from abono.platform.running.alone import alone
from tests.scenarios.test_campaigns import SMS
from tests.scenarios.test_campaigns import hold as hold_campaign
from tests.work import renew_due, run_jobs, run_sandboxes
from tests.world import DAY, hold, make_padaria, use


@pytest.fixture
def padaria(gateway):
    return make_padaria(now=clock.now(), sandbox=True)


def advance(padaria, to, **more):
    """Names of the events on the way."""
    went = advance_clock(
        **{"customer_id": padaria.customer_id, "to": to, "actor": "ana", "real": clock.now(), **more}
    )
    return [one.name for one in happened(went, "en") if not isinstance(one, Told)]


def shown(padaria):
    return customers.moment_of(padaria.customer_id, real=clock.now()).now


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
    assert customers.moment_of(padaria.customer_id, real=clock.now()).now >= end
    newest = invoices.list_for_customer(padaria.customer_id)[0]
    assert newest.issued_at - end < timedelta(seconds=5)
    assert newest.total_minor == 710_00
    assert advance(
        padaria, customers.moment_of(padaria.customer_id, real=clock.now()).now + timedelta(seconds=1)
    ) == ["customer.clock_moved"]


@pytest.mark.rule("TIM-2", "TIM-4")
def test_a_year_in_one_step_bills_each_month_at_its_own_time(padaria):
    names = advance(padaria, cycle(padaria.contract.adhesion_date, 12, "America/Sao_Paulo").start)
    assert names.count("invoice.paid") == 12
    billed = invoices.list_for_customer(padaria.customer_id)
    for invoice in billed[:-1]:
        assert abs(invoice.issued_at - invoice.lines[0].period_start) < timedelta(seconds=60)


@pytest.mark.rule("TIM-2", "PKG-5")
def test_holds_of_a_sandbox_expire_by_its_own_clock(padaria):
    hold(padaria.contract_id, count=4, at=clock.now())
    advance(padaria, customers.moment_of(padaria.customer_id, real=clock.now()).now + timedelta(hours=25))
    now = customers.moment_of(padaria.customer_id, real=clock.now()).now
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
    with pytest.raises(ClockTooFar):
        advance(padaria, clock.now() + 1000 * DAY)
    assert not Advance.objects.exists()
    real = make_padaria(now=clock.now())
    with pytest.raises(NotASandbox):
        advance(real, clock.now() + DAY)
    assert customers.get(real.customer_id).clock_offset_s == 0


@pytest.mark.rule("TIM-2")
def test_a_clock_that_stands_past_a_cycle_of_which_nobody_took_notice_goes_on(padaria):
    Customer.objects.filter(id=padaria.customer_id).update(clock_offset_s=40 * 86_400)
    names = advance(padaria, customers.moment_of(padaria.customer_id, real=clock.now()).now + DAY)
    assert names.count("contract.cycle_started") == 1
    assert names.count("invoice.paid") == 1


@pytest.mark.rule("TIM-2", "INV-1")
def test_a_contract_that_ends_with_its_cycle_does_not_stop_the_clock(padaria):
    now = customers.moment_of(padaria.customer_id, real=clock.now()).now
    cancel(contract_id=padaria.contract_id, actor="ana", now=now)
    names = advance(padaria, now + 40 * DAY)
    assert "contract.ended" in names
    assert padaria.contract.cycle_number == 0


@pytest.mark.rule("TIM-2", "PKG-5")
def test_the_clock_stops_at_whatever_is_due_on_the_way(padaria):
    """A campaign ends after a day, the cycle after a month, and each does it at its own moment."""
    now = clock.now()
    hold_campaign(padaria, (SMS, 10), now=now)
    end = padaria.contract.cycle_end
    advance(padaria, end + DAY, real=now)
    stops = Event.objects.filter(name="customer.clock_moved").order_by("id")
    assert [one.data["due"] for one in stops] == [["expire_campaigns"], ["renew"], []]
    moves = [one.happened_at for one in stops]
    assert len(moves) == 3
    for at, due in zip(moves, (now + DAY, end, end + DAY), strict=True):
        assert abs(at - due) < timedelta(seconds=5)
    assert agenda.next_due(padaria.customer_id) == padaria.contract.cycle_end
    due = Due.objects.filter(customer_id=padaria.customer_id).exclude(kind="card_expires")
    assert due.count() == 1


@pytest.mark.rule("TIM-2", "OPS-1")
def test_what_a_worker_has_in_hand_is_waited_for(padaria, monkeypatch):
    monkeypatch.setattr(advancing, "PATIENCE_S", 0.1)
    end = padaria.contract.cycle_end
    assert agenda.claim(now=end, customer_id=padaria.customer_id, kinds=[RENEW]) is not None
    advance(padaria, end)
    assert "in hand for too long" in Advance.objects.get().trouble
    assert padaria.contract.cycle_number == 0

    Due.objects.update(held_until=Now())  # that worker was killed
    assert "invoice.paid" in advance(padaria, end)


@pytest.mark.rule("TIM-2", "OPS-1")
def test_the_sweep_calls_workers_by_each_sandboxs_own_clock(padaria):
    other = make_padaria(now=clock.now(), sandbox=True)
    Customer.objects.filter(id=padaria.customer_id).update(clock_offset_s=32 * 24 * 60 * 60)
    due_work.sweep(real=clock.now())
    run_jobs()
    assert (padaria.contract.cycle_number, other.contract.cycle_number) == (1, 0)
    assert invoices.list_for_customer(padaria.customer_id)[0].state is State.PAID


@pytest.mark.rule("TIM-2", part="says what happened")
def test_what_happened_is_said_in_order_each_at_its_moment_with_who_was_told(padaria):
    end = padaria.contract.cycle_end
    went = advance_clock(customer_id=padaria.customer_id, to=end, actor="ana", real=clock.now())
    said = [(one.notice.kind, *one.to) if isinstance(one, Told) else one.name for one in happened(went, "en")]
    assert said == [
        "customer.clock_moved",
        "contract.cycle_started",
        "package.expired",
        ("package_expired", "ana@padaria.example", "financeiro@padaria.example"),
        "invoice.issued",
        ("invoice_issued", "ana@padaria.example", "financeiro@padaria.example"),
        ("payment_received", "ana@padaria.example", "financeiro@padaria.example"),
        "invoice.paid",
    ]
    assert all(timedelta() <= one.happened_at - end < timedelta(seconds=1) for one in happened(went, "en"))


@pytest.mark.rule("TIM-2", part="same jobs, to quiet")
def test_an_advance_that_runs_out_of_time_goes_on_when_the_same_is_asked_and_ends_the_same(padaria):
    year = cycle(padaria.contract.adhesion_date, 12, "America/Sao_Paulo").start
    asked = {"customer_id": padaria.customer_id, "to": year, "actor": "ana"}
    calls = 0
    while advance_clock(**asked, real=clock.now(), within_s=0).arrived_at is None:
        calls += 1
        assert padaria.contract.cycle_number == calls
        with pytest.raises(ClockUnderWay):
            advance(padaria, year + DAY)
    assert padaria.contract.cycle_number == 12
    first = happened(advance_clock(**asked, real=clock.now()), "en")
    assert [one.name for one in first if not isinstance(one, Told)].count("invoice.paid") == 12
    advance(padaria, year + DAY)  # which is no part of the first
    assert happened(advance_clock(**asked, real=clock.now()), "en") == first


@pytest.mark.rule("TIM-2", part="own clock")
def test_a_clock_is_moved_by_one_at_a_time(padaria):
    before = shown(padaria)
    with alone(f"clock:{padaria.customer_id}"), pytest.raises(ClockUnderWay):
        advance(padaria, padaria.contract.cycle_end)
    assert not Advance.objects.exists()
    assert shown(padaria) - before < timedelta(seconds=30)


@pytest.mark.rule("TIM-2", part="same jobs, to quiet")
def test_work_that_fails_stops_the_clock_at_its_moment_and_is_tried_again_as_in_real_time(
    padaria, monkeypatch
):
    end = padaria.contract.cycle_end

    def broken(entry, moment):
        raise ValueError("no disk left")

    with monkeypatch.context() as trouble:
        trouble.setitem(due_work._BY_NAME, RENEW.name, broken)
        advance(padaria, end + DAY)
    [stopped] = Advance.objects.all()
    assert stopped.trouble == "renew, try 1: ValueError: no disk left"
    assert stopped.arrived_at is None
    assert timedelta() <= shown(padaria) - end < timedelta(seconds=30)
    assert padaria.contract.cycle_number == 0

    names = advance(padaria, end + DAY)
    assert names.count("invoice.paid") == 1
    issued = invoices.list_for_customer(padaria.customer_id)[0].issued_at
    assert timedelta(minutes=1) <= issued - end < timedelta(minutes=2)
    stopped.refresh_from_db()
    assert stopped.trouble == ""
    assert stopped.arrived_at is not None
