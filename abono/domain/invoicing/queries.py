from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum, Window

from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import NUMBERED, Invoice, InvoiceLine
from abono.domain.invoicing.states import FEES, FiscalType, LineKind, Reason, State
from abono.domain.invoicing.taxes import codes, included
from abono.domain.invoicing.types import (
    Buyer,
    FeeKey,
    InvoiceDetail,
    InvoiceHead,
    LineDetail,
    Reference,
    how,
)
from abono.kernel.due import Means
from abono.kernel.money import Money
from abono.kernel.periods import Period, local_date
from abono.platform.given import given
from abono.platform.postgres.asked import Asked, Slot
from abono.platform.sole import sole

_MOST_PENDING = 500


def detail(invoice: Invoice) -> InvoiceDetail:
    rows = sorted(invoice.lines.all(), key=lambda line: line.position)
    lines = tuple(line_detail(row) for row in rows)
    return InvoiceDetail(
        **_head(invoice),
        lines=lines,
        included=included(lines, invoice.buyer["country"], invoice.buyer["tax_id"]),
        replaces=_reference(invoice.replaces),
        replaced_by=_reference(getattr(invoice, "replaced_by", None)),
    )


def head(invoice: Invoice) -> InvoiceHead:
    return InvoiceHead(**_head(invoice))


def _head(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "public_id": invoice.public_id,
        "title": invoice.title,
        "state": State(invoice.state),
        "reason": Reason(invoice.reason),
        "key": invoice.key,
        "currency": invoice.currency,
        "total_minor": invoice.total_minor,
        "buyer": Buyer(**{**invoice.buyer, "address": tuple(invoice.buyer.get("address", ()))}),
        "customer_id": invoice.customer_id,
        "contract_id": invoice.contract_id,
        "contract_number": invoice.contract.number,
        "issued_at": invoice.issued_at,
        "issued_date": invoice.issued_date,
        "due_date": invoice.due_date,
        "means": Means(invoice.means),
        "paid_at": invoice.paid_at,
        "time_zone": invoice.customer.time_zone,
        "sandbox": invoice.customer.sandbox,
        "credited_minor": invoice.credited_minor,
        "credit_used_minor": invoice.credit_used_minor,
        "parked_why": invoice.parked_why,
        "received_minor": invoice.received_minor,
        "refunded_minor": invoice.refunded_minor,
        "withheld_minor": invoice.withheld_minor,
    }


def _reference(invoice: Invoice | None) -> Reference | None:
    return None if invoice is None else Reference(invoice.public_id, invoice.title)


def line_detail(line: InvoiceLine) -> LineDetail:
    return LineDetail(
        position=line.position,
        kind=LineKind(line.kind),
        name=line.name,
        period_start=line.period_start,
        period_end=line.period_end,
        quantity=line.quantity,
        unit_price_micro=line.unit_price_micro,
        amount_minor=line.amount_minor,
        fiscal_type=FiscalType(line.fiscal_type),
        credited_minor=line.credited_minor,
        calculation=how(line.calculation),
        codes=codes(FiscalType(line.fiscal_type), LineKind(line.kind), line.period_start),
    )


def _heads() -> QuerySet[Invoice]:
    return Invoice.objects.select_related("contract", "customer")


_OPEN = Asked(
    lambda: (
        _heads()
        .filter(contract_id=Slot("contract"), state=State.PENDING.value)
        .exclude(reason=Reason.INTERIM.value)
        .order_by("id")
    )
)


def _whole() -> QuerySet[Invoice]:
    return _heads().select_related("replaces", "replaced_by").prefetch_related("lines")


_ONE = Asked(lambda: _whole().filter(id=Slot("id")))
_OF_CHANGE = Asked(lambda: _whole().filter(change_id=Slot("change")))


def get(invoice_id: UUID, *, customer_id: UUID | None = None) -> InvoiceDetail:
    """One invoice; with `customer_id`, only if it is that customer's (ACC-2). Raises NoSuchInvoice."""
    invoice = _ONE.sole(id=invoice_id)
    if invoice is None or customer_id not in (None, invoice.customer_id):
        raise NoSuchInvoice()
    return detail(invoice)


def several(invoice_ids: Collection[UUID]) -> list[InvoiceDetail]:
    """Those of them that there are, oldest first."""
    return [detail(invoice) for invoice in _whole().filter(id__in=invoice_ids).order_by("id")]


def titled(title: str) -> UUID | None:
    """The invoice with this number, `A-000042`, in letters of either size; None where there is none."""
    series, _dash, number = title.upper().rpartition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    found = Invoice.objects.filter(series=series.replace("\x00", ""), number=int(number))
    return found.values_list("id", flat=True).first()


def titled_each(titles: Collection[str]) -> dict[str, InvoiceHead]:
    """Issued invoices with one of these numbers, by it."""
    wanted = Q()
    for series, _dash, number in (title.rpartition("-") for title in titles):
        wanted |= Q(series=series, number=int(number))
    found = _heads().filter(wanted) if wanted else ()
    return {invoice.title: head(invoice) for invoice in found}


def to_pay(
    *, contracts: Collection[UUID], customers: Collection[UUID], limit: int = 500
) -> list[InvoiceHead]:
    """Issued invoices of one of these contracts or customers that wait for a payment, oldest first; not of sandboxes."""
    wanted = Q(contract__in=contracts) | Q(customer__in=customers)
    return [head(invoice) for invoice in _pending(customer__sandbox=False).filter(wanted)[:limit]]


def alone_with(amounts: Collection[int], *, limit: int = 500) -> list[InvoiceHead]:
    """Issued invoices that wait for a payment, of which just so much is left, in their currency, and of no other; not of sandboxes."""
    left = F("total_minor") - F("credited_minor") - F("credit_used_minor") - F("received_minor")
    alike = Window(Count("id"), partition_by=[F("currency"), left])
    found = _pending(customer__sandbox=False).annotate(left=left).filter(left__in=amounts)
    return [head(invoice) for invoice in found.annotate(alike=alike).filter(alike=1)[:limit]]


def drafts(
    *, reasons: Collection[Reason], before: UUID | None = None, limit: int = 200
) -> list[InvoiceDetail]:
    """What waits to be issued, newest first."""
    wanted = given(id__lt=before)
    found = _whole().filter(
        state=State.DRAFT.value, reason__in=[reason.value for reason in reasons], **wanted
    )
    return [detail(invoice) for invoice in found.order_by("-id")[:limit]]


def whose(invoice_id: UUID, *, customer_id: UUID | None = None) -> tuple[UUID, UUID]:
    """The customer and the contract of an invoice; with `customer_id`, only if it is theirs. Raises NoSuchInvoice."""
    found = sole(Invoice.objects.filter(id=invoice_id).values_list("customer_id", "contract_id"))
    if found is None or customer_id not in (None, found[0]):
        raise NoSuchInvoice()
    return found


def titles(invoice_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of invoices, as people see them."""
    return {invoice.id: invoice.title for invoice in Invoice.objects.filter(id__in=invoice_ids)}


def list_for_customer(
    customer_id: UUID | None,
    *,
    since: datetime | None = None,
    state: State | None = None,
    fiscal_type: FiscalType | None = None,
    contract_number: str = "",
    before: UUID | None = None,
    limit: int = 200,
) -> list[InvoiceDetail]:
    """Issued and cancelled-after-issue invoices, newest first; drafts are nobody's business (FIN-1, FIN-2).

    customer_id     None for those of all customers
    """
    wanted = given(
        customer_id=customer_id,
        issued_at__gte=since,
        state=state and state.value,
        contract__number__icontains=contract_number.replace("\x00", "") or None,
        id__lt=before,
    )
    found = _whole().filter(number__isnull=False, **wanted)
    if fiscal_type is not None:
        found = found.filter(lines__fiscal_type=fiscal_type.value).distinct()
    return [detail(invoice) for invoice in found.order_by("-id")[:limit]]


def of_contract(contract_id: UUID, *, limit: int) -> list[InvoiceDetail]:
    """A contract's invoices, newest first, also those that are not issued."""
    found = _whole().filter(contract_id=contract_id)
    return [detail(invoice) for invoice in found.order_by("-id")[:limit]]


def find(contract_id: UUID, *, key: str) -> InvoiceDetail | None:
    """The contract's live invoice with this key."""
    invoice = sole(_whole().filter(contract_id=contract_id, key=key).exclude(state=State.CANCELLED.value))
    return None if invoice is None else detail(invoice)


def of_change(change_id: UUID) -> InvoiceDetail | None:
    """What a change of the contract costs, also when it was given up; None where it costs nothing."""
    invoice = _OF_CHANGE.sole(change=change_id)
    return None if invoice is None else detail(invoice)


def with_key_prefix(contract_id: UUID, prefix: str) -> list[InvoiceDetail]:
    """The contract's live invoices whose key starts so, oldest first."""
    found = _whole().filter(contract_id=contract_id, key__startswith=prefix)
    return [detail(i) for i in found.exclude(state=State.CANCELLED.value).order_by("id")]


def billed(
    contract_id: UUID, *, kind: LineKind, cycle_start: datetime, currency: str, before: UUID | None = None
) -> Money:
    """What was billed so far, on live invoices, for one kind of use of one cycle; `before` an invoice, if given."""
    lines = _lines_of_use(contract_id, kind, cycle_start, before)
    return Money(lines.aggregate(total=Sum("amount_minor"))["total"] or 0, currency)


def billed_quantity(
    contract_id: UUID, *, kind: LineKind, cycle_start: datetime, before: UUID | None = None
) -> int:
    """How many units were billed so far, on live invoices, for one kind of use of one cycle; `before` likewise."""
    lines = _lines_of_use(contract_id, kind, cycle_start, before)
    return lines.aggregate(total=Sum("quantity"))["total"] or 0


def billed_of_price(
    contract_id: UUID, *, kind: LineKind, cycle_start: datetime, unit_price_micro: int
) -> tuple[int, int]:
    """How many units of one price, and for how much in minor units, were billed so far for one kind of use of one cycle."""
    lines = _lines_of_use(contract_id, kind, cycle_start, None).filter(unit_price_micro=unit_price_micro)
    found = lines.aggregate(count=Sum("quantity"), minor=Sum("amount_minor"))
    return found["count"] or 0, found["minor"] or 0


def fees_billed(contract_id: UUID, *, cycles: Collection[Period]) -> dict[FeeKey, int]:
    """What invoices ask for of the fees of cycles, and of paid years that begin with one of them or change within it, part by
    part, in minor units, those that wait for their review too; not those of a change that was undone."""
    if not cycles:
        return {}
    starts = {f"start{n}": one.start for n, one in enumerate(cycles)}
    ends = {f"end{n}": one.end for n, one in enumerate(cycles)}
    found: Counter[FeeKey] = Counter()
    for kind, name, since, until, minor in _fees(len(cycles)).all(contract=contract_id, **starts, **ends):
        found[FeeKey.of(LineKind(kind), name, since, until)] += minor
    return dict(found)


@cache
def _fees(cycles: int) -> Asked[InvoiceLine, Any]:
    """Of so many cycles, one or more."""
    issued = Q(invoice__state__in=NUMBERED)
    waits = Q(invoice__state=State.DRAFT.value, invoice__reason=Reason.RENEWAL.value)
    within = [Q(period_start__gte=Slot(f"start{n}"), period_start__lt=Slot(f"end{n}")) for n in range(cycles)]
    return Asked(
        lambda: (
            InvoiceLine.objects.filter(
                issued | waits,
                reduce(or_, within),
                invoice__contract_id=Slot("contract"),
                kind__in=[kind.value for kind in FEES],
            )
            .exclude(invoice__change__state="undone")
            .values_list("kind", "name", "period_start", "period_end", "amount_minor")
        )
    )


def _lines_of_use(
    contract_id: UUID, kind: LineKind, cycle_start: datetime, before: UUID | None
) -> QuerySet[InvoiceLine]:
    lines = InvoiceLine.objects.filter(
        invoice__contract_id=contract_id, kind=kind.value, period_start=cycle_start
    ).exclude(invoice__state=State.CANCELLED.value)
    return lines if before is None else lines.filter(invoice_id__lt=before)


def open_of(contract_id: UUID) -> list[InvoiceHead]:
    """The contract's issued invoices that wait for a payment, oldest first; an open interim is none of them (CHG-8)."""
    return [InvoiceHead(**_head(row)) for row in _OPEN.all(contract=contract_id)]


def overdue(contract_id: UUID, *, now: datetime) -> InvoiceHead | None:
    """The oldest invoice of the contract that is past its due date."""
    late = (one for one in open_of(contract_id) if one.overdue(local_date(now, one.time_zone)))
    return next(late, None)


def states(invoice_ids: Collection[UUID]) -> dict[UUID, State]:
    """How each of them stands."""
    found = Invoice.objects.filter(id__in=invoice_ids).values_list("id", "state")
    return {one: State(state) for one, state in found}


def unpaid_of(contract_id: UUID) -> list[UUID]:
    """The contract's issued invoices that wait for a payment, oldest first."""
    found = Invoice.objects.filter(contract_id=contract_id, state=State.PENDING.value)
    return list(found.order_by("issued_at", "id").values_list("id", flat=True))


def written_off_of(contract_id: UUID) -> list[UUID]:
    """The contract's invoices that were written off, oldest first."""
    found = Invoice.objects.filter(contract_id=contract_id, state=State.WRITTEN_OFF.value)
    return list(found.order_by("issued_at", "id").values_list("id", flat=True))


def drafts_of(contract_id: UUID) -> list[UUID]:
    """The contract's invoices that are not issued."""
    return list(
        Invoice.objects.filter(contract_id=contract_id, state=State.DRAFT.value).values_list("id", flat=True)
    )


def paid_of(contract_id: UUID) -> list[UUID]:
    """The contract's invoices that are paid, oldest first."""
    found = Invoice.objects.filter(contract_id=contract_id, state=State.PAID.value)
    return list(found.order_by("issued_at", "id").values_list("id", flat=True))


def pending(*, customer_id: UUID | None = None, limit: int = _MOST_PENDING) -> list[InvoiceHead]:
    """Issued invoices that wait for a payment, oldest first."""
    if customer_id is not None:
        return [head(invoice) for invoice in _PENDING.all(customer=customer_id)[:limit]]
    return [head(invoice) for invoice in _pending()[:limit]]


def _pending(**which: object) -> QuerySet[Invoice]:
    return _heads().filter(state=State.PENDING.value, **which).order_by("id")


_PENDING = Asked(lambda: _pending(customer_id=Slot("customer"))[:_MOST_PENDING])


def late_charges(contract_id: UUID) -> set[str]:
    """Which fines and interest the contract's invoices ask for, drafts among them (`PaidLate.charge`)."""
    lines = InvoiceLine.objects.filter(
        invoice__contract_id=contract_id, kind=LineKind.LATE_CHARGES.value
    ).exclude(invoice__state=State.CANCELLED.value)
    return {line["charge"] for line in lines.values_list("calculation", flat=True) if line is not None}


def bases(invoice_id: UUID) -> dict[tuple[str, bool], int]:
    """What it asks for, less what was taken back, by fiscal type and whether it is a tax on top; without fine and interest."""
    lines = InvoiceLine.objects.filter(invoice_id=invoice_id).exclude(kind=LineKind.LATE_CHARGES.value)
    found: dict[tuple[str, bool], int] = {}
    for kind, fiscal_type, minor in lines.values_list(
        "kind", "fiscal_type", F("amount_minor") - F("credited_minor")
    ):
        key = fiscal_type, kind == LineKind.TAX.value
        found[key] = found.get(key, 0) + minor
    return found
