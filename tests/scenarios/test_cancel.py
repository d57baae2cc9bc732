"""A contract is cancelled for the end of its cycle, which can be taken back until then; a last invoice bills what was used (END-3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractEnding, ContractNotRunning, NotEnding
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import ChangeState, State
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.metering import queries as metering
from abono.domain.metering.types import HoldStatus
from abono.domain.notices.models import Notice
from abono.domain.payments.errors import CardDeclined, PaymentUnderWay
from abono.domain.settings.known import FEES_BILLED
from abono.domain.settings.licences import LICENCES_OVER_PERCENT
from abono.flows.check_books import overdue_renewals
from abono.flows.endings.cancel import Cancellation, cancel, preview_cancellation, take_back
from abono.flows.endings.regret import regret
from abono.flows.licences.said import Word
from abono.flows.quotes.seen import accepted_of
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.platform.models import Due
from abono.platform.models import Event as Recorded
from tests.books import check_books
from tests.domain.licences.office import MINUTE, Office
from tests.fakes import FakeGateway
from tests.scenarios.paying import card, pay
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_trial import FIFTEENTH, put, tried
from tests.scenarios.years import a_year
from tests.work import renew_due
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    Tenant,
    change,
    hold,
    load_catalog,
    make_padaria,
    moment,
    quote,
    settle,
    use,
)

LAST_SECOND = JULY_1 - timedelta(seconds=1)
JULY_2 = JULY_1 + DAY


@pytest.fixture
def padaria(gateway: FakeGateway) -> Tenant:
    return make_padaria()


def cancelled(tenant: Tenant, now: datetime = JUNE_1 + DAY) -> Cancellation:
    return cancel(contract_id=tenant.contract_id, why="We move.", actor="ana", now=now)


def kept(tenant: Tenant, now: datetime) -> Cancellation:
    return take_back(contract_id=tenant.contract_id, actor="ana", now=now)


def newest(tenant: Tenant) -> InvoiceDetail:
    return invoices.list_for_customer(tenant.customer_id)[0]


def told(tenant: Tenant) -> list[str]:
    kinds = ("contract_cancelled", "contract_kept", "contract_ended")
    found = Notice.objects.filter(customer_id=tenant.customer_id, kind__in=kinds).order_by("id")
    return list(found.values_list("kind", flat=True))


def due(tenant: Tenant) -> list[tuple[str, datetime]]:
    found = Due.objects.filter(subject=tenant.contract_id, kind__in=("renew", "end"))
    return list(found.values_list("kind", "due_at"))


@pytest.mark.rule("END-3", part="cancel")
@pytest.mark.rule("END-3", part="last invoice")
@pytest.mark.rule("NOT-1", part="cancellation")
def test_all_works_until_the_cycle_ends_and_a_last_invoice_bills_what_was_used(padaria, gateway):
    use(padaria.contract_id, 200)  # 110.00 of 100.00
    seen = preview_cancellation(contract_id=padaria.contract_id, now=JUNE_1 + DAY)
    assert (seen.ends_at, seen.cancelled, seen.last_invoice.total.minor) == (JULY_1, False, 10_00)
    assert padaria.contract.state is State.ACTIVE

    assert cancelled(padaria).cancelled
    assert (padaria.contract.state, padaria.contract.ends_at) == (State.ENDING, JULY_1)
    assert due(padaria) == [("end", JULY_1)]
    assert [one.status for one in use(padaria.contract_id, 1, at=LAST_SECOND)] == [HoldStatus.HELD]
    assert [one.status for one in use(padaria.contract_id, 1, at=JULY_1)] == [HoldStatus.NO_CYCLE]
    renew_due(now=LAST_SECOND)
    assert padaria.contract.state is State.ENDING

    renew_due(now=JULY_1)

    ended = padaria.contract
    assert (ended.state, ended.ended_at, ended.cycle_end) == (State.ENDED, JULY_1, JULY_1)
    last = newest(padaria)
    assert lines_of(last) == [("overage", 1, 10_55)]  # 201 sends at 0.55
    assert (last.state, sum(gateway.book.values())) == (InvoiceState.PAID, 1_349_00 + 10_55)
    assert told(padaria) == ["contract_cancelled", "contract_ended"]
    assert due(padaria) == []
    assert [one.cycle.end for one in metering.cycles(padaria.contract_id)] == [JULY_1]
    assert check_books() == []
    before = newest(padaria).id
    renew_due(now=JULY_1 + 40 * DAY)
    assert newest(padaria).id == before


@pytest.mark.rule("END-3", part="last invoice")
def test_a_late_run_ends_it_as_one_in_time(padaria):
    use(padaria.contract_id, 200)
    cancelled(padaria)
    assert len(overdue_renewals(now=JULY_1 + 3 * HOUR)) == 1
    renew_due(now=JULY_1 + 45 * DAY)
    assert (padaria.contract.state, padaria.contract.ended_at) == (State.ENDED, JULY_1)
    assert lines_of(newest(padaria)) == [("overage", 1, 10_00)]
    assert newest(padaria).key == "cycle:1"
    assert len(invoices.list_for_customer(padaria.customer_id)) == 2


@pytest.mark.rule("END-3", part="last invoice")
def test_where_nothing_was_used_beyond_there_is_no_last_invoice(padaria):
    cancelled(padaria)
    renew_due(now=JULY_1)
    assert padaria.contract.state is State.ENDED
    assert [one.key for one in invoices.list_for_customer(padaria.customer_id)] == ["first"]
    assert Notice.objects.get(kind="contract_ended").facts["total_minor"] == 0
    assert Notice.objects.get(kind="package_expired").facts["next"] == "none"


@pytest.mark.rule("END-3", part="last invoice")
def test_fees_that_are_billed_afterwards_are_on_the_last_invoice(gateway):
    put(FEES_BILLED, "afterwards")
    padaria = make_padaria()
    renew_due(now=JULY_1)
    cancelled(padaria, JULY_2)
    renew_due(now=JULY_1 + 31 * DAY)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]


@pytest.mark.rule("END-3", part="last invoice")
def test_what_is_held_at_the_end_is_released_and_the_rest_can_be_paid_afterwards(padaria):
    use(padaria.contract_id, 200)
    sends, _answers = hold(padaria.contract_id, count=5, at=LAST_SECOND)
    card(padaria, "decline:balance")
    cancelled(padaria)
    renew_due(now=JULY_1)
    last = newest(padaria)
    assert (lines_of(last), last.state) == ([("overage", 1, 10_00)], InvoiceState.PENDING)
    settle(padaria.contract_id, sends, at=JULY_1 + HOUR)
    [balance] = metering.cycles(padaria.contract_id)
    assert (balance.held_micro, balance.used_micro) == (0, 110_000_000)
    card(padaria, "ok", now=JULY_2)
    assert pay(padaria, last.id, now=JULY_2).paid
    assert padaria.contract.state is State.ENDED
    assert check_books() == []


@pytest.mark.rule("END-3", part="take back")
def test_in_the_last_second_it_can_be_taken_back_and_goes_on(padaria):
    cancelled(padaria)
    kept(padaria, LAST_SECOND)
    assert (padaria.contract.state, padaria.contract.ends_at) == (State.ACTIVE, None)
    assert due(padaria) == [("renew", JULY_1)]
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
    assert [one.status for one in use(padaria.contract_id, 1, at=JULY_2)] == [HoldStatus.HELD]
    assert told(padaria) == ["contract_cancelled", "contract_kept"]
    names = list(
        Recorded.objects.filter(name__startswith="contract.").order_by("id").values_list("name", flat=True)
    )
    assert names[-3:-1] == ["contract.ending", "contract.cancellation_withdrawn"]


@pytest.mark.rule("END-3", part="take back")
def test_at_its_end_it_cannot_be_taken_back_whether_a_worker_was_there_or_not(padaria):
    cancelled(padaria)
    with pytest.raises(NotEnding):
        kept(padaria, JULY_1)
    renew_due(now=JULY_1)
    with pytest.raises(NotEnding):
        kept(padaria, JULY_1)
    with pytest.raises(ContractNotRunning):
        cancelled(padaria, JULY_1)


@pytest.mark.rule("END-3", part="cancel")
def test_cancelled_in_the_last_second_it_ends_with_the_cycle_and_a_second_later_with_the_next_one(padaria):
    assert cancelled(padaria, LAST_SECOND).ends_at == JULY_1
    kept(padaria, LAST_SECOND)
    assert cancelled(padaria, JULY_1).ends_at == JULY_1 + 31 * DAY
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]


@pytest.mark.rule("END-3", part="cancel")
def test_cancelling_it_twice_changes_nothing_and_it_can_be_cancelled_again_after_taking_it_back(padaria):
    cancelled(padaria)
    assert cancelled(padaria, JUNE_1 + 2 * DAY).cancelled
    assert told(padaria) == ["contract_cancelled"]
    kept(padaria, JUNE_1 + 3 * DAY)
    with pytest.raises(NotEnding):
        kept(padaria, JUNE_1 + 3 * DAY)
    cancelled(padaria, JUNE_1 + 4 * DAY)
    assert told(padaria) == ["contract_cancelled", "contract_kept", "contract_cancelled"]
    move = contracts.moves(padaria.contract_id)[0]
    assert (move.to_state, move.actor, move.reason) == (State.ENDING, "ana", "We move.")


@pytest.mark.rule("END-3", part="cancel")
def test_a_step_down_that_was_to_come_does_not_and_nothing_new_is_taken(padaria):
    change(padaria, package="brl-250", now=JUNE_1 + HOUR)
    change(padaria, package="brl-100", now=JUNE_1 + 2 * HOUR)
    assert preview_cancellation(contract_id=padaria.contract_id, now=JUNE_1 + DAY).puts_aside
    cancelled(padaria)
    assert accepted_of(padaria.contract_id)[0].state is ChangeState.WITHDRAWN
    with pytest.raises(ContractEnding):
        quote(padaria, package="brl-500", now=JUNE_1 + DAY)
    kept(padaria, JUNE_1 + 2 * DAY)
    quote(padaria, package="brl-500", now=JUNE_1 + 2 * DAY)
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 250_00)]


@pytest.mark.rule("END-3", part="cancel")
def test_while_it_is_not_clear_whether_a_change_is_paid_it_is_not_cancelled(padaria, gateway):
    card(padaria, "lost", now=JUNE_1 + HOUR)
    change(padaria, package="brl-250", now=JUNE_1 + HOUR)
    with pytest.raises(PaymentUnderWay):
        cancelled(padaria)
    assert padaria.contract.state is State.ACTIVE


@pytest.mark.rule("END-3", part="cancel")
def test_a_change_whose_payment_was_declined_is_given_up(padaria):
    card(padaria, "decline:balance", now=JUNE_1 + HOUR)
    with pytest.raises(CardDeclined):
        change(padaria, package="brl-250", now=JUNE_1 + HOUR)
    cancelled(padaria)
    assert [one.state for one in accepted_of(padaria.contract_id)] == [ChangeState.GIVEN_UP]


@pytest.mark.rule("END-3", part="cancel")
@pytest.mark.parametrize("first", ["cancel", "restrict"])
def test_restricted_and_cancelled_it_ends_all_the_same_and_is_ending_again_once_that_is_lifted(
    padaria, first
):
    fraud = {"contract_id": padaria.contract_id, "why": "Stolen.", "actor": "olga"}
    if first == "cancel":
        cancelled(padaria)
    restrict_for_fraud(**fraud, now=JUNE_1 + 2 * DAY)
    if first == "restrict":
        cancelled(padaria, JUNE_1 + 3 * DAY)
    assert (padaria.contract.state, due(padaria)) == (State.RESTRICTED, [("end", JULY_1)])
    lift_for_fraud(**fraud, now=JUNE_1 + 4 * DAY)
    assert padaria.contract.state is State.ENDING
    restrict_for_fraud(**fraud, now=JUNE_1 + 5 * DAY)
    renew_due(now=JULY_1)
    assert padaria.contract.state is State.ENDED
    assert len(invoices.list_for_customer(padaria.customer_id)) == 1


@pytest.mark.rule("END-3", part="take back")
def test_taken_back_while_it_is_restricted_it_stays_restricted_and_is_renewed(padaria):
    fraud = {"contract_id": padaria.contract_id, "why": "Stolen.", "actor": "olga"}
    cancelled(padaria)
    restrict_for_fraud(**fraud, now=JUNE_1 + 2 * DAY)
    kept(padaria, JUNE_1 + 3 * DAY)
    assert (padaria.contract.state, due(padaria)) == (State.RESTRICTED, [("renew", JULY_1)])
    lift_for_fraud(**fraud, now=JUNE_1 + 4 * DAY)
    assert padaria.contract.state is State.ACTIVE


@pytest.mark.django_db
@pytest.mark.rule("END-3", part="cancel")
def test_a_trial_ends_with_its_last_day_and_costs_nothing(gateway):
    load_catalog()
    padaria = tried()
    assert cancelled(padaria).ends_at == FIFTEENTH
    renew_due(now=FIFTEENTH)
    assert padaria.contract.state is State.ENDED
    assert not invoices.list_for_customer(padaria.customer_id)
    assert not Notice.objects.filter(kind__in=("trial_ends", "trial_ended")).exists()


@pytest.mark.rule("END-3", part="cancel")
def test_a_paid_year_goes_on_until_its_end_with_its_months(gateway):
    padaria = a_year()
    end = JULY_1.replace(year=2027, month=6)
    assert cancelled(padaria).ends_at == end
    assert due(padaria) == [("renew", JULY_1)]
    renew_due(now=end - HOUR)
    assert padaria.contract.state is State.ENDING
    assert due(padaria) == [("end", end)]
    assert lines_of(newest(padaria)) == [("package", 1, 100_00)]
    renew_due(now=end)
    assert (padaria.contract.state, padaria.contract.ended_at) == (State.ENDED, end)
    assert len(invoices.list_for_customer(padaria.customer_id)) == 12
    assert check_books() == []


@pytest.mark.rule("END-3", part="last invoice")
def test_nobody_comes_in_from_the_end_on_and_the_peak_of_licences_is_billed(padaria):
    put(LICENCES_OVER_PERCENT, "unlimited")
    cancelled(padaria)
    office = Office(padaria, now=JULY_1 - MINUTE)
    office.fill(12)  # of ten
    office.later(MINUTE)
    assert office.claim("late").word is Word.CONTRACT_ENDED
    assert office.beat("p00").word is Word.CONTRACT_ENDED
    renew_due(now=JULY_1)
    assert [(kind, count) for kind, count, _minor in lines_of(newest(padaria))] == [("licence_peak", 2)]


@pytest.mark.rule("END-3", part="cancel")
def test_people_come_in_in_each_month_of_a_paid_year_also_before_a_worker_is_there(gateway):
    padaria = a_year()
    cancelled(padaria)
    assert Office(padaria, now=JULY_1 + HOUR).claim("ana").word is Word.GRANTED


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_what_is_cancelled_can_still_be_given_back(padaria):
    cancelled(padaria)
    regret(contract_id=padaria.contract_id, actor="ana", moment=moment(JUNE_1 + 2 * DAY))
    assert (padaria.contract.state, due(padaria)) == (State.ENDED, [])
    assert not Contract.objects.filter(state=State.ENDING.value).exists()
