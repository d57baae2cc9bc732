"""Money at the edges of time: late in the evening, before the schedule ran, after a cycle was billed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import connection

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.types import HoldStatus, NewCycle
from abono.flows.billing.renew import renew
from abono.kernel.ids import event_key, uuid7
from abono.kernel.periods import cycle
from tests.books import check_books
from tests.scenarios.paying import EVE, answer, bigger, card, interim, pay
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import LATER, block, state_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, make_padaria, sign, use

EVENING = 22 * HOUR  # 22:00 in São Paulo is 01:00 of the next day in UTC
AUGUST_1 = JULY_1 + 31 * DAY


def contacts(tenant, count: int, *, at, told=None) -> list[ObserveStatus]:
    """So many people write for the first time at `at`; we are told then, or later."""
    return interactions.observe(
        [
            ContactEvent(
                tenant.contract_id,
                uuid7(),
                event_key(str(uuid7())),
                "whatsapp",
                "contact_message",
                at,
                told or at,
            )
            for _ in range(count)
        ]
    )


def newest(tenant):
    return invoices.list_for_customer(tenant.customer_id)[0]


# The local day


@pytest.mark.rule("TIM-4")
def test_a_renewal_at_ten_in_the_evening_is_due_on_that_local_day(padaria):
    renew_due(now=JULY_1 + EVENING)
    assert newest(padaria).due_date == date(2026, 7, 1)


@pytest.mark.rule("TIM-4")
def test_what_is_due_at_once_at_ten_in_the_evening_is_due_that_day(gateway):
    ten = JUNE_1.replace(hour=3) + EVENING
    padaria = make_padaria(now=ten)
    assert newest(padaria).due_date == date(2026, 6, 1)
    use(padaria.contract_id, 364, at=ten)  # 363 × 0.55 = 199.65 of 200.00: blocked
    interim(padaria, now=ten)
    assert newest(padaria).due_date == date(2026, 6, 1)
    bigger(padaria, now=ten)
    assert Invoice.objects.get(reason="change").due_date == date(2026, 6, 1)


# Cycles that begin


@pytest.mark.rule("PKG-3", part="full value next")
def test_the_cycle_that_begins_is_opened_again_when_a_restore_lost_it(padaria):
    with connection.cursor() as cursor:
        for table in ("metering_use_border", "metering_cycle"):
            cursor.execute(f"DELETE FROM {table} WHERE cycle_start = %s", [JULY_1])
    assert use(padaria.contract_id, 1, at=JULY_1)[0].status is HoldStatus.NO_CYCLE

    renew_due(now=JULY_1)

    assert use(padaria.contract_id, 1, at=JULY_1)[0].status is HoldStatus.HELD
    assert state_of(padaria, at=JULY_1).value_micro == 100_000_000
    assert check_books() == []


@pytest.mark.rule("CON-6")
def test_a_contract_that_has_ended_is_not_renewed_by_anybody(padaria):
    contract = Contract.objects.get(id=padaria.contract_id)
    contracts.move(contract, State.ENDED, actor="ana", reason="cancelled", now=LATER)
    assert renew(contract_id=padaria.contract_id, now=JULY_1) is None
    assert renew_due(now=JULY_1) == 0
    assert padaria.contract.cycle_number == 0
    assert Invoice.objects.filter(contract_id=padaria.contract_id).count() == 1


def test_a_restricted_contract_is_renewed(padaria):
    contracts.move(
        Contract.objects.get(id=padaria.contract_id),
        State.RESTRICTED,
        actor="olga",
        reason="fraud",
        now=LATER,
    )
    assert renew(contract_id=padaria.contract_id, now=JULY_1) is not None
    assert padaria.contract.cycle_number == 1


def test_a_contract_that_is_not_active_yet_has_no_cycle_to_renew(gateway):
    pending = sign(card="lost")
    assert renew(contract_id=pending.contract_id, now=AUGUST_1) is None
    assert Invoice.objects.get(contract_id=pending.contract_id).state == "draft"


# Money that comes before the schedule ran


@pytest.mark.rule("LIM-4", part="rest of the cycle only")
def test_an_interim_answered_before_the_renewal_ran_opens_nothing_in_the_cycle_that_is_over(padaria):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "lost")
    pay(padaria, invoice_id, now=EVE)

    answer(now=JULY_1 + HOUR)

    assert padaria.contract.cycle_number == 1
    for at in (JUNE_1, JULY_1 + HOUR):
        assert state_of(padaria, at=at).ceiling_micro == 200_000_000
    assert Invoice.objects.get(id=invoice_id).state == "paid"


@pytest.mark.rule("CHG-5", "TIM-3")
def test_a_raise_answered_before_the_renewal_ran_is_one_of_the_cycle_in_which_it_was_paid(padaria):
    card(padaria, "lost")
    assert not bigger(padaria).paid

    answer(now=JULY_1 + HOUR)

    assert state_of(padaria, at=JUNE_1).value_micro == 100_000_000
    assert state_of(padaria, at=JULY_1 + HOUR).value_micro == 250_000_000
    renewed = Invoice.objects.get(reason="renewal")
    assert renewed.total_minor == 700_00  # 600.00 and the old package; the difference was the raise
    line = Invoice.objects.get(reason="change").lines.get()
    assert (line.amount_minor, line.period_start) == (150_00, JULY_1 + HOUR)


@pytest.mark.rule("CHG-5", "TIM-3")
def test_a_raise_answered_with_a_moment_before_the_cycle_pays_for_the_whole_cycle(padaria):
    card(padaria, "lost")
    assert not bigger(padaria, now=EVE).paid
    card(padaria, "ok")
    renew_due(now=JULY_1)

    answer(now=EVE)

    line = Invoice.objects.get(reason="change").lines.get()
    assert (line.period_start, line.period_end) == (JULY_1, AUGUST_1)


# Interactions that come after their cycle was billed


@pytest.mark.rule("INV-1")
@pytest.mark.rule("INT-6", part="billed at the extra price on the next invoice")
def test_late_interactions_are_billed_once_and_only_the_new_ones(gateway):
    padaria = make_padaria(plan="starter")  # 100 interactions, then BRL 5.00 each
    contacts(padaria, 103, at=LATER)
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria))[2:] == [("extra_interactions", 3, 15_00)]

    assert contacts(padaria, 2, at=LATER, told=JULY_1 + DAY) == [ObserveStatus.OPENED] * 2
    renew_due(now=AUGUST_1)

    assert lines_of(newest(padaria))[2:] == [("extra_interactions", 2, 10_00)]
    renew_due(now=cycle(date(2026, 6, 1), 3, "America/Sao_Paulo").start)
    assert lines_of(newest(padaria))[2:] == []
    assert check_books() == []


def test_a_cycle_with_interactions_is_not_opened_anew(padaria):
    contacts(padaria, 1, at=JULY_1 + HOUR)
    before = state_of(padaria, at=JULY_1)
    package: UUID = Contract.objects.get(id=padaria.contract_id).term.package_id

    made = open_cycle(
        NewCycle(
            contract_id=padaria.contract_id,
            cycle=before.cycle,
            package_id=package,
            value_micro=250_000_000,
            ceiling_micro=500_000_000,
            included_interactions=2_000,
        )
    )

    assert made is False
    assert state_of(padaria, at=JULY_1) == before
