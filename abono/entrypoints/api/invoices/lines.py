"""A line of an invoice, written or to come (INV-3)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from django.utils.translation import get_language
from ninja import Field, Schema

from abono.domain.invoicing import types
from abono.domain.invoicing.labels import billed_once, line_label, sentence
from abono.domain.invoicing.states import FiscalType, LineKind
from abono.entrypoints.api.protocol import shown
from abono.kernel.money import Money
from abono.kernel.periods import Period


class Calculation(Schema):
    """The share that `days` are `of` the days of a cycle, or of a paid year, of `quantity` whole fees, rounded half up once;
    below zero where it is taken off. `unit`: seconds count where the setting says so, months where a paid year goes on with
    another plan, or with none. Of a discount: what the coupon `code` takes off the
    fee, and of that the share. Of a tax: its rate of what it is on, `fee_minor`. Of another package: its fee less what the one before it
    cost, `before_minor`. Of fine and interest: what was paid, so many days late."""

    fee_minor: int
    days: Annotated[int | None, Field(description="Null: all of them, as `of`.")]
    of: int | None
    quantity: int = 1
    unit: Literal["day", "second", "month"] = "day"
    code: Annotated[shown.CouponCode | None, Field(description="Of the coupon, in a discount.")] = None
    rate_micro: Annotated[
        int | None,
        Field(description="Of a tax, or what the coupon takes off, in millionths; null for an amount."),
    ] = None
    off_minor: Annotated[int | None, Field(description="What it takes off in a whole cycle.")] = None
    before_minor: Annotated[
        int | None, Field(description="What the package before cost, for the same days.")
    ] = None


class Line(Schema):
    """Rounded once, half up. `period_end` is exclusive."""

    kind: LineKind
    name: Annotated[str, Field(description="Plan or package, as sold; what the seller wrote.")]
    label: Annotated[str, Field(description="As on the document, in the language asked for.")]
    fiscal_type: FiscalType
    period_start: datetime
    period_end: datetime
    quantity: int
    unit_price_micro: int
    amount_minor: int
    calculation: Annotated[
        Calculation | None, Field(description="How the amount came about; null where it is the price itself.")
    ]
    explanation: Annotated[str, Field(description="The same in words, as on the document; else empty.")]


def calculation(how: types.How | None) -> Calculation | None:
    if isinstance(how, types.Taxed):
        return Calculation(fee_minor=how.base_minor, days=None, of=None, rate_micro=how.rate_micro)
    if isinstance(how, types.Exchanged):
        return Calculation(fee_minor=how.fee_minor, days=None, of=None, before_minor=how.before_minor)
    if isinstance(how, types.PaidLate):
        return Calculation(fee_minor=how.paid_minor, days=how.late_days, of=None)
    return None if how is None else Calculation.model_validate(asdict(how))


def line(
    *,
    kind: LineKind,
    name: str,
    period: Period,
    quantity: int,
    unit_price_micro: int,
    amount: Money,
    how: types.How | None,
    fiscal: FiscalType,
) -> Line:
    language = get_language() or "en"
    return Line(
        kind=kind,
        name=name,
        label=line_label(kind, name, language),
        fiscal_type=fiscal,
        period_start=period.start,
        period_end=period.end,
        quantity=quantity,
        unit_price_micro=unit_price_micro,
        amount_minor=amount.minor,
        calculation=calculation(how),
        explanation=billed_once(quantity, unit_price_micro, amount, language)
        if kind is LineKind.ONE_OFF
        else sentence(name, how, amount, language),
    )


class LinePart(Schema):
    """What one kind of send to one country adds to a line, or the interactions on one channel."""

    channel: Annotated[
        shown.Channel | Literal["*"],
        Field(description="`*` for interactions that belong to a contact on all its channels."),
    ]
    kind: Annotated[shown.Kind | None, Field(description="Null for interactions, like the country.")]
    country: shown.Country | None
    quantity: Annotated[
        int | None,
        Field(description="Of interactions. Null for sends: of some only a part is beyond the package."),
    ]
    amount_minor: int


class FiscalCodes(Schema):
    """How the tax office calls it; what there is none of is empty."""

    item: shown.FiscalCode
    nbs: shown.FiscalCode
    cst: shown.FiscalCode
    tax_class: shown.FiscalCode
    city_code: shown.FiscalCode
    cnae: shown.FiscalCode
    operation: Annotated[shown.FiscalCode, Field(description="The indicator of the operation (cIndOp).")]


class BilledLine(Line):
    fiscal_codes: Annotated[FiscalCodes | None, Field(description="As they were on the line's first day.")]
    position: Annotated[int, Field(description="On the invoice, from 1.")]
    credited_minor: Annotated[int, Field(description="What credit notes took back of it.")]
    parts: Annotated[
        list[LinePart],
        Field(
            description="What a line for use beyond an allowance is made of, adding up to it, the largest first;"
            " an allowance pays for what came first. Empty for a fee."
        ),
    ]
