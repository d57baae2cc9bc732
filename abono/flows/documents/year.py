"""What was paid in a year, month by month, less what went back; in Brazil also that nothing of it is owed any more, where that is
true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from abono.domain.customers.types import Organization
from abono.domain.invoicing import paper
from abono.flows.billing.invoices import buyer_of
from abono.flows.document_lock import as_asked
from abono.kernel.money import Money, total
from abono.kernel.periods import day_start
from abono.platform import formats, use_case

# Money that came counts on the day of its payer, in the customer's days; what was taken back as a mistake, or bounced, as if it
# had never come. What went back counts when it did.
_PAID = """
SELECT c.number, p.currency, month,
       coalesce(sum(p.amount_minor) FILTER (WHERE NOT went), 0)::bigint,
       coalesce(-sum(p.amount_minor) FILTER (WHERE went), 0)::bigint
  FROM journal_entry e
  JOIN journal_posting p ON p.entry_id = e.id AND p.account IN ('clearing', 'disputed')
  JOIN contracts_contract c ON c.id = e.contract_id
  LEFT JOIN payments_receipt r ON r.id = e.reference
   AND e.fact IN ('payment_recorded', 'payment_withdrawn', 'payment_bounced', 'recovered')
 CROSS JOIN LATERAL (
       SELECT date_trunc('month', coalesce(r.received_date, (e.made_at AT TIME ZONE %(zone)s)::date))::date AS month,
              e.fact IN ('refund_done', 'refund_paid_out', 'dispute_lost') AS went) of
 WHERE e.customer_id = %(customer)s AND (%(contract)s::uuid IS NULL OR e.contract_id = %(contract)s)
   AND e.fact IN ('payment_received', 'payment_recorded', 'payment_withdrawn', 'payment_bounced', 'recovered',
                  'refund_done', 'refund_paid_out', 'dispute_lost')
 GROUP BY c.number, p.currency, month
 ORDER BY c.number, p.currency, month
"""
_WITHHELD = """
SELECT r.currency, sum(r.withheld_minor)::bigint
  FROM payments_receipt r JOIN invoicing_invoice i ON i.id = r.invoice_id
 WHERE i.customer_id = %(customer)s AND (%(contract)s::uuid IS NULL OR i.contract_id = %(contract)s)
   AND r.withdrawn_at IS NULL AND r.withheld_minor > 0 AND r.received_date BETWEEN %(first)s AND %(last)s
 GROUP BY r.currency ORDER BY r.currency
"""
# Invoices that were due by the end of a year: how many of them in it, and the numbers of those that are not paid.
_DUE = """
SELECT count(*) FILTER (WHERE due_date >= %(first)s),
       coalesce(array_agg(id ORDER BY id) FILTER (WHERE state IN ('pending', 'disputed', 'write_off')), '{}')
  FROM invoicing_invoice
 WHERE customer_id = %(customer)s AND (%(contract)s::uuid IS NULL OR contract_id = %(contract)s)
   AND number IS NOT NULL AND state <> 'cancelled' AND due_date <= %(last)s
"""


@dataclass(frozen=True, slots=True)
class Month:
    """`first` is its first day. What went back may be more than what came."""

    first: date
    paid: Money
    back: Money

    @property
    def rest(self) -> Money:
        return self.paid - self.back


@dataclass(frozen=True, slots=True)
class OfContract:
    """One contract in one currency; only months in which something moved."""

    number: str
    currency: str
    months: Sequence[Month]

    @property
    def paid(self) -> Money:
        return total([one.paid for one in self.months], self.currency)

    @property
    def back(self) -> Money:
        return total([one.back for one in self.months], self.currency)

    @property
    def rest(self) -> Money:
        return self.paid - self.back


@dataclass(frozen=True, slots=True)
class YearPaid:
    """withheld  taxes that the customer kept of these payments for the tax office, one sum for each currency: in no other sum
    open   how many invoices that were due by the end of the year, earlier ones too, are not paid
    years     in which something was paid or went back, the newest first, and this one
    settled   Brazil's Lei 12.007/2009: the year is over, something was due in it, and nothing that was due by its end is owed
    """

    year: int
    as_of: date  # local day of the customer
    contracts: Sequence[OfContract]
    withheld: Sequence[Money]
    open: int
    settled: bool
    years: Sequence[int]


def year_of(customer: Organization, year: int, *, today: date, contract_id: UUID | None = None) -> YearPaid:
    """Of all contracts of a customer, or of one.

    today   local day of the customer, as of which invoices are paid or not
    """
    grouped: dict[tuple[str, str], list[Month]] = {}
    rows = _rows(customer, contract_id)
    for number, currency, month, paid, back in rows:
        if month.year == year and (paid or back):
            of = grouped.setdefault((number, currency), [])
            of.append(Month(month, Money(paid, currency), Money(back, currency)))
    due, unpaid = _due(customer, year, contract_id)
    over = date(year, 12, 31) < today
    return YearPaid(
        year=year,
        as_of=today,
        contracts=[OfContract(number, currency, months) for (number, currency), months in grouped.items()],
        withheld=_withheld(customer, year, contract_id),
        open=unpaid,
        settled=customer.country == "BR" and over and due > 0 and not unpaid,
        years=sorted(
            {today.year, *(month.year for _number, _currency, month, _paid, _back in rows)}, reverse=True
        ),
    )


def year_file(
    customer: Organization,
    year: int,
    language: str,
    *,
    today: date,
    contract_id: UUID | None = None,
    for_seller: bool = False,
) -> tuple[str, bytes]:
    """File name and PDF, of all contracts or of one. Raises DocumentPasswordLost."""
    found = year_of(customer, year, today=today, contract_id=contract_id)
    with override(language):
        pdf = paper.made("statement", _written(customer, found, language), at=day_start(today, "UTC"))
    return f"paid-{year}.pdf", as_asked(pdf, customer_id=customer.id, for_seller=for_seller)


def sentences(found: YearPaid, language: str) -> list[str]:
    """What beside the sums is true of the year: taxes that were withheld, and what was due, for a customer of Brazil the declaration
    that its law asks for. The active language is `language`."""
    said = [
        _(
            "Taxes withheld of these payments: {amount}. Their invoices count them as paid; the sums here do not."
        ).format(amount=formats.money(one, language))
        for one in found.withheld
    ]
    if found.settled:
        said += [
            _(
                "Declaration of yearly settlement of debts (Lei 12.007/2009, Brazil): all invoices due from January to December of"
                " {year} are paid."
            ).format(year=found.year),
            _(
                "As proof that the obligations were met, it takes the place of the receipts of the monthly invoices of {year} and of"
                " the years before."
            ).format(year=found.year),
        ]
    elif found.open:
        count = formats.number(found.open, language)
        said.append(
            _("Invoices due by the end of {year} and not paid: {count}.").format(year=found.year, count=count)
        )
    return said


def _rows(customer: Organization, contract_id: UUID | None) -> list[tuple[str, str, date, int, int]]:
    use_case.write_gathered()
    with connection.cursor() as cursor:
        cursor.execute(_PAID, {"customer": customer.id, "contract": contract_id, "zone": customer.time_zone})
        found: list[tuple[str, str, date, int, int]] = cursor.fetchall()
    return found


def _withheld(customer: Organization, year: int, contract_id: UUID | None) -> list[Money]:
    with connection.cursor() as cursor:
        cursor.execute(_WITHHELD, _asked(customer, year, contract_id))
        return [Money(int(minor), currency) for currency, minor in cursor.fetchall()]


def _due(customer: Organization, year: int, contract_id: UUID | None) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, _asked(customer, year, contract_id))
        count, unpaid = cursor.fetchone() or (0, [])
    return int(count), len(unpaid)


def _asked(customer: Organization, year: int, contract_id: UUID | None) -> dict[str, UUID | date | None]:
    return {
        "customer": customer.id,
        "contract": contract_id,
        "first": date(year, 1, 1),
        "last": date(year, 12, 31),
    }


def _written(customer: Organization, found: YearPaid, language: str) -> dict[str, object]:
    as_of = formats.long_day(found.as_of, language)
    return {
        **paper.head(
            heading=_("What was paid in {year}").format(year=found.year),
            title=str(found.year),
            buyer=buyer_of(customer),
            sandbox=customer.sandbox,
            facts=[],
            language=language,
        ),
        "state": _("As of {day}").format(day=as_of),
        "over": False,
        "used": paper.pair(_("Paid, less what went back"), _sums(found, language)),
        "balances": [],
        "tables": [_table(one, language) for one in found.contracts],
        "words": {
            "kind": _("What was paid"),
            "whose": _("Customer"),
            "status": _("Status"),
            "page": _("Page"),
            "days": " ".join([*sentences(found, language), _zone(customer)]),
        },
    }


def _zone(customer: Organization) -> str:
    return _("Days are those of {zone}.").format(zone=customer.time_zone.replace("_", " "))


def _sums(found: YearPaid, language: str) -> str:
    """One for each currency."""
    currencies = dict.fromkeys(one.currency for one in found.contracts)
    sums = [total([one.rest for one in found.contracts if one.currency == its], its) for its in currencies]
    return " · ".join(formats.money(one, language) for one in sums) or "–"


def _table(one: OfContract, language: str) -> dict[str, object]:
    def row(name: str, *sums: Money) -> dict[str, object]:
        return {"name": name, "notes": [], "figures": [formats.money(each, language) for each in sums]}

    return {
        "title": _("Contract {number}").format(number=one.number),
        "titles": [_("Month"), pgettext("sum", "Paid"), _("Went back"), _("Paid, less what went back")],
        "rows": [
            row(formats.month(each.first, language), each.paid, each.back, each.rest) for each in one.months
        ],
        "total": row(_("Together"), one.paid, one.back, one.rest),
        "empty": "",
    }
