"""A renewal invoice of Padaria Sol, as its document gets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from abono.domain.invoicing.states import FiscalType, LineKind, Reason, State
from abono.domain.invoicing.types import Buyer, CreditNoteDetail, InvoiceDetail, LineDetail
from abono.kernel.ids import public, uuid7

MAY_1, JUNE_1, JULY_1, AUGUST_1 = (datetime(2026, month, 1, 3, tzinfo=UTC) for month in (5, 6, 7, 8))


def line(
    kind: LineKind,
    name: str,
    *,
    quantity: int,
    unit_price_micro: int,
    amount_minor: int,
    start: datetime = JULY_1,
    end: datetime = AUGUST_1,
) -> LineDetail:
    fiscal = FiscalType.LICENSING if kind is LineKind.PLAN else FiscalType.SVA
    return LineDetail(1, kind, name, start, end, quantity, unit_price_micro, amount_minor, fiscal)


LINES = (
    line(LineKind.PLAN, "Expert", quantity=1, unit_price_micro=1_800_000_000, amount_minor=180_000),
    line(LineKind.PACKAGE, "brl-100", quantity=1, unit_price_micro=100_000_000, amount_minor=10_000),
    line(
        LineKind.OVERAGE,
        "brl-100",
        quantity=1,
        unit_price_micro=12_345_000,
        amount_minor=1_235,
        start=JUNE_1,
        end=JULY_1,
    ),
    line(
        LineKind.EXTRA_INTERACTIONS,
        "Expert",
        quantity=1_312,
        unit_price_micro=400_000,
        amount_minor=52_480,
        start=JUNE_1,
        end=JULY_1,
    ),
)


def invoice(**changes: object) -> InvoiceDetail:
    """1,800.00 + 100.00 + 12.35 + 1,312 × 0.40 = 2,437.15 reais, issued on 1 July, due on 11 July."""
    number = uuid7()
    whole = InvoiceDetail(
        id=number,
        public_id=public("inv", number),
        title="A-000042",
        state=State.PENDING,
        reason=Reason.RENEWAL,
        key="cycle:1",
        currency="BRL",
        total_minor=243_715,
        buyer=Buyer("Padaria Sol Ltda.", "11222333000181", "BR"),
        customer_id=uuid7(),
        contract_id=uuid7(),
        contract_number="2026-000042-6",
        issued_at=JULY_1,
        issued_date=date(2026, 7, 1),
        due_date=date(2026, 7, 11),
        paid_at=None,
        time_zone="America/Sao_Paulo",
        sandbox=False,
        credited_minor=0,
        received_minor=0,
        credit_used_minor=0,
        refunded_minor=0,
        lines=LINES,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def credit_note() -> CreditNoteDetail:
    """Takes back 18.00 of the plan, of which nothing was paid yet."""
    whole, number = invoice(), uuid7()
    return CreditNoteDetail(
        id=number,
        public_id=public("crn", number),
        title="C-000007",
        invoice=whole,
        total_minor=1_800,
        credit_minor=0,
        why="A day without service.",
        issued_by="olga",
        issued_at=JULY_1,
        issued_date=date(2026, 7, 1),
        lines=((whole.lines[0], 1_800),),
    )
