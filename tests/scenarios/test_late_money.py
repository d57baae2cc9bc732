"""Money and answers that come when the world has moved on: another cycle, another package, another payment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable, NoSuchInvoice, NotBlocked
from abono.domain.invoicing.models import Invoice
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import Outcome as SendOutcome
from abono.domain.payments.errors import CardDeclined, PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.domain.payments.port import ChargeReply, Outcome
from abono.flows.billing.renew import renew
from abono.flows.changes.ask import raise_package
from abono.flows.changes.preview import preview_raise
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.chase import LOST
from abono.flows.collecting.hear import hear
from abono.flows.due_work import run_due_work
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Due, Event
from tests import world
from tests.fakes import Died
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import FULL, LATER, block, state_of
from tests.work import ask_gateways, gateway_tells, renew_due
from tests.world import HOUR, JUNE_1, hold, make_luna, make_padaria, moment, settle, use

EVE = JULY_1 - timedelta(seconds=2)
MOMENT_AFTER = JULY_1 + timedelta(seconds=2)
BRL_150 = Money(150_00, "BRL")


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def card(tenant, behaviour, now=LATER):
    save_card(customer_id=tenant.customer_id, frame_ref=behaviour, use=True, actor="ana", now=now)


def bigger(tenant, package="brl-250", now=LATER):
    return world.bigger(tenant, package, now=now)


def pay(tenant, invoice_id, now=LATER):
    return charge_invoice(
        invoice_id=invoice_id,
        customer_id=tenant.customer_id,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=moment(now),
    )


def interim(tenant, now=LATER):
    return issue_interim(contract_id=tenant.contract_id, customer_id=tenant.customer_id, actor="ana", now=now)


def newest():
    return Attempt.objects.latest("id")


def yes(attempt):
    """The gateway took what an attempt asked for."""
    return ChargeReply(Outcome.PAID, "late", Money(attempt.amount_minor, attempt.currency))


def answer(reply=None, *, now):
    """The gateway speaks of the one charge that has no answer."""
    attempt = Attempt.objects.get(state="unknown")
    hear(attempt_id=attempt.id, reply=reply or yes(attempt), actor="system", moment=moment(now))


# Raising the package, and the end of a cycle


@pytest.mark.rule("CHG-5", "LIM-4", "TIM-3")
def test_a_raise_in_the_minute_before_the_renewal_ran_is_one_of_the_new_cycle(padaria, gateway):
    assert bigger(padaria, now=MOMENT_AFTER).paid

    assert padaria.contract.cycle_number == 1
    assert state_of(padaria, at=JUNE_1).value_micro == 100_000_000
    assert state_of(padaria, at=MOMENT_AFTER).value_micro == 250_000_000
    run_due_work(now=JULY_1 + HOUR)
    assert sorted(gateway.book.values()) == [150_00, 700_00, 1_349_00]


@pytest.mark.rule("CHG-5", "PAY-7")
def test_a_raise_confirmed_in_the_next_cycle_is_one_of_that_cycle(padaria, gateway):
    card(padaria, "lost")
    assert not bigger(padaria).paid
    card(padaria, "ok")
    renew_due(now=JULY_1)

    answer(now=JULY_1 + HOUR)

    # June was billed and lived with the old package; July had its fee, and now the difference.
    assert state_of(padaria, at=LATER).value_micro == 100_000_000
    assert state_of(padaria, at=JULY_1 + HOUR).value_micro == 250_000_000
    raised = Invoice.objects.get(reason="package_raise")
    assert raised.state == "paid"
    line = raised.lines.get()
    assert (line.kind, line.amount_minor) == ("package_raise", 150_00)
    assert (line.period_start, line.period_end) == (JULY_1 + HOUR, padaria.contract.cycle_end)
    renew_due(now=padaria.contract.cycle_end)
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0]) == [
        ("plan", 1, 600_00),
        ("package", 1, 250_00),
    ]


@pytest.mark.rule("CHG-5", "TIM-3")
@pytest.mark.parametrize("renewed_first", [True, False])
def test_an_answer_of_a_moment_before_the_boundary_raises_what_is_billed_from_then_on(padaria, renewed_first):
    """The page read the clock, the gateway took its time, and midnight passed: sends of the new day are there."""
    card(padaria, "lost")
    assert not bigger(padaria, now=EVE).paid
    card(padaria, "ok")
    use(padaria.contract_id, 1, at=MOMENT_AFTER)
    if renewed_first:
        renew_due(now=MOMENT_AFTER)

    answer(now=EVE)

    renew_due(now=JULY_1 + HOUR)
    assert state_of(padaria, at=MOMENT_AFTER).value_micro == 250_000_000
    fees = {invoice.key: invoice.total_minor for invoice in Invoice.objects.filter(reason="renewal")}
    assert fees == {"cycle:1": 700_00 if renewed_first else 850_00}
    assert check_books() == []


@pytest.mark.rule("PAY-7")
@pytest.mark.rule("CHG-8", part="while another is paid")
def test_while_a_raise_is_being_confirmed_there_is_no_other_in_the_next_cycle_either(padaria, gateway):
    card(padaria, "lost")
    bigger(padaria)
    card(padaria, "ok")
    renew_due(now=JULY_1)
    with pytest.raises(PaymentUnderWay):
        bigger(padaria, "brl-500", now=JULY_1 + HOUR)


@pytest.mark.rule("CHG-7", "PAY-7")
def test_a_raise_that_was_given_up_and_paid_after_another_one_makes_nothing_smaller(padaria, gateway):
    card(padaria, "vanish")
    bigger(padaria)
    ask_gateways(real=clock.now() + HOUR)
    lost = newest()
    card(padaria, "ok")
    assert bigger(padaria, "brl-500").paid

    hear(attempt_id=lost.id, reply=yes(lost), actor="system", moment=moment(LATER))

    assert padaria.contract.package_code == "brl-500"
    assert Event.objects.filter(name="payment.for_no_invoice").count() == 1


@pytest.mark.rule("CHG-7", "INV-4")
def test_a_raise_that_was_declined_leaves_no_draft_that_could_be_paid_later_at_its_old_price(padaria):
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria, "brl-500")
    old = Invoice.objects.get(reason="package_raise")
    card(padaria, "ok")
    bigger(padaria)
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, old.id)


# Interim invoices, and the end of a cycle


@pytest.mark.rule("TIM-3")
@pytest.mark.rule("LIM-4", part="rest of the cycle only")
def test_an_interim_paid_in_the_minute_before_the_renewal_ran_opens_nothing_in_the_new_cycle(padaria):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "lost")
    pay(padaria, invoice_id, now=EVE)

    answer(now=MOMENT_AFTER)

    assert state_of(padaria, at=MOMENT_AFTER).ceiling_micro == 200_000_000
    renew_due(now=JULY_1 + HOUR)
    assert Invoice.objects.get(key="cycle:1").total_minor == 700_00  # the overage was paid for
    assert check_books() == []


@pytest.mark.rule("INV-1")
@pytest.mark.rule("INV-5", part="pending, paid, cancelled")
@pytest.mark.rule("LIM-1", part="overage on the next invoice")
def test_an_interim_that_nobody_paid_is_withdrawn_and_its_overage_billed_by_the_renewal(padaria, gateway):
    block(padaria)
    tell_thresholds()
    offered = Invoice.objects.get(reason="interim")

    renew_due(now=JULY_1)

    offered.refresh_from_db()
    assert offered.state == "cancelled"
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0])[2] == ("overage", 1, 99_65)
    assert sorted(gateway.book.values()) == [799_65, 1_349_00]
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, offered.id, now=JULY_1)
    assert check_books() == []


@pytest.mark.rule("LIM-4", "PAY-7")
def test_an_interim_being_confirmed_at_the_renewal_is_not_billed_twice(padaria, gateway):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "lost")
    pay(padaria, invoice_id)
    card(padaria, "ok")
    renew_due(now=JULY_1)
    assert Invoice.objects.get(key="cycle:1").total_minor == 700_00

    answer(ChargeReply(Outcome.DECLINED), now=JULY_1 + HOUR)
    renew_due(now=padaria.contract.cycle_end)  # it was not paid after all: the next invoice has it
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0])[2] == ("overage", 1, 99_65)


@pytest.mark.rule("LIM-4", "CHG-5", "INV-3")
def test_raising_the_package_withdraws_the_interim_of_what_the_package_now_covers(padaria, gateway):
    block(padaria)
    tell_thresholds()
    bigger(padaria)

    assert Invoice.objects.get(reason="interim").state == "cancelled"
    renew_due(now=JULY_1)
    # 199.65 of 250.00 were used: nothing beyond the package.
    assert sorted(gateway.book.values()) == [150_00, 850_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("LIM-4", "CHG-7")
def test_a_raise_that_is_declined_leaves_the_interim_as_it_was(padaria):
    block(padaria)
    tell_thresholds()
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria)
    assert Invoice.objects.get(reason="interim").state == "pending"


@pytest.mark.rule("LIM-4")
def test_small_interim_payments_without_a_block_do_not_open_limit_after_limit(padaria):
    use(padaria.contract_id, 182)  # 0.10 beyond the package
    with pytest.raises(NotBlocked):
        interim(padaria)
    assert state_of(padaria).ceiling_micro == 200_000_000


@pytest.mark.rule("LIM-4")
def test_an_interim_that_waits_is_found_again_when_sending_is_no_longer_blocked(padaria):
    ids, _answers = hold(padaria.contract_id, count=10)
    use(padaria.contract_id, FULL)
    invoice_id = interim(padaria)
    settle(padaria.contract_id, ids, outcome=SendOutcome.REJECTED, at=LATER)
    assert state_of(padaria).sending_state is SendingState.OVERAGE
    assert interim(padaria) == invoice_id


@pytest.mark.rule("PAY-7", "CHG-7", "LIM-4", "OPS-1")
@pytest.mark.parametrize("behaviour", ["dies-before", "dies-after"])
@pytest.mark.parametrize("what", ["raise", "interim"])
def test_a_process_that_dies_while_it_charges_leaves_nothing_half_done(padaria, gateway, behaviour, what):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, behaviour)
    with pytest.raises(Died):
        bigger(padaria) if what == "raise" else pay(padaria, invoice_id)
    assert newest().state == "created"

    attempt = newest()
    found = gateway.find(str(attempt.id))
    hear(attempt_id=attempt.id, reply=found or LOST, actor="system", moment=moment(LATER))

    paid = behaviour == "dies-after"
    assert newest().state == ("paid" if paid else "lost")
    assert (state_of(padaria).sending_state is not SendingState.BLOCKED) == paid
    assert sum(gateway.book.values()) == 1_349_00 + ({"raise": 150_00, "interim": 99_65}[what] if paid else 0)
    assert check_books() == []


@pytest.mark.rule("PAY-7", "CHG-7", "LIM-4")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("behaviour", ["dies-before", "dies-after"])
@pytest.mark.parametrize("what", ["raise", "interim"])
def test_who_asks_again_after_the_process_died_has_the_result_at_once(padaria, gateway, behaviour, what):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, behaviour)
    with pytest.raises(Died):
        bigger(padaria) if what == "raise" else pay(padaria, invoice_id)

    assert (bigger(padaria) if what == "raise" else pay(padaria, invoice_id)).paid

    assert state_of(padaria).sending_state is not SendingState.BLOCKED
    assert sum(gateway.book.values()) == 1_349_00 + {"raise": 150_00, "interim": 99_65}[what]
    assert Attempt.objects.filter(state="paid").count() == len(gateway.book) == 2
    assert check_books() == []


@pytest.mark.rule("PAY-7", "CHG-7")
def test_another_raise_after_the_process_died_waits_for_the_truth_and_sends_nothing_again(padaria, gateway):
    card(padaria, "dies-before")
    with pytest.raises(Died):
        bigger(padaria)
    card(padaria, "ok")

    with pytest.raises(PaymentUnderWay):  # the gateway has not seen that charge: it may be on its way yet
        bigger(padaria, "brl-500")
    assert sum(gateway.book.values()) == 1_349_00


@pytest.mark.rule("PAY-7")
def test_another_card_after_the_process_died_is_not_charged_besides_the_first(padaria, gateway):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "dies-after")
    with pytest.raises(Died):
        pay(padaria, invoice_id)
    card(padaria, "ok")

    assert pay(padaria, invoice_id).paid  # with the first card, as the gateway's book says
    assert sorted(gateway.book.values()) == [99_65, 1_349_00]


# Answers that come after it was given up


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_money_that_comes_twice_for_one_invoice_is_seen_and_never_lost(padaria, gateway):
    card(padaria, "vanish")
    invoice_id = renew(contract_id=padaria.contract_id, now=JULY_1)
    pay(padaria, invoice_id, now=JULY_1)
    ask_gateways(real=clock.now() + HOUR)
    lost = newest()
    card(padaria, "ok")
    assert pay(padaria, invoice_id, now=JULY_1).paid

    for _twice in range(2):
        hear(attempt_id=lost.id, reply=yes(lost), actor="system", moment=moment(JULY_1))

    assert Event.objects.filter(name="payment.for_no_invoice", subject_id=invoice_id).count() == 1
    assert [finding.what for finding in check_books()] == ["an invoice was paid twice"]
    assert Invoice.objects.get(id=invoice_id).state == "paid"


@pytest.mark.rule("PAY-7", "CON-4")
def test_a_charge_given_up_too_early_is_asked_about_when_the_gateway_speaks_of_it(gateway):
    from tests.world import begin_signup, sign

    signed = sign(signup_id=begin_signup(), card="vanish")
    ask_gateways(real=clock.now() + HOUR)
    key = str(newest().id)
    gateway.book[key] = 1_349_00  # it was on its way all the time

    gateway_tells(key=key, real=clock.now() + 2 * HOUR)

    assert newest().state == "paid"
    assert Invoice.objects.get(contract_id=signed.contract_id).state == "paid"
    assert check_books() == []


@pytest.mark.rule("PAY-7")
def test_news_without_an_answer_do_not_put_off_our_own_questions(padaria):
    card(padaria, "lost")
    bigger(padaria)
    for _again in range(20):
        hear(attempt_id=newest().id, reply=ChargeReply(Outcome.WAITING), actor="system", moment=moment(LATER))
    assert Due.objects.get(kind="ask_gateway").due_at - clock.now() < timedelta(seconds=6)


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_news_of_a_charge_that_was_declined_changes_nothing(padaria, gateway):
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria)
    gateway_tells(key=str(newest().id), real=clock.now() + HOUR)
    assert newest().state == "declined"


# Whose it is


@pytest.mark.rule("ACC-2")
def test_what_belongs_to_another_customer_does_not_exist_for_any_flow(padaria, gateway):
    luna = make_luna(package="usd-20")
    block(padaria)
    tell_thresholds()
    offered = Invoice.objects.get(reason="interim")
    theirs = {"contract_id": padaria.contract_id, "customer_id": luna.customer_id}
    with pytest.raises(NoSuchContract):
        preview_raise(**theirs, package_code="brl-250", now=LATER)
    with pytest.raises(NoSuchContract):
        raise_package(**theirs, package_code="brl-250", accepted=BRL_150, actor="diego", moment=moment(LATER))
    with pytest.raises(NoSuchContract):
        issue_interim(**theirs, actor="diego", now=LATER)
    with pytest.raises(NoSuchInvoice):
        pay(luna, offered.id)
    assert len(gateway.book) == 2
