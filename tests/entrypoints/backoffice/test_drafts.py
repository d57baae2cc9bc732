"""Back office › Invoices › Drafts: written, kept, looked at, issued, parked, discarded (INV-10)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from abono.domain.invoicing import queries as invoices
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REVIEW_FOR
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import hidden, signed_in, words
from tests.pdfs import words as paper
from tests.work import renew_due
from tests.world import Tenant

PAGE = "/en/back-office/drafts/"
LINE = {
    "text_1": "Training of two agents",
    "quantity_1": "2",
    "price_1": "150.00",
    "fiscal_1": "licensing",
}


def kept(olga: Client, padaria: Tenant) -> str:
    """The address of a draft."""
    new = olga.get(PAGE, {"contract": padaria.contract.number})["Location"]
    return olga.post(new, {**LINE, "named": hidden(olga.get(new), "named")})["Location"]


@pytest.mark.rule("INV-10", part="one-off")
def test_a_draft_is_kept_changed_looked_at_and_issued_after_confirmation(olga, padaria) -> None:
    assert "There is no contract with this number." in words(olga.get(PAGE, {"contract": "1999"}))
    url = kept(olga, padaria)
    assert "Training of two agents Padaria Sol Ltda." in words(olga.get(PAGE))
    changed = {"text_2": "Journey", "quantity_2": "1", "price_2": "80.50", "fiscal_2": "sva"}
    again = olga.post(url, {**LINE, **changed, "named": hidden(olga.get(url), "named"), "keep": "1"})
    assert again["Location"] == url
    page = olga.get(url)
    assert "Total R$380.50" in words(page)
    said = paper(olga.get(f"{url}pdf/").content)
    assert "This is a draft: it is not issued" in said
    assert "Billed once: 2 × R$150.00 = R$300.00" in said

    typed = {**LINE, **changed, "named": hidden(page, "named"), "seen": hidden(page, "seen"), "issue": "1"}
    assert "Say why: the customer can read it." in words(olga.post(url, {**typed, "issue-why": ""}))
    typed |= {"quantity_2": "2", "issue-why": "As we agreed."}
    kept_first = olga.post(url, typed)  # what was typed since is not lost, and not issued unseen
    assert "Your lines are kept." in words(kept_first)
    assert "Total R$461.00" in words(kept_first)
    assert 'value="As we agreed."' in kept_first.text
    done = olga.post(url, {**typed, "seen": hidden(kept_first, "seen")}, follow=True)
    assert "Invoice A-000002 is issued." in words(done)
    assert olga.get(url).status_code == 404
    ana = signed_in("ana@padaria.example")
    [invoice, _first] = invoices.list_for_customer(padaria.customer_id)
    seen = words(ana.get(f"/en/settings/financial/{invoice.public_id}/"))
    assert "One-off invoice" in seen
    assert "Billed once: 2 × R$150.00 = R$300.00" in seen
    said = program(padaria.customer_id, "read").get("/events", name="invoice.issued").json()["items"]
    assert said[0]["why"] == "As we agreed."  # so the form says that the customer can read it


@pytest.mark.rule("INV-10")
def test_what_makes_no_sense_is_said_beside_its_field_and_a_draft_can_be_discarded(olga, padaria) -> None:
    url = kept(olga, padaria)
    named = {"named": hidden(olga.get(url), "named"), "keep": "1"}
    for wrong, said in (
        ({"price_1": ""}, "Write what one of it costs."),
        ({"text_1": ""}, "Write what it is for: the customer reads it."),
        ({"price_1": "-1"}, "Write an amount like"),
        ({"quantity_1": "0"}, "greater than or equal to 1"),
        ({"text_1": "", "price_1": ""}, "Write at least one line."),
    ):
        answer = olga.post(url, {**LINE, **named, **wrong})
        assert (answer.status_code, said in words(answer)) == (422, True), said
    gone = olga.post(url, {"discard": "1"}, follow=True)
    assert "The draft is discarded." in words(gone)
    assert "No draft waits." in words(gone)


@pytest.mark.rule("INV-10", part="review: other")
def test_an_invoice_of_a_new_cycle_is_looked_at_parked_and_let_go(olga, padaria) -> None:
    set_value(setting=REVIEW_FOR, value="PT12H", now=clock.now(), why="a test", actor="olga")
    renew_due(now=padaria.contract.cycle_end, customer_id=padaria.customer_id)
    ana = signed_in("ana@padaria.example")
    day = padaria.contract.adhesion_date.isoformat()
    assert "was billed on" not in words(ana.get("/en/usage/", {"cycle": day}))
    listed = olga.get(PAGE)
    url = re.search(rf'href="({PAGE}inv_\w+/)"', listed.text)[1]
    assert "Monthly invoice Padaria Sol Ltda." in words(listed)
    page = words(olga.get(url))
    assert "Software plan Specialist R$600.00" in page
    assert "Issued by itself" in page
    assert "This is a draft" in paper(olga.get(f"{url}pdf/").content)

    assert "Say why: the customer can read it." in words(olga.post(url, {"park": "1", "issue-why": ""}))
    olga.post(url, {"park": "1", "issue-why": "We ask them first."})
    assert "Parked: We ask them first." in words(olga.get(PAGE))
    assert "Issued by itself" not in words(olga.get(url))
    done = olga.post(url, {"issue": "1", "issue-why": "They agreed."}, follow=True)
    assert "Invoice A-000002 is issued." in words(done)
    assert "No draft waits." in words(olga.get(PAGE))
