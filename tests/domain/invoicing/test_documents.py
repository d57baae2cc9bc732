"""The invoice as a PDF: what it says, in three languages, and that it is always the same file."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, override
from pypdf import PdfReader

from abono.domain.invoicing import documents, fonts
from abono.domain.invoicing.labels import fiscal_label, line_label
from abono.domain.invoicing.states import FiscalType, LineKind, Outlook, Reason, State
from abono.domain.invoicing.types import Buyer, Collecting, InvoiceDetail
from tests.domain.invoicing.samples import LINES, credit_note, invoice
from tests.examples import first_by_day
from tests.pdfs import check_accessible

LANGUAGES = ("es", "pt-br", "en")


def words(pdf: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return text.replace("\u00a0", " ")


TODAY = date(2026, 7, 1)
CHARGED = Collecting(Outlook.SCHEDULED, datetime(2026, 7, 1, 3, tzinfo=UTC), "Visa •••• 4242")


def paper_of(
    whole: InvoiceDetail, language: str, *, collecting: Collecting = CHARGED, today: date = TODAY
) -> bytes:
    return documents.invoice_pdf(
        whole, language, parts=[()] * len(whole.lines), collecting=collecting, today=today
    )


def note_of(language: str) -> bytes:
    return documents.credit_note_pdf(credit_note(), invoice(), language)


def said(
    language: str = "en", *, collecting: Collecting = CHARGED, today: date = TODAY, **changes: object
) -> str:
    return words(paper_of(invoice(**changes), language, collecting=collecting, today=today))


@pytest.mark.rule("FIN-1")
@pytest.mark.rule("LNG-1", part="PDFs")
@pytest.mark.parametrize(
    ("language", "total", "due"),
    [
        ("es", "R$ 2.437,15", "11 de julio de 2026"),
        ("pt-br", "R$ 2.437,15", "11 de julho de 2026"),
        ("en", "R$2,437.15", "11 July 2026"),
    ],
)
def test_it_says_who_what_how_much_and_when(language: str, total: str, due: str) -> None:
    text = said(language)

    assert settings.ABONO_SELLER["name"] in text
    assert settings.ABONO_SELLER["tax_id"] in text
    assert "Padaria Sol Ltda." in text
    assert "CNPJ 11.222.333/0001-81" in text
    assert "A-000042" in text
    assert "2026-000042-6" in text
    assert due in text
    assert text.count(total) == 1  # the total stands once


@pytest.mark.rule("INV-3", part="what a line carries")
def test_each_line_has_its_period_quantity_unit_price_and_fiscal_type() -> None:
    text = said()

    assert "1 Jul 2026 – 31 Jul 2026" in text  # the end is exclusive, and days are those of São Paulo
    assert "1 Jun 2026 – 30 Jun 2026" in text
    for figure in ("1,312", "R$0.40", "R$524.80", "R$12.345", "R$12.35"):
        assert figure in text
    assert fiscal_label(FiscalType.LICENSING, "en") in text
    assert fiscal_label(FiscalType.SVA, "en") in text


@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_the_same_invoice_is_the_same_file_byte_for_byte(language: str) -> None:
    paper = invoice()

    assert paper_of(paper, language) == paper_of(paper, language)


def test_another_process_makes_the_same_file() -> None:
    """Nothing of the day or the machine is in it."""
    program = (
        "import django, hashlib; django.setup()\n"
        "from tests.domain.invoicing.samples import invoice\n"
        "from tests.domain.invoicing.test_documents import note_of, paper_of\n"
        "print(hashlib.sha256(paper_of(invoice(), 'es')).hexdigest())\n"
        "print(hashlib.sha256(note_of('en')).hexdigest())"
    )
    surroundings = {**os.environ, "DJANGO_SETTINGS_MODULE": "abono.config.settings", "TZ": "Asia/Tokyo"}
    other = subprocess.run(
        [sys.executable, "-c", program], env=surroundings, capture_output=True, text=True, check=True
    )

    here = [hashlib.sha256(pdf).hexdigest() for pdf in (paper_of(invoice(), "es"), note_of("en"))]
    assert other.stdout.split() == here


@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_everybody_can_read_an_invoice_and_a_credit_note(language: str) -> None:
    """Also whoever listens to them."""
    paper, note = paper_of(invoice(), language), note_of(language)
    check_accessible(paper, language=language, title="A-000042")
    check_accessible(note, language=language, title="C-000007")
    page = PdfReader(io.BytesIO(paper)).pages[0]
    assert float(page.mediabox.width) == pytest.approx(595, abs=1)  # A4


@pytest.mark.rule("INV-5")
def test_it_says_whether_it_is_paid_and_how_to_pay() -> None:
    pending = said()
    paid = said(state=State.PAID, paid_at=datetime(2026, 7, 3, 2, tzinfo=UTC))

    assert "Pending" in pending
    assert "How to pay" in pending
    assert settings.PUBLIC_URL in pending
    assert "Paid on 2 July 2026" in paid  # 23:00 of the day before in São Paulo
    assert "How to pay" not in paid


@pytest.mark.rule("INV-5", part="pending, paid, cancelled")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
@pytest.mark.parametrize("state", [State.PENDING, State.PAID])
@pytest.mark.parametrize("outlook", Outlook)
def test_only_an_invoice_that_is_charged_by_itself_says_so(
    outlook: Outlook, state: State, language: str
) -> None:
    with override(language):
        charged = gettext("We charge it on {day} to {card}, the card in use in My Wallet.").split("{")[0]
        nothing_to_do = gettext("You need not do anything.")
        refused = gettext("{card} was declined, and nothing was charged.").format(card="Visa •••• 4242")
    paid_at = datetime(2026, 7, 3, 2, tzinfo=UTC) if state is State.PAID else None
    text = said(language, state=state, paid_at=paid_at, collecting=replace(CHARGED, outlook=outlook))
    pending = state is State.PENDING
    assert (charged in text) is (pending and outlook is Outlook.SCHEDULED)
    by_itself = outlook in (Outlook.SCHEDULED, Outlook.CONFIRMING, Outlook.DEBITED)
    assert (nothing_to_do in text) is (pending and by_itself)
    assert (refused in text) is (pending and outlook is Outlook.DECLINED)


@pytest.mark.rule("INV-5", part="overdue shown")
def test_an_unpaid_one_says_of_which_day_it_speaks_and_whether_it_is_overdue() -> None:
    text = said(collecting=Collecting(Outlook.DECLINED, card="Visa •••• 4242"), today=date(2026, 7, 12))
    assert "Overdue" in text
    assert "How to pay, as of 12 July 2026" in text
    on_the_last_day = said(today=date(2026, 7, 11))
    assert "Pending" in on_the_last_day
    assert "Overdue" not in on_the_last_day


def test_one_of_a_sandbox_says_so() -> None:
    assert "Sandbox" in said(sandbox=True)
    assert "Sandbox" not in said()


@pytest.mark.rule("LIM-4")
def test_an_interim_invoice_says_that_paying_it_opens_sending() -> None:
    assert "Sending resumes as soon as it is paid" in said(reason=Reason.INTERIM)
    assert "Sending resumes" not in said(reason=Reason.RENEWAL)


@pytest.mark.rule("INV-5", part="cancelled is not downloadable")
@pytest.mark.parametrize("state", [State.DRAFT, State.CANCELLED])
def test_a_draft_and_a_cancelled_invoice_have_no_document(state: State) -> None:
    with pytest.raises(ValueError, match=state.value):
        paper_of(invoice(state=state), "en")


@pytest.mark.parametrize(
    ("buyer", "written"),
    [
        (Buyer("João da Silva", "11144477735", "BR"), "CPF 111.444.777-35"),
        (Buyer("Ferretería Luna S.A.S.", "2131234321", "CO"), "NIT 213.123.432-1"),
        (Buyer("Nobody", "12-3", "ZZ"), "12-3"),
    ],
)
def test_the_tax_id_is_written_as_its_country_writes_it(buyer: Buyer, written: str) -> None:
    assert written in said(buyer=buyer)


def test_what_a_customer_is_called_is_text_and_never_markup() -> None:
    name = '#panic("no") *x* $1$ <b> @ref // \\ [Ltd.]'

    assert name.replace(" ", "") in said(buyer=Buyer(name, "11222333000181", "BR")).replace(" ", "")


@pytest.mark.parametrize("name", ["日本語株式会社", "tab\tand\u0007bell", "W" * 160])
def test_a_name_that_the_font_cannot_write_still_gets_an_invoice(name: str) -> None:
    assert "A-000042" in said(buyer=Buyer(name, "11222333000181", "BR"))


def test_a_long_invoice_goes_on_over_pages_with_its_columns_named() -> None:
    pdf = paper_of(invoice(lines=LINES * 15), "en")
    pages = PdfReader(io.BytesIO(pdf)).pages

    assert len(pages) > 2
    assert all("Unit price" in page.extract_text() for page in pages)
    assert words(pdf).count("R$2,437.15") == 1


@pytest.mark.rule("FIN-5")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LineKind)
def test_every_kind_of_line_has_a_name_with_and_without_what_was_sold(kind: LineKind, language: str) -> None:
    assert "Expert" in line_label(kind, "Expert", language)
    assert line_label(kind, "", language)
    assert "{" not in line_label(kind, "", language)


def test_a_package_is_named_by_its_value() -> None:
    assert line_label(LineKind.PACKAGE, "brl-1000", "en") == "Channel package R$1,000"
    assert line_label(LineKind.PACKAGE, "brl-1000", "es").endswith("R$\u00a01.000")
    assert line_label(LineKind.PACKAGE, "custom", "en") == "Channel package custom"


@pytest.mark.nightly
def test_a_font_cut_anew_is_the_same_file(tmp_path: Path) -> None:
    """So a PDF made on a fresh machine equals one made on an old one."""
    fresh, kept = tmp_path / "Inter-400.ttf", fonts.ready(settings.ENV.home) / "Inter-400.ttf"
    fonts._cut(400, fresh)

    assert fresh.read_bytes() == kept.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["Inter-400.ttf"]
