"""A slip is paid late: on the slip or on the next invoice, never both, and a new due date carries it (PAY-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.notices.models import Notice
from abono.domain.payments import receipts
from abono.domain.payments.errors import NewDateUsed, NoNewDate
from abono.domain.payments.pushed import requests
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import RequestState, Way
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SLIP_DUE_AFTER
from abono.domain.settings.late import LATE_COUNTED_FROM, LATE_FINE, LATE_INTEREST
from abono.flows.billing.project import project_invoice
from abono.flows.requests.ask import ask_for, look, look_at_unwanted
from abono.flows.requests.new_date import give_new_date, new_date_for, say_paid
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.kernel.due import Means
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.taking_back import good_card, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.work import ask_gateways, renew_due
from tests.world import DAY, HOUR, moment

LATER = JULY_1 + HOUR
DUE = date(2026, 7, 8)  # seven days after 1 July, a Wednesday
AUGUST_1 = JULY_1 + 31 * DAY


@pytest.fixture
def owing(padaria, bank):
    """The invoice of July, 700.00, which the card did not pay."""
    return unpaid_renewal(padaria)


def slip_of(tenant, invoice_id, now=LATER):
    return ask_for(
        invoice_id=invoice_id,
        customer_id=tenant.customer_id,
        means=Means.SLIP,
        actor="ana",
        moment=moment(now),
    )


def paid(bank, slip, minor, *, days):
    """So many days after the due date."""
    bank.pay(slip.id.hex, minor, on=DUE + timedelta(days=days))
    look(request_id=slip.id, real=clock.now())
    return receipts.of_invoice(slip.invoice_id)[0]


def late_lines(tenant):
    newest = invoices.list_for_customer(tenant.customer_id)[0]
    lines = invoices.get(newest.id).lines
    return [(one.name, one.amount_minor) for one in lines if one.kind is LineKind.LATE_CHARGES]


def new_date(slip, by="customer", now=JULY_1 + 17 * DAY, why=""):
    return give_new_date(
        request_id=slip.id, customer_id=slip.customer_id, by=by, why=why, actor=by, moment=moment(now)
    )


@pytest.mark.rule("PAY-5", part="fine and interest: default")
@pytest.mark.rule("PAY-5", part="a centavo")
@pytest.mark.rule("PAY-5", part="once, never both")
@pytest.mark.parametrize(
    ("came", "late", "more", "missing"),
    [  # ten days late: 14.00 and 2.33
        (716_33, 16_33, 0, 0),
        (716_30, 16_30, 0, 0),  # the bank rounds the interest of each day down
        (716_34, 16_34, 0, 0),
        (720_00, 16_33, 3_67, 0),
        (710_00, 10_00, 0, 6_33),
        (700_00, 0, 0, 16_33),
    ],
)
def test_what_came_with_the_slip_is_not_on_the_next_invoice_and_what_did_not_is(
    padaria, bank, owing, came, late, more, missing
):
    slip = slip_of(padaria, owing.id)
    assert (slip.due_date, slip.late) == (DUE, bank.asked[slip.id.hex].late)
    receipt = paid(bank, slip, came, days=10)
    assert (receipt.late.minor, receipt.credit.minor, receipt.pays.minor) == (late, more, 700_00)
    assert invoices.get(owing.id).rest_minor == 0

    asked = [(owing.title, missing)] if missing else []
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming is not None
    assert [(one.name, one.amount.minor) for one in coming.late] == asked
    good_card(padaria)
    renew_due(now=AUGUST_1)
    assert late_lines(padaria) == asked
    renew_due(now=AUGUST_1 + 31 * DAY)
    assert late_lines(padaria) == []
    assert check_books() == []


@pytest.mark.rule("PAY-5", part="once, never both")
def test_part_by_part_each_bears_its_own_and_what_is_taken_back_takes_it_along(padaria, bank, owing):
    slip = slip_of(padaria, owing.id)
    came = Came(Way.TRANSFER, 300_00, DUE + timedelta(days=10))
    record_payment(invoice_id=owing.id, came=came, actor="olga", now=JULY_1 + 18 * DAY)
    again = slip_of(padaria, owing.id, now=JULY_1 + 20 * DAY)  # of the 400.00 that are left
    # 8.00, and 0.133… for each day until 28 July, which is a Tuesday
    assert (again.due_date, again.charges_minor, again.amount.minor) == (date(2026, 7, 28), 10_67, 410_67)
    assert (again.late.fine, again.moved_by, again.until) == (0, "", slip.until)
    paid(bank, again, 410_67, days=20)
    coming = project_invoice(contract_id=padaria.contract_id)
    assert [one.amount.minor for one in coming.late] == [7_00]  # of 300.00: 6.00 and 1.00
    first = receipts.of_invoice(owing.id)[-1]
    withdraw_payment(receipt_id=first.id, why="bounced", actor="olga", now=AUGUST_1 - DAY)
    assert project_invoice(contract_id=padaria.contract_id).late == ()
    assert check_books() == []


@pytest.mark.rule("PAY-5", part="fine and interest: other")
@pytest.mark.rule("PAY-5", part="counted from: other")
def test_by_settings_no_fine_more_interest_and_days_from_the_day_that_moved(padaria, bank, owing):
    for setting, value in (
        (LATE_FINE, 0),
        (LATE_INTEREST, "3"),
        (LATE_COUNTED_FROM, "due_date"),
        (SLIP_DUE_AFTER, 10),  # 11 July, a Saturday
    ):
        set_value(setting=setting, value=value, actor="olga", why="a test", now=JULY_1)
    slip = slip_of(padaria, owing.id)
    assert (slip.due_date, slip.counted_from) == (date(2026, 7, 13), date(2026, 7, 11))
    assert [slip.late_on(date(2026, 7, day)).minor for day in (13, 14)] == [0, 2_10]  # three days


@pytest.mark.rule("PAY-5", part="counted from: default")
@pytest.mark.rule("PAY-5", part="90 days")
def test_days_count_from_the_bank_day_and_it_can_be_paid_for_ninety(padaria, bank, owing):
    set_value(setting=SLIP_DUE_AFTER, value=10, actor="olga", why="a test", now=JULY_1)
    slip = slip_of(padaria, owing.id)
    assert (slip.due_date, slip.counted_from) == (date(2026, 7, 13), None)
    assert [slip.late_on(date(2026, 7, day)).minor for day in (13, 14)] == [0, 14_23]
    assert slip.until - slip.asked_at == datetime(2026, 10, 12, 3, tzinfo=UTC) - LATER  # 11 October is whole
    with pytest.raises(NoNewDate):
        new_date(slip, now=JULY_1 + 96 * DAY)


@pytest.mark.rule("PAY-5", part="second copy, new date")
def test_a_new_date_carries_fine_and_interest_once_by_the_customer_then_by_the_seller(padaria, bank, owing):
    slip = slip_of(padaria, owing.id)
    with pytest.raises(NoNewDate):  # it is not late
        new_date(slip, now=JULY_1 + 7 * DAY)
    now = JULY_1 + 17 * DAY  # 18 July; a week later is Saturday 25, so it moves to Monday 27: 19 days
    offered = new_date_for(slip, by="customer", now=now)
    moved = new_date(slip, now=now)
    assert (moved.due_date, moved.charges_minor) == (date(2026, 7, 27), 18_43)  # 14.00 and 4.43
    assert (offered.due_date, offered.amount) == (moved.due_date, moved.amount)
    assert bank.asked[moved.id.hex].amount.minor == 718_43
    assert new_date(slip, now=now).id == moved.id  # pressed twice
    assert invoices.get(owing.id).due_date == owing.due_date  # END-1 goes on
    assert Notice.objects.filter(kind="slip_ready").count() == 2
    ask_gateways(real=clock.now())
    assert requests.get(slip.id).state is RequestState.ENDED
    look_at_unwanted(real=clock.now())
    assert requests.get(moved.id).payable

    later = JULY_1 + 30 * DAY
    assert new_date_for(moved, by="customer", now=later) is None
    with pytest.raises(NewDateUsed):
        new_date(moved, now=later)
    last = new_date(moved, "seller", now=later, why="they asked for it")
    assert (last.due_date, last.charges_minor) == (date(2026, 8, 7), 21_00)  # 14.00 and 30 days
    receipt = paid(bank, last, 721_00, days=30)
    assert (receipt.late.minor, receipt.credit.minor) == (21_00, 0)
    assert check_books() == []


@pytest.mark.rule("PAY-5", part="pending")
def test_until_its_money_is_here_it_is_pending_for_three_bank_days(padaria, bank, owing):
    slip = slip_of(padaria, owing.id)
    friday = JULY_1 + 2 * DAY
    told = say_paid(request_id=slip.id, customer_id=padaria.customer_id, actor="ana", now=friday)
    again = say_paid(request_id=slip.id, customer_id=padaria.customer_id, actor="ana", now=friday + DAY)
    assert told.here_by == again.here_by == date(2026, 7, 8)  # Monday, Tuesday, Wednesday
    assert invoices.get(owing.id).rest_minor == 700_00
    paid(bank, slip, 700_00, days=0)
    assert credit.balance(padaria.contract_id) == 0
