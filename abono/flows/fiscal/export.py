"""Write an export: all documents that are to be issued, and those that are to be cancelled, each asked for once (INV-11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.fiscal import actions, queries
from abono.domain.fiscal.actions import Wanted
from abono.domain.fiscal.errors import NoFiscalDocuments
from abono.domain.fiscal.types import ExportInfo
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import days_of, line_label
from abono.domain.invoicing.taxes import buyer_kind
from abono.domain.invoicing.types import InvoiceDetail, LineDetail
from abono.domain.withholding import queries as withholding
from abono.domain.withholding.rules import of_buyer, withholdings
from abono.domain.withholding.types import RateInfo
from abono.kernel.money import Money
from abono.kernel.withheld import Withholding
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
    found = invoices.several(queries.to_issue(limit=MOST))
    buyers = customers.several({one.customer_id for one in found})
    rates = _Rates(buyers.keys())
    wanted = [_wanted(one, buyers[one.customer_id], told_in, rates.of(one)) for one in found]
    cancels = queries.to_cancel(told=False, limit=MOST)
    return actions.write_export(number=number, wanted=wanted, cancels=cancels, actor=actor, real=real)


def _wanted(
    invoice: InvoiceDetail, customer: Organization, language: str, withheld: Sequence[Withholding]
) -> Wanted:
    amount = queries.left(invoice)
    return Wanted(invoice, amount, asked_of(invoice, amount, customer, language, withheld))


def asked_of(
    invoice: InvoiceDetail,
    amount: Money,
    customer: Organization,
    language: str,
    withheld: Sequence[Withholding] = (),
) -> dict[str, Any]:
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
        "withheld": [
            {
                "name": one.name,
                "rate_micro": one.rate_micro,
                "base_minor": one.base_minor,
                "amount_minor": one.minor,
            }
            for one in withheld
        ],
    }


class _Rates:
    """What buyers must withhold, read once for all invoices of an export (PAY-6)."""

    def __init__(self, customer_ids: Collection[UUID]) -> None:
        self._everybodys = list(reversed(withholding.everybodys(limit=MOST)))
        self._own: dict[UUID, list[RateInfo]] = {}
        for one in reversed(withholding.own_of(customer_ids)):
            assert one.customer_id is not None  # it is their own
            self._own.setdefault(one.customer_id, []).append(one)

    def of(self, invoice: InvoiceDetail) -> list[Withholding]:
        """By the rates of its due date, whichever day it is paid on."""
        country, tax_id = invoice.buyer.country, invoice.buyer.tax_id
        day = invoice.due_date or invoice.issued_date
        assert day is not None  # of an issued one
        own, kind = self._own.get(invoice.customer_id, []), buyer_kind(country, tax_id)
        rates = of_buyer(self._everybodys, own, country=country, buyer=kind, day=day)
        return withholdings(rates, invoices.bases(invoice.id)) if rates else []


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
