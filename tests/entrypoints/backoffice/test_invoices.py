"""The seller corrects an issued invoice: sees what a credit note does, confirms it, once (INV-4)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import CreditNote
from abono.domain.invoicing.types import InvoiceDetail
from abono.flows.billing.renew import renew
from abono.flows.wallet import save_card
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import words
from tests.world import Tenant

PAGE = "/en/back-office/invoices/"
WHY = "The plan was not there for ten days."


@pytest.fixture
def invoice(padaria: Tenant) -> InvoiceDetail:
    return invoices.list_for_customer(padaria.customer_id)[0]


def note_of(page: str) -> str:
    found = re.search(r'name="note" value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


@pytest.mark.rule("INV-4", part="credit notes")
def test_an_invoice_is_found_seen_in_words_and_taken_back_once(olga: Client, invoice: InvoiceDetail):
    assert invoice.title in words(olga.get(PAGE))
    assert invoice.title in words(olga.get(PAGE, {"contract": invoice.contract_number}))
    assert invoice.title not in words(olga.get(PAGE, {"contract": "1999"}))
    url = f"{PAGE}{invoice.public_id}/"
    typed = {"line_1": "150.00", "why": WHY, "note": note_of(olga.get(url).text)}

    seen = olga.post(url, {**typed, "preview": "1"})
    assert "A credit note of R$150.00 on invoice A-000001." in words(seen)
    assert "R$150.00 was paid already and becomes credit of the contract" in words(seen)
    assert not CreditNote.objects.exists()

    confirmed = {**typed, "note": note_of(seen.text), "seen": "1:15000=0+15000", "confirm": "1"}
    assert f'name="seen" value="{confirmed["seen"]}"' in seen.text
    changed = words(olga.post(url, {**confirmed, "line_1": "600.00"}))  # other than what was seen
    assert "R$600.00 was paid already" in changed
    assert not CreditNote.objects.exists()
    for _press in range(2):
        done = olga.post(url, confirmed, follow=True)
        assert "Credit note C-000001 is issued." in words(done)
    note = CreditNote.objects.get()
    assert (note.total_minor, note.credit_minor, note.why) == (150_00, 150_00, WHY)
    event = Event.objects.get(name="credit_note.issued")
    assert (event.why, event.actor.startswith("person:")) == (WHY, True)
    assert "C-000001" in words(olga.get(url))


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"line_1": "600.01"}, "That is more than what is left of this line."),
        ({"line_1": "0"}, "Choose at least one line"),
        ({"line_1": ""}, "Choose at least one line"),
        ({"line_1": "-5"}, "Write an amount like"),
        ({"line_1": "1.005"}, "less than the smallest coin"),
        ({"line_1": "a lot"}, "Write an amount like"),
        ({"why": ""}, "Say why: the customer reads it."),
        ({"note": "x"}, "note"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    olga: Client, invoice: InvoiceDetail, change: dict[str, str], said: str
):
    url = f"{PAGE}{invoice.public_id}/"
    typed = {"line_1": "1.00", "why": WHY, "note": note_of(olga.get(url).text), "confirm": "1"}
    answer = olga.post(url, typed | change)
    assert (answer.status_code, said in words(answer) or said == "note") == (422, True)
    assert not CreditNote.objects.exists()


@pytest.mark.rule("INV-4", part="credit notes")
def test_everything_that_is_left_can_be_taken_back_in_one_go(olga: Client, invoice: InvoiceDetail):
    url = f"{PAGE}{invoice.public_id}/"
    filled = olga.get(url, {"all": "1"}).text
    typed = dict(re.findall(r'name="(line_\d)" value="([^"]+)"', filled))
    assert typed == {"line_1": "600.00", "line_2": "100.00", "line_3": "649.00"}
    seen = "1:60000,2:10000,3:64900=0+134900"
    olga.post(url, {**typed, "why": WHY, "note": note_of(filled), "seen": seen, "confirm": "1"})
    after = olga.get(url)
    assert "Credited" in words(after)
    assert "Take back by a credit note" not in words(after)


@pytest.mark.rule("INV-4", part="re-issued")
def test_an_unpaid_invoice_is_cancelled_and_made_out_anew(olga: Client, padaria: Tenant):
    save_card(
        customer_id=padaria.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=clock.now()
    )
    renew(contract_id=padaria.contract_id, now=clock.now() + timedelta(days=30))
    before = invoices.list_for_customer(padaria.customer_id)[0]
    url = f"{PAGE}{before.public_id}/"
    assert "Cancel and make out anew" in words(olga.get(url))
    assert olga.post(f"{url}reissue/", {"anew-why": ""}).status_code == 422
    done = words(olga.post(f"{url}reissue/", {"anew-why": "The name was wrong."}, follow=True))
    assert "Invoice A-000002 is cancelled, and made out anew as A-000003." in done
    assert "Replaces invoice A-000002" in done
    again = words(olga.post(f"{url}reissue/", {"anew-why": "Once more."}, follow=True))
    assert "is not waiting for a payment" in again
    assert "Made out anew as A-000003" in again
