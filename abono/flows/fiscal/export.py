"""Write an export: all documents that are to be issued, and those that are to be cancelled, each asked for once (INV-11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.fiscal import actions, queries
from abono.domain.fiscal.actions import Wanted
from abono.domain.fiscal.errors import NoFiscalDocuments
from abono.domain.fiscal.types import ExportInfo
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import days_of, line_label
from abono.domain.invoicing.types import InvoiceDetail, LineDetail
from abono.kernel.money import Money
from abono.platform.numbering import next_number
from abono.platform.use_case import use_case

MOST = 1_000  # documents in an export: what is left goes with the next one
LANGUAGE = "pt-br"  # of what is sold, where the seller issues in Brazil
CODES = ("item", "nbs", "cst", "tax_class", "city_code", "cnae", "operation")


@use_case
def write_export(*, language: str, actor: str, real: datetime) -> ExportInfo:
    """The next one, numbered without a gap. `language`: of what lines are for, unless the seller issues in Brazil. Raises
    NoFiscalDocuments, NothingToIssue."""
    if not queries.kept():
        raise NoFiscalDocuments()
    number = next_number("fiscal_export")  # others who write one wait from here on
    told_in = LANGUAGE if queries.issuer() else language
    wanted = [_wanted(invoices.get(one), told_in) for one in queries.to_issue(limit=MOST)]
    cancels = queries.to_cancel(told=False, limit=MOST)
    return actions.write_export(number=number, wanted=wanted, cancels=cancels, actor=actor, real=real)


def _wanted(invoice: InvoiceDetail, language: str) -> Wanted:
    amount = queries.left(invoice)
    return Wanted(invoice, amount, asked_of(invoice, amount, customers.get(invoice.customer_id), language))


def asked_of(invoice: InvoiceDetail, amount: Money, customer: Organization, language: str) -> dict[str, Any]:
    """All that is needed to issue a document of it: JSON. Name and tax id as they are on the invoice, the address by its parts as it
    is now; amounts in minor units, days in the customer's time zone."""
    return {
        "reference": invoice.title,
        "invoice": invoice.public_id,
        "contract": invoice.contract_number,
        "issued_date": _day(invoice.issued_date),
        "due_date": _day(invoice.due_date),
        "paid": invoice.paid_at is not None,
        "currency": invoice.currency,
        "amount_minor": amount.minor,
        "seller": dict(settings.ABONO_SELLER),
        "buyer": {
            "legal_name": invoice.buyer.legal_name,
            "tax_id": invoice.buyer.tax_id,
            "country": invoice.buyer.country,
            "address_lines": list(invoice.buyer.address),
            "street": customer.address.street,
            "number": customer.address.number,
            "complement": customer.address.complement,
            "district": customer.address.district,
            "city": customer.address.city,
            "region": customer.address.region,
            "postal_code": customer.address.postal_code,
            "email": customer.financial_email,
        },
        "lines": [_line(one, invoice, language) for one in invoice.lines],
        "taxes": [
            {
                "name": one.name,
                "rate_micro": one.rate_micro,
                "base_minor": one.base_minor,
                "amount_minor": one.amount_minor,
                "fiscal_type": one.fiscal_type.value,
            }
            for one in invoice.included
        ],
    }


def _line(line: LineDetail, invoice: InvoiceDetail, language: str) -> Mapping[str, Any]:
    first, last = days_of(line, invoice.time_zone)
    return {
        "position": line.position,
        "description": line_label(line.kind, line.name, language),
        "kind": line.kind.value,
        "fiscal_type": line.fiscal_type.value,
        "first_date": first.isoformat(),
        "last_date": last.isoformat(),
        "quantity": line.quantity,
        "unit_price_micro": line.unit_price_micro,
        "amount_minor": line.amount_minor,
        "credited_minor": line.credited_minor,
        **{name: "" if line.codes is None else getattr(line.codes, name) for name in CODES},
    }


def _day(day: object) -> str | None:
    return None if day is None else str(day)
