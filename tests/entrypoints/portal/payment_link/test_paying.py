"""Paying an invoice with a payment link, without signing in (ACC-3)."""

from __future__ import annotations

import pytest
from django.conf import settings

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Outlook, State
from abono.domain.invoicing.types import LineCredit
from abono.domain.metering import queries as metering
from abono.domain.metering.rules import SendingState
from abono.domain.notices.models import Notice
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import NoSuchMethod
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.domain.payments.ports.port import ChargeReply, Decline, Hint, Outcome, Retry
from abono.flows.billing.outlook import outlook
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.hear import hear
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.limits.interim import issue_interim
from abono.flows.wallet import save_card, use_card
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.acts import block
from tests.entrypoints.portal.reading import path_of, words
from tests.payment_links import Payer, make
from tests.remembered import lately
from tests.world import DAY, make_padaria, moment

NOTHING = "This link opens nothing"


def state(invoice) -> State:
    return invoices.get(invoice.id).state


@pytest.mark.rule("ACC-3", part="payment link")
def test_who_has_the_link_sees_payee_number_sum_and_day_and_nothing_else(declined, invoice, payer):
    page = payer.look()
    text = words(page)
    assert f"Pay invoice {invoice.title}" in text
    assert "R$700.00" in text
    assert "Due on" in text
    assert settings.ABONO_SELLER["name"] in text
    for hidden_one in (
        declined.contract.number,
        invoice.buyer.legal_name,
        invoice.buyer.tax_id,
        "Ana",
        "4243",
        "Specialist",
        "Package",
        "padaria.example",
        public("cus", declined.customer_id),
        public("ctr", declined.contract_id),
        invoice.public_id,
    ):
        assert hidden_one not in page.content.decode(), hidden_one


@pytest.mark.rule("ACC-3", part="payment link")
@pytest.mark.rule("PAY-1")
def test_a_card_that_is_typed_there_pays_once_and_is_in_no_wallet(
    declined, invoice, payer, gateway, django_capture_on_commit_callbacks
):
    before = payments.wallet(declined.customer_id)
    with django_capture_on_commit_callbacks(execute=True):
        again = payer.pay(gateway, "ok#1")
    assert path_of(again["Location"]) == payer.page
    assert state(invoice) is State.PAID
    shown = words(payer.look())
    assert "This invoice is paid" in shown
    assert "Paid on" in shown
    assert "R$" not in shown
    assert [call.amount for call in gateway.calls[-1:]] == [Money(700_00, "BRL")]
    assert payments.wallet(declined.customer_id) == before
    used = PaymentMethod.objects.get(once=True)
    assert (used.holder, used.removed_at is not None) == ("", True)
    assert gateway.forgotten == [used.token]
    assert Event.objects.get(name="invoice.paid", subject_id=invoice.id).actor == payer.link.actor
    assert check_books() == []


@pytest.mark.rule("WAL-2")
def test_the_card_of_a_payer_is_nobodys_to_use_or_to_pay_with(declined, invoice, payer, gateway):
    payer.pay(gateway, "lost#1")
    once = PaymentMethod.objects.get(once=True)
    mine = {"customer_id": declined.customer_id, "method_id": once.id, "actor": "ana"}
    with pytest.raises(NoSuchMethod):
        use_card(**mine, now=clock.now())
    hear(
        attempt_id=Attempt.objects.latest("id").id,
        reply=ChargeReply(Outcome.NEVER_RECEIVED),
        actor="system",
        moment=moment(clock.now()),
    )
    with pytest.raises(NoSuchMethod):
        charge_invoice(**mine, invoice_id=invoice.id, off_session=False, moment=moment(clock.now()))


@pytest.mark.rule("PAY-1")
@pytest.mark.rule("LIM-4")
def test_who_pays_the_overage_by_link_opens_sending(gateway, db):
    padaria = make_padaria(now=lately() - 10 * DAY)
    block(padaria, clock.now())
    interim = issue_interim(
        contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=clock.now()
    )
    assert balance(padaria).sending_state is SendingState.BLOCKED
    Payer(make(padaria)).pay(gateway, "ok#1")
    assert invoices.get(interim).state is State.PAID
    assert balance(padaria).sending_state is not SendingState.BLOCKED


def balance(tenant):
    return metering.balance(contract_id=tenant.contract_id, at=clock.now())


def test_pressed_twice_it_charges_once_and_says_the_same(invoice, payer, gateway):
    before = len(gateway.calls)
    sent = payer.type(gateway, "ok#1")
    for _press in range(3):
        assert path_of(payer.send(sent)["Location"]) == payer.page
    assert len(gateway.calls) == before + 1
    assert state(invoice) is State.PAID


def test_a_second_press_after_a_decline_charges_nothing_and_says_why_again(invoice, payer, gateway):
    before = len(gateway.calls)
    sent = payer.type(gateway, "decline:balance#1")
    for _press in range(2):
        answer = payer.send(sent)
        assert answer.status_code == 402
        assert "Check that there is enough balance" in words(answer)
    assert len(gateway.calls) == before + 1
    assert state(invoice) is State.PENDING


@pytest.mark.rule("WAL-6", part="likely reason first")
@pytest.mark.parametrize(
    ("card", "status", "says"),
    [
        ("decline:expiry#1", 402, "Check the expiry date"),
        ("refuse:cvv#1", 402, "Check the security code"),
        ("refused#1", 503, "did not reach the bank"),
        ("unclear#1", 503, "did not answer in time"),
    ],
)
def test_a_card_that_is_no_good_says_what_to_check_and_the_next_one_pays(
    declined, invoice, payer, gateway, card, status, says
):
    notices = Notice.objects.count()
    answer = payer.pay(gateway, card)
    assert (answer.status_code, says in words(answer)) == (status, True)
    assert state(invoice) is State.PENDING
    assert Notice.objects.count() == notices  # the members' card was not declined
    collecting = outlook(invoices.get(invoice.id))
    assert collecting is not None
    assert (collecting.outlook, collecting.card) == (Outlook.DECLINED, "Visa •••• 4243")
    payer.pay(gateway, "ok#2")
    assert state(invoice) is State.PAID


def test_what_a_payer_sends_without_a_card_charges_nothing(payer, gateway):
    before = len(gateway.calls)
    for sent in ({}, {"frame_ref": "ok", "opened": "ok:x", "sum": "70000"}, {"sum": "\u0664" * 400}):
        assert path_of(payer.send(sent)["Location"]) == payer.page
        assert "Type your card first" in words(payer.look())
    assert len(gateway.calls) == before


@pytest.mark.parametrize("said", ["", "-1", "7e4", "\u0667" * 5, "9" * 5000])
def test_a_sum_that_the_page_did_not_show_charges_nothing(payer, gateway, said):
    before, typed = len(gateway.calls), payer.type(gateway, "ok#1")
    assert path_of(payer.send({**typed, "sum": said})["Location"]) == payer.page
    assert "Look at the new sum" in words(payer.look())
    assert len(gateway.calls) == before


@pytest.mark.rule("PAY-7")
def test_an_unclear_answer_is_waited_for_on_the_page_and_charged_never_twice(invoice, payer, gateway):
    before, told = len(gateway.calls), Notice.objects.count()
    payer.pay(gateway, "lost#1")
    page = payer.look()
    assert "A payment is being confirmed" in words(page)
    assert "<iframe" not in page.content.decode()
    assert '<noscript><meta http-equiv="refresh" content="6"></noscript>' in page.content.decode()
    assert payer.client.get(payer.page, headers={"HX-Request": "true"}).status_code == 204
    assert Notice.objects.count() == told
    attempt = Attempt.objects.latest("id")
    hear(
        attempt_id=attempt.id,
        reply=ChargeReply(Outcome.PAID, "r", Money(700_00, "BRL")),
        actor="system",
        moment=moment(clock.now()),
    )
    assert payer.client.get(payer.page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "This invoice is paid" in words(payer.look())
    assert len(gateway.calls) == before + 1


def test_the_holder_is_led_to_the_bank_and_back_to_the_link(invoice, payer, gateway):
    payer.pay(gateway, "asks#1")
    attempt = Attempt.objects.latest("id")
    ask = f"http://cards.example/ask/{attempt.id}"
    assert ask in payer.look().content.decode()
    back = gateway.calls[-1].return_url
    spanish = payer.page.replace("/en/", "/es/")
    payer.client.get(spanish)  # whatever language the browser asks for
    came = payer.client.get(path_of(back), follow=True, headers={"accept-language": "en"})
    assert path_of(came.redirect_chain[-1][0]) == spanish

    other = Payer(payer.link)  # has the same link, and did not type that card
    assert "A payment is being confirmed" in words(other.look())
    assert ask not in other.look().content.decode()

    declined = ChargeReply(Outcome.DECLINED, decline=Decline("3ds", Hint.ISSUER, Retry.CUSTOMER))
    hear(attempt_id=attempt.id, reply=declined, actor="system", moment=moment(clock.now()))
    assert "Ask the bank that issued the card" in words(payer.look())
    assert "Ask the bank that issued the card" not in words(other.look())
    assert not Notice.objects.filter(kind="payment_failed", key=str(attempt.id)).exists()
    assert state(invoice) is State.PENDING


def test_the_answer_to_a_members_payment_is_not_for_who_has_a_link(declined, invoice, payer, gateway):
    save_card(customer_id=declined.customer_id, frame_ref="asks", use=True, actor="ana", now=clock.now())
    charge(declined, invoice)
    page = payer.look()
    assert "A payment is being confirmed" in words(page)
    assert "/ask/" not in page.content.decode()


def charge(tenant, invoice):
    return charge_invoice(
        invoice_id=invoice.id,
        customer_id=tenant.customer_id,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=moment(clock.now()),
    )


def test_paid_in_the_portal_meanwhile_it_charges_nothing_and_says_so(declined, invoice, payer, gateway):
    sent = payer.type(gateway, "ok#1")
    charge(declined, invoice)
    before = len(gateway.calls)
    payer.send(sent)
    assert "This invoice is paid" in words(payer.look())
    assert len(gateway.calls) == before


@pytest.mark.rule("INV-4", part="credit notes")
def test_a_credit_note_meanwhile_shows_the_new_sum_before_anything_is_charged(invoice, payer, gateway):
    sent, before = payer.type(gateway, "ok#1"), len(gateway.calls)
    take_back(invoice, 1, 200_00)
    payer.send(sent)
    page = payer.look()
    assert "What is to be paid changed" in words(page)
    assert "R$500.00" in words(page)
    assert (len(gateway.calls), gateway.forgotten[-1:]) == (before, ["ok|2"])
    assert not PaymentMethod.objects.filter(once=True).exists()
    payer.pay(gateway, "ok#2")
    assert gateway.calls[-1].amount == Money(500_00, "BRL")
    assert state(invoice) is State.PAID


def take_back(invoice, line: int, minor: int) -> None:
    issue_credit_note(
        invoice_id=invoice.id, lines=[LineCredit(line, minor)], why="x", actor="olga", now=clock.now()
    )


def test_of_an_invoice_that_was_taken_back_whole_nothing_is_to_be_paid(invoice, payer):
    for line in invoices.get(invoice.id).lines:
        take_back(invoice, line.position, line.left_minor)
    text = words(payer.look())
    assert "Nothing is to be paid any more" in text
    assert "Paid on" not in text
