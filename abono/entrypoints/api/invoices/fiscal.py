"""Taxes inside the prices of an invoice, and how it stands with its fiscal document, as answers tell it (INV-7, INV-11)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from ninja import Field, Schema

from abono.domain.fiscal.states import Standing
from abono.domain.fiscal.types import Stands
from abono.domain.invoicing.states import FiscalType
from abono.entrypoints.api.protocol import shown


class IncludedTax(Schema):
    """A tax that is inside the prices of the lines of its fiscal type, and added to nothing."""

    name: Annotated[str, Field(max_length=30)]
    fiscal_type: FiscalType
    rate_micro: Annotated[int, Field(description="In millionths: 50,000 is 5 %.")]
    base_minor: int
    amount_minor: int


class FiscalDocument(Schema):
    """How an invoice stands with its fiscal document, which others issue. `to_issue`: nobody was asked for it yet; `to_cancel`: the
    invoice was cancelled or taken back since. A customer's key is told `exported` of what the tax office refused."""

    state: Annotated[Standing, shown.words(Standing)]
    number: Annotated[str, Field(max_length=40, description="Empty until it is issued, like the rest.")]
    series: Annotated[str, Field(max_length=20)]
    key: Annotated[str, Field(max_length=100)]
    verification_code: Annotated[str, Field(max_length=60)]
    issued_on: date | None
    amount_minor: Annotated[int | None, Field(description="Null while nobody was asked for it.")]
    why: Annotated[
        str, Field(max_length=300, description="It was refused or cancelled; for the seller's keys.")
    ]
    has_xml: bool
    has_pdf: bool


def fiscal_document(stands: Stands | None, *, for_seller: bool) -> FiscalDocument | None:
    if stands is None:
        return None
    one = stands.document
    return FiscalDocument(
        state=stands.standing if for_seller else stands.for_customer,
        number="" if one is None else one.number,
        series="" if one is None else one.series,
        key="" if one is None else one.key,
        verification_code="" if one is None else one.verification,
        issued_on=None if one is None else one.issued_on,
        amount_minor=None if one is None else one.amount.minor,
        why=one.why if for_seller and one is not None else "",
        has_xml=one is not None and one.has_xml,
        has_pdf=one is not None and one.has_pdf,
    )
