"""Credit notes and credit as the customer sees them: pages, papers, files and what is to be paid (INV-4, INV-9)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from abono.domain.invoicing import queries as invoices
from abono.flows.wallet import save_card
from abono.platform import clock
from tests.entrypoints.portal.reading import signed_in, words
from tests.examples import first_by_day
from tests.remembered import lately
from tests.scenarios.taking_back import take_back
from tests.stories import credited
from tests.work import renew_due
from tests.world import load_catalog, make_luna, make_padaria

PAGE = "/en/settings/financial/"
AGO = timedelta(days=40)


@pytest.fixture
def padaria(db, gateway):
    load_catalog()
    return make_padaria(now=lately() - AGO)


@pytest.fixture
def ana(padaria):
    return signed_in("ana@padaria.example")


def newest(tenant):
    return invoices.list_for_customer(tenant.customer_id)[0]


def paper(answer) -> str:
    assert answer["Content-Type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    return " ".join(text.replace("\u00a0", " ").split())


def unpaid_renewal(padaria):
    save_card(
        customer_id=padaria.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=clock.now()
    )
    renew_due(now=clock.now())
    return newest(padaria)


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("FIN-3", part="card")
def test_page_paper_and_payment_say_what_is_still_to_be_paid(padaria, ana):
    invoice = unpaid_renewal(padaria)
    note = credited(padaria, 150_00)  # 700.00 − 150.00

    page = words(ana.get(f"{PAGE}{invoice.public_id}/"))
    assert "To be paid R$550.00" in page
    assert f"Credit note {note.title} -R$150.00" in page or f"Credit note {note.title} −R$150.00" in page
    assert "Pay R$550.00" in page
    assert note.why in page
    assert "You pay R$550.00" in words(ana.get(f"{PAGE}{invoice.public_id}/pay/"))
    assert "R$550.00 to be paid" in words(ana.get(PAGE))
    assert "R$550.00" in words(ana.get("/en/home/"))
    said = paper(ana.get(f"{PAGE}{invoice.public_id}/pdf/"))
    assert "R$700.00" in said
    assert f"Credit note {note.title}" in said
    assert "To be paid R$550.00" in said


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("LNG-1", part="PDFs")
@pytest.mark.parametrize(
    ("language", "said"),
    first_by_day(
        [
            ("es", ("Nota de crédito", "Sobre la factura", "Acreditado", "Motivo: The plan was not there")),
            ("en", ("Credit note", "On invoice", "Taken back", "R$100.00", "Reason: The plan was not there")),
            ("pt-br", ("Nota de crédito", "Sobre a fatura", "Creditado", "Motivo: The plan was not there")),
        ]
    ),
)
def test_a_credit_note_has_its_paper_in_three_languages(padaria, ana, language, said):
    note = credited(padaria)
    url = f"/{language}/settings/financial/credit/{note.public_id}/pdf/"
    text = paper(ana.get(url))
    for one in ("C-000001", "A-000001", "Padaria Sol Ltda.", *said):
        assert one in text
    assert ana.get(url).content == ana.get(url).content


@pytest.mark.rule("INV-9", part="statement")
def test_the_statement_says_what_is_left_and_how_it_came_to_that(padaria, ana):
    assert "There was none yet." in words(ana.get(f"{PAGE}credit/"))
    credited(padaria, now=clock.now() - AGO)
    renew_due(now=clock.now())
    page = words(ana.get(f"{PAGE}credit/"))
    assert "Left R$0.00" in page
    assert "Paid of an invoice A-000002" in page
    assert "Taken back of a paid invoice A-000001" in page
    invoice = words(ana.get(f"{PAGE}{newest(padaria).public_id}/"))
    assert "Paid with credit" in invoice


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("FIN-2", part="export")
def test_credit_notes_stand_in_the_list_and_in_the_file(padaria, ana):
    credited(padaria)
    assert "C-000001 A-000001" in words(ana.get(PAGE))
    rows = ana.get(f"{PAGE}csv/").content.decode("utf-8-sig").splitlines()
    [row] = [row for row in rows if "C-000001" in row]
    assert "Credit note on invoice A-000001" in row
    assert "-100.00" in row
    assert "C-000001" not in words(ana.get(PAGE, {"status": "paid"}))


@pytest.mark.rule("INV-5", part="pending, paid, cancelled")
def test_an_invoice_that_was_taken_back_whole_says_so_and_can_be_filtered(padaria, ana):
    invoice = newest(padaria)
    for line in invoice.lines:
        take_back(invoice, (line.position, line.amount_minor), now=clock.now())
    page = words(ana.get(f"{PAGE}{invoice.public_id}/"))
    assert "Credited" in page
    assert "Taken back" in paper(ana.get(f"{PAGE}{invoice.public_id}/pdf/"))
    assert invoice.title in words(ana.get(PAGE, {"status": "credited"}))
    assert invoice.title not in words(ana.get(PAGE, {"status": "paid"}))


@pytest.mark.rule("ACC-2")
def test_another_customers_paper_does_not_exist(padaria, ana):
    luna = make_luna(now=clock.now() - AGO)
    note = credited(luna)
    assert ana.get(f"{PAGE}credit/{note.public_id}/pdf/").status_code == 404
    assert ana.get(f"{PAGE}credit/nonsense/pdf/").status_code == 404


@pytest.mark.rule("INV-9", part="oldest first")
def test_the_next_charge_is_shown_less_what_credit_pays(padaria, ana):
    renew_due(now=clock.now())
    credited(padaria)
    plans = words(ana.get("/en/settings/contracts/"))
    assert "Next charge, as things stand R$600.00" in plans  # 700.00 − 100.00
    assert "Paid with credit R$100.00 of an invoice of R$700.00" in plans
    assert "Paid with credit R$100.00" in words(ana.get("/en/usage/"))
