"""The invoice as a PDF (FIN-1): the same invoice in the same language is the same file, byte for byte."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Literal

import typst
from babel import Locale
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from abono.domain.customers import rules as customers
from abono.domain.invoicing import fonts
from abono.domain.invoicing.labels import fiscal_label, line_label
from abono.domain.invoicing.states import Reason, State
from abono.domain.invoicing.types import Buyer, InvoiceDetail, LineDetail
from abono.kernel.periods import local_date
from abono.platform import formats

_LOCALES = {"es": Locale("es"), "pt-br": Locale("pt", "BR"), "en": Locale("en")}
_CHARGED_BY_ITSELF = (Reason.RENEWAL, Reason.PACKAGE_RAISE)


def invoice_pdf(invoice: InvoiceDetail, language: str) -> bytes:
    """The document of an issued invoice, A4, tagged for screen readers (PDF/UA-1).

    Raises ValueError for an invoice that is not pending or paid: a draft has no number yet, and a cancelled
    one is not handed out (INV-5).
    """
    if invoice.state not in (State.PENDING, State.PAID) or invoice.issued_at is None:
        raise ValueError(f"an invoice that is {invoice.state.value} has no document")
    with override(language):
        written = json.dumps(_written(invoice, language), ensure_ascii=False)
    try:
        return _set(written, invoice.issued_at, accessible=True)
    except typst.TypstError:
        # The standard refuses letters that the font lacks, and a name may have some: a box in their place
        # is better than no invoice.
        return _set(written, invoice.issued_at, accessible=False)


def _set(written: str, issued_at: datetime, *, accessible: bool) -> bytes:
    standards: list[Literal["ua-1"]] = ["ua-1"] if accessible else []
    return typst.compile(
        str(files("abono.domain.invoicing") / "typst" / "invoice.typ"),
        font_paths=[str(fonts.ready(settings.ENV.home))],
        ignore_system_fonts=True,
        sys_inputs={"data": written},
        format="pdf",
        pdf_standards=[*standards],
        timestamp=int(issued_at.timestamp()),  # else two files of one invoice would differ
    )


def _written(invoice: InvoiceDetail, language: str) -> dict[str, object]:
    """Every word and figure of the page, ready to be set. The active language is `language`."""
    locale = _LOCALES[language]
    heading = _("Invoice {number}").format(number=invoice.title)
    return {
        "lang": locale.language,
        "region": locale.territory,
        "heading": heading,
        "description": f"{heading}, {settings.ABONO_SELLER['name']}",
        "title": invoice.title,
        "seller": settings.ABONO_SELLER,
        "buyer": _buyer(invoice.buyer, locale),
        "facts": _facts(invoice, language),
        "paid": invoice.state is State.PAID,
        "status": _status(invoice, language),
        "lines": [_line(line, invoice, language) for line in invoice.lines],
        "total": formats.minor(invoice.total_minor, invoice.currency, language),
        "pay": _how_to_pay(invoice),
        "questions": _("Questions? Write to {email} and name the number of this invoice.").format(
            email=settings.ABONO_SELLER["email"]
        ),
        "words": {
            "invoice": _("Invoice"),
            "billed_to": _("Billed to"),
            "status": _("Status"),
            "description": _("Description"),
            "quantity": _("Quantity"),
            "unit_price": _("Unit price"),
            "amount": _("Amount"),
            "total": _("Total"),
            "page": _("Page"),
        },
    }


def _buyer(buyer: Buyer, locale: Locale) -> dict[str, str]:
    return {
        "legal_name": buyer.legal_name,
        "tax_id_name": _tax_id_name(buyer),
        "tax_id": customers.printed_tax_id(buyer.country, buyer.tax_id),
        "country": locale.territories.get(buyer.country, buyer.country),
    }


def _tax_id_name(buyer: Buyer) -> str:
    """CNPJ or CPF, NIT, RFC …: what the buyer's country calls an id of this form."""
    if buyer.country in customers.COUNTRIES:
        names, forms, _zone = customers.COUNTRIES[buyer.country]
        for name, form in zip(names.split(" / "), forms, strict=True):
            if form.is_valid(buyer.tax_id):
                return name
    return _("Tax id")


def _facts(invoice: InvoiceDetail, language: str) -> list[dict[str, str]]:
    facts = []
    if invoice.issued_at is not None:
        issued = local_date(invoice.issued_at, invoice.time_zone)
        facts.append({"label": _("Issued on"), "value": formats.long_day(issued, language)})
    if invoice.due_date is not None:
        facts.append({"label": _("Due on"), "value": formats.long_day(invoice.due_date, language)})
    facts.append({"label": _("Contract"), "value": invoice.contract_number})
    return facts


def _status(invoice: InvoiceDetail, language: str) -> str:
    if invoice.paid_at is None:
        return _("Pending")
    day = formats.long_day(local_date(invoice.paid_at, invoice.time_zone), language)
    return _("Paid on {day}").format(day=day)


def _line(line: LineDetail, invoice: InvoiceDetail, language: str) -> dict[str, str]:
    first = local_date(line.period_start, invoice.time_zone)
    last = local_date(line.period_end - timedelta(microseconds=1), invoice.time_zone)  # the end is exclusive
    return {
        "label": line_label(line.kind, line.name, language),
        "period": f"{formats.day(first, language)} – {formats.day(last, language)}",
        "fiscal": fiscal_label(line.fiscal_type, language),
        "quantity": formats.number(line.quantity, language),
        "unit_price": formats.micro(line.unit_price_micro, invoice.currency, language),
        "amount": formats.minor(line.amount_minor, invoice.currency, language),
    }


def _how_to_pay(invoice: InvoiceDetail) -> dict[str, object]:
    if invoice.state is State.PAID:
        thanks = _("This invoice is paid; there is nothing left to do. Thank you.")
        return {"title": _("Paid"), "sentences": [thanks], "address": ""}
    if invoice.reason in _CHARGED_BY_ITSELF:
        sentences = [
            _("We charge this invoice to the card in use in My Wallet; you need not do anything."),
            _("To pay it yourself, sign in and open Settings › Financial information."),
        ]
    else:
        sentences = [_("Sign in, open Settings › Financial information and pay this invoice with your card.")]
    if invoice.reason is Reason.INTERIM:
        sentences.append(_("Sending resumes as soon as it is paid."))
    return {"title": _("How to pay"), "sentences": sentences, "address": settings.PUBLIC_URL}
