"""What was paid of a contract in a year, month by month."""

from __future__ import annotations

from typing import Annotated

from ninja import Field, Path, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId
from abono.entrypoints.api.protocol.whose import own
from abono.flows.documents.year import year_of
from abono.kernel.periods import local_date
from abono.platform import clock

router = Router(tags=["contracts"])


class PaidMonth(Schema):
    """A month in which something moved."""

    month: shown.Month
    paid_minor: Annotated[int, Field(description="Without what was taken back as a mistake, or bounced.")]
    back_minor: Annotated[int, Field(description="What was given back, or lost to a dispute, in this month.")]


class PaidYear(Schema):
    """Months are those of the customer's days; what was paid counts when its payer paid."""

    contract: shown.ContractId
    year: int
    currency: shown.Currency
    paid_minor: int
    back_minor: int
    withheld_minor: Annotated[
        int, Field(description="Taxes that the customer withheld of these payments, in no other sum here.")
    ]
    months: list[PaidMonth]
    unpaid_invoices: Annotated[
        int, Field(description="Due by the end of the year, or of an earlier one, and not paid as of now.")
    ]
    settled: Annotated[
        bool,
        Field(
            description="Of a customer of Brazil (Lei 12.007/2009): the year is over, and all that was due by its end is paid."
        ),
    ]


@router.get("/contracts/{contract_id}/paid-years/{year}", **answers({200: PaidYear}, 404, 422, scope=READ))
def read_paid_year(
    request: ApiRequest, contract_id: ContractId, year: Annotated[int, Path(ge=2000, le=2100)]
) -> PaidYear:
    """What was paid in a year, month by month, and what went back."""
    contract = own(request, contract_id)
    customer = customers.get(contract.customer_id)
    today = local_date(customer.moment(clock.now()).now, customer.time_zone)
    found = year_of(customer, year, today=today, contract_id=contract.id)
    months = [month for one in found.contracts for month in one.months]
    return PaidYear(
        contract=contract.public_id,
        year=year,
        currency=contract.currency,
        paid_minor=sum(one.paid.minor for one in months),
        back_minor=sum(one.back.minor for one in months),
        withheld_minor=sum(one.minor for one in found.withheld),
        months=[
            PaidMonth(month=f"{one.first:%Y-%m}", paid_minor=one.paid.minor, back_minor=one.back.minor)
            for one in months
        ],
        unpaid_invoices=found.open,
        settled=found.settled,
    )
