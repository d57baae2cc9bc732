"""What stays unpaid is said wherever somebody can act on it: what failed, until when, what comes then."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.models import PaymentMethod
from abono.kernel.periods import local_date
from abono.platform import formats
from tests.entrypoints.portal.acts import pay_with
from tests.entrypoints.portal.reading import pays, signed_in, words
from tests.payment_links import make_unpaid
from tests.work import renew_due
from tests.world import DAY, make_padaria

ZONE = "America/Sao_Paulo"
PAGES = ("home/", "settings/contracts/", "settings/financial/", "settings/wallet/")
TITLE = "A payment did not go through"


@pytest.fixture
def declined(signed_at):
    """Padaria Sol a month later: the card that paid the first invoice did not pay the second one."""
    return make_unpaid(age=32 * DAY)


def _renewal(tenant):
    [renewal] = invoices.pending(customer_id=tenant.customer_id)
    return renewal


@pytest.mark.rule("PAY-8")
@pytest.mark.parametrize("page", PAGES)
def test_a_declined_renewal_is_told_with_what_until_when_what_then_and_the_way_to_pay(declined, page):
    renewal = _renewal(declined)
    answer = signed_in("ana@padaria.example").get(f"/en/{page}")
    by = formats.long_day(renewal.due_date, "en")
    assert TITLE in words(answer)
    assert f"Visa •••• 4243 was declined: invoice {renewal.title}, R$700.00, is not paid." in words(answer)
    assert f"Pay it by {by}; after that day it is overdue." in words(answer)
    assert "let another card pay for your contract, which is charged for it at once" in words(answer)
    assert f"/en/settings/financial/{renewal.public_id}/pay/" in answer.content.decode()


@pytest.mark.rule("PAY-8", part="another card asked for")
def test_who_adds_a_card_reads_what_is_charged_to_it_at_once(declined):
    ana, renewal = signed_in("ana@padaria.example"), _renewal(declined)
    said = f"what is open is charged to it at once: {renewal.title}, R$700.00."
    assert said in words(ana.get("/en/settings/wallet/add/"))
    [card] = payments.wallet(declined.customer_id)
    assert said in words(ana.get(f"/en/settings/wallet/{card.public_id}/replace/"))


def test_a_viewer_reads_who_can_pay(declined):
    for page in ("home/", "settings/financial/"):
        text = words(signed_in("bruno@padaria.example").get(f"/en/{page}"))
        assert TITLE in text
        assert "An Administrator of your organization can pay." in text
        assert "Add another card" not in text


@pytest.mark.rule("INV-5", part="overdue shown")
def test_once_it_is_overdue_it_says_since_when(signed_at):
    padaria = make_padaria(
        card="renewals-fail", now=signed_at - 45 * DAY
    )  # the renewal was due a fortnight ago
    issued = padaria.contract.cycle_end
    renew_due(now=issued, customer_id=padaria.customer_id)
    since = formats.long_day(local_date(issued + DAY, ZONE), "en")  # due on its issue
    ana = signed_in("ana@padaria.example")
    assert f"It has been overdue since {since}." in words(ana.get("/en/home/"))
    invoice = words(ana.get(f"/en/settings/financial/{_renewal(padaria).public_id}/"))
    assert f"Overdue since {since}" in invoice


@pytest.mark.rule("SEE-1", part="price and next charge")
def test_plans_announces_a_charge_only_to_a_card_that_was_not_declined(declined):
    ana = signed_in("ana@padaria.example")
    page = words(ana.get("/en/settings/contracts/"))
    assert "Next charge" not in page
    assert "Next invoice, as things stand R$700.00" in page
    assert "Visa •••• 4243 was declined last time: use another card" in page
    pay_with(declined, "ok")
    assert "Next charge, as things stand R$700.00" in words(ana.get("/en/settings/contracts/"))
    assert TITLE in words(ana.get("/en/settings/contracts/"))  # a new card alone pays no old invoice


def test_without_a_card_the_invoice_waits_for_one_and_says_so(padaria, ana):
    PaymentMethod.objects.filter(customer_id=padaria.customer_id).update(in_use=False)
    renew_due(now=padaria.contract.cycle_end, customer_id=padaria.customer_id)
    page = words(ana.get("/en/home/"))
    assert f"There is no card to charge invoice {_renewal(padaria).title}, R$700.00, to" in page
    assert "It is charged as soon as there is a card." in page
    assert "there is no card to charge: add one" in words(ana.get("/en/settings/contracts/"))


def test_when_it_is_paid_nothing_is_said_any_more(declined):
    ana = signed_in("ana@padaria.example")
    pays(ana, f"/en/settings/financial/{_renewal(declined).public_id}/pay/")
    for page in PAGES:
        assert "is not paid." not in words(ana.get(f"/en/{page}"))


def test_its_paper_does_not_promise_a_charge(declined):
    renewal = _renewal(declined)
    paper = signed_in("ana@padaria.example").get(f"/en/settings/financial/{renewal.public_id}/pdf/")
    text = " ".join(PdfReader(io.BytesIO(paper.content)).pages[0].extract_text().split())
    assert "We charge" not in text
    assert "4243 was declined, and nothing was charged." in text
    assert "Sign in, open Settings › Financial information and pay this invoice with a card." in text
