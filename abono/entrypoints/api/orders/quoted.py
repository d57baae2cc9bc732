"""What an order costs (CON-2)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import get_language
from ninja import Field, Schema

from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.states import LineKind
from abono.entrypoints.api.invoices.lines import Calculation, calculation
from abono.entrypoints.api.protocol import shown
from abono.flows.signup.quote import Quote

_ID = "[0-7][0-9a-hjkmnp-tv-z]{25}"
OFFER = f"^pln_{_ID}:pkg_{_ID}(:[0-9]+){{2,5}}$"


class QuotedLine(Schema):
    kind: LineKind
    name: Annotated[str, Field(description="Plan or package, as sold.")]
    label: Annotated[str, Field(description="As on the invoice, in the language asked for.")]
    amount_minor: int
    monthly: Annotated[bool, Field(description="It comes again with each later cycle.")]
    yearly: Annotated[bool, Field(description="It comes again with each later year.")]
    cycles: Annotated[int | None, Field(description="Of a discount: in how many cycles it comes.")]
    calculation: Annotated[
        Calculation | None, Field(description="How the amount came about; null where it is the price itself.")
    ]


class OrderTrial(Schema):
    """Nothing is charged before `fees_begin_date`. `sends`: who bears those of the trial; `seller` up to `sends_percent` of the
    package."""

    days: int
    fees_begin_date: date
    sends: Literal["seller", "package", "customer"]
    sends_percent: int


class OrderQuote(Schema):
    """`first_minor` is charged with the order, or after its `trial`, `monthly_minor` at the start of each later cycle,
    `yearly_minor` beside it at the start of each later year, of a plan that is paid for by the year."""

    offer: Annotated[
        str, Field(pattern=OFFER, description="Names all of this: pass it back with the payment, as it is.")
    ]
    currency: shown.Currency
    first_minor: int
    monthly_minor: int
    yearly_minor: int
    trial: Annotated[OrderTrial | None, Field(description="The days before its fees; null: there are none.")]
    lines: list[QuotedLine]


def quoted(found: Quote) -> OrderQuote:
    monthly, yearly = ({line.kind for line in lines} for lines in (found.monthly, found.yearly))
    return OrderQuote(
        offer=found.fingerprint,
        currency=found.package.currency,
        first_minor=found.first_total.minor,
        monthly_minor=found.monthly_total.minor,
        yearly_minor=found.yearly_total.minor,
        trial=_trial(found),
        lines=[
            QuotedLine(
                kind=line.kind,
                name=line.name,
                label=line_label(line.kind, line.name, get_language() or "en"),
                amount_minor=line.amount.minor,
                monthly=line.kind in monthly,
                yearly=line.kind in yearly,
                cycles=None if line.amount.minor >= 0 or found.discount is None else found.discount.cycles,
                calculation=calculation(line.calculation),
            )
            for line in found.first
        ],
    )


def _trial(found: Quote) -> OrderTrial | None:
    trial = found.trial
    if trial is None:
        return None
    return OrderTrial.model_validate(
        {
            "days": trial.days,
            "fees_begin_date": trial.until,
            "sends": trial.sends,
            "sends_percent": trial.percent,
        }
    )
