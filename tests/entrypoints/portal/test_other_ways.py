"""An invoice is paid by Pix or slip from its page (FIN-3, PAY-2, PAY-4)."""

from __future__ import annotations

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.payments.models import PaymentRequest
from abono.domain.payments.pushed import requests
from abono.flows.one_off.draft import seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.flows.requests.ask import look
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.entrypoints.portal.reading import signed_in, words
from tests.payment_links import Payer, make, make_unpaid
from tests.scenarios.test_one_off import TRAINING
from tests.world import DAY, make_padaria


@pytest.fixture
def declined(signed_at, bank):
    """Padaria Sol a month later: the card that paid the first invoice did not pay the second one."""
    return make_unpaid(age=32 * DAY)


@pytest.fixture
def renewal(declined):
    [renewal] = invoices.pending(customer_id=declined.customer_id)
    return renewal


def address(renewal, rest=""):
    return f"/en/settings/financial/{renewal.public_id}/{rest}"


def ask(who, renewal, means):
    return signed_in(who).post(address(renewal, "requests/"), {"means": means}, follow=True)


@pytest.mark.rule("FIN-3", part="Pix")
def test_a_pix_is_shown_to_be_read_and_copied_and_its_page_goes_on_once_it_is_paid(renewal, bank):
    ana = signed_in("ana@padaria.example")
    assert "Pay R$700.00 by Pix" in words(ana.get(address(renewal, "pay/")))
    shown = ask("ana@padaria.example", renewal, "pix")
    [asked] = requests.of_invoice(renewal.id)
    assert f'data-copy="{asked.pay_with}"' in shown.content.decode()
    assert "QR code of this Pix" in shown.content.decode()
    assert "Can be paid" in words(ana.get(address(renewal)))

    page = address(renewal, f"requests/{asked.public_id}/")
    looks = {"HTTP_HX_REQUEST": "true"}
    assert ana.get(f"{page}?was=payable", **looks).status_code == 204
    bank.pay(asked.id.hex, on=clock.now().date())
    look(request_id=asked.id, real=clock.now())
    assert ana.get(f"{page}?was=payable", **looks).headers["HX-Refresh"] == "true"
    assert f"The payment is here. Invoice {renewal.title} is settled." in words(ana.get(page))
    assert "By Pix" in words(ana.get(address(renewal)))


@pytest.mark.rule("FIN-3", part="slip")
@pytest.mark.rule("PAY-4", part="payable once registered")
def test_a_slip_is_shown_as_payable_once_it_is_registered(renewal, bank):
    bank.says = "asked"
    ana = signed_in("ana@padaria.example")
    assert "Ask for a slip" in words(ana.get(address(renewal, "pay/")))
    shown = words(ask("ana@padaria.example", renewal, "slip"))
    [asked] = requests.of_invoice(renewal.id)
    assert "Being registered" in shown
    offered = words(ana.get(address(renewal, "pay/")))
    assert "See the slip" in offered
    assert "Ask for a slip" not in offered
    assert asked.pay_with not in shown
    bank.registered.add(asked.id.hex)
    look(request_id=asked.id, real=clock.now())
    page = signed_in("bruno@padaria.example").get(address(renewal, f"requests/{asked.public_id}/"))
    assert asked.pay_with in words(page)


def test_a_slip_of_more_than_is_owed_by_now_is_not_shown_to_be_paid(declined, renewal, bank):
    payer = Payer(make(declined))
    ask("ana@padaria.example", renewal, "slip")
    [slip] = requests.of_invoice(renewal.id)
    assert slip.pay_with in words(payer.client.get(f"{payer.page}slip/"))
    ask("ana@padaria.example", renewal, "pix")
    pix = requests.of_invoice(renewal.id)[0]
    bank.pay(pix.id.hex, 300_00, on=clock.now().date())
    look(request_id=pix.id, real=clock.now())

    ana = signed_in("ana@padaria.example")
    for page in (
        words(ana.get(address(renewal, f"requests/{slip.public_id}/"))),
        words(payer.client.get(f"{payer.page}slip/")),
    ):
        assert "Please do not pay it" in page
        assert "Status Ended" in page
        assert slip.pay_with not in page
    assert "Its slip" not in words(ana.get(address(renewal)))


@pytest.mark.rule("PAY-2", part="date shown, refused by every door")
def test_before_a_month_of_use_a_slip_is_shown_with_its_date_and_refused(signed_at, bank):
    young, now = make_padaria(now=clock.now() - 20 * DAY), clock.now()
    draft = write_draft(contract_id=young.contract_id, named=uuid7(), lines=[TRAINING], now=now)
    invoice = issue_one_off(invoice_id=draft.id, accepted=seen(draft), why="", actor="olga", now=now)
    page = words(signed_in("ana@padaria.example").get(address(invoice, "pay/")))
    assert "Possible after one month of use: from" in page
    assert "Ask for a slip" not in page
    assert "Slips are possible from" in words(ask("ana@padaria.example", invoice, "slip"))
    assert requests.of_invoice(invoice.id) == []


def test_a_viewer_sees_it_and_asks_for_none(renewal, bank):
    assert ask("bruno@padaria.example", renewal, "pix").status_code == 403


def test_the_bank_does_not_take_it(renewal, bank):
    bank.says = "refused"
    assert "Choose another way to pay" in words(ask("ana@padaria.example", renewal, "pix"))


@pytest.mark.rule("PAY-3", part="switch")
def test_an_administrator_says_how_invoices_are_paid(signed_at, bank):
    make_padaria(now=clock.now() - 20 * DAY)
    ana = signed_in("ana@padaria.example")
    page = words(ana.get("/en/settings/wallet/means/"))
    assert "Now Card · Visa •••• 4243" in page
    assert "Possible after one month of use: chosen now, it holds for what is issued from" in page

    said = words(ana.post("/en/settings/wallet/means/", {"means": "slip"}, follow=True))
    assert "on are paid so: Slip (boleto)." in said
    assert "Now Card" in said
    said = words(ana.post("/en/settings/wallet/means/", {"means": "pix"}, follow=True))
    assert "Invoices are paid so from now on: Pix." in said
    assert ana.post("/en/settings/wallet/means/", {"means": "gold"}).status_code == 404


@pytest.mark.rule("PAY-5", part="second copy, new date")
@pytest.mark.rule("PAY-5", part="pending")
def test_a_late_slip_gets_a_new_date_in_one_press_and_who_paid_says_so_then_the_seller(renewal, bank, olga):
    page = words(ask("ana@padaria.example", renewal, "slip"))
    assert "I have paid it" in page
    assert "instead" not in page  # it is not late
    [slip] = requests.of_invoice(renewal.id)
    PaymentRequest.objects.update(due_date=slip.due_date - 10 * DAY)

    ana, at = signed_in("ana@padaria.example"), address(renewal, f"requests/{slip.public_id}/")
    assert "This slip is late. A new one would be due on" in words(ana.get(at))
    assert "This slip is late" not in words(signed_in("bruno@padaria.example").get(at))
    shown = words(ana.post(f"{at}date/", follow=True))
    [moved, before] = requests.of_invoice(renewal.id)
    assert (moved.instead_of, moved.moved_by, before.replaced) == (slip.id, "customer", True)
    assert "Of it fine and interest" in shown
    assert words(ana.get(address(renewal))).count("Its slip") == 1
    said = words(ana.post(address(renewal, f"requests/{moved.public_id}/paid/"), follow=True))
    assert "Payment on its way" in said
    assert "I have paid it" not in said

    PaymentRequest.objects.filter(id=moved.id).update(due_date=slip.due_date - 14 * DAY)
    refused = words(ana.post(address(renewal, f"requests/{moved.public_id}/date/"), follow=True))
    assert "This slip has had its new due date." in refused
    standing = f"/en/back-office/invoices/{renewal.public_id}/standing/"
    assert "New due date of the slip" in words(olga.get(standing))
    form = {"act": "new_date", "of": "new_date", "new_date-why": "they asked for it"}
    assert "The slip has a new due date." in words(olga.post(standing, form, follow=True))
    last = requests.of_invoice(renewal.id)[0]
    assert (last.moved_by, last.why, last.instead_of) == ("seller", "they asked for it", moved.id)
