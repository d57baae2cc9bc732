"""What was paid of a contract in a year, month by month."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Path, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.identity.keys import READ
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.declare import PDF, answers
from abono.entrypoints.api.protocol.fields import ContractId
from abono.entrypoints.api.protocol.whose import own
from abono.flows.documents.year import year_file, year_of
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.web import download

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
    customer, today = _whose(contract.customer_id)
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


@router.get(
    "/contracts/{contract_id}/paid-years/{year}/pdf",
    **answers({200: None}, 404, 409, 422, scope=READ, openapi_extra=PDF),
)
def read_paid_year_pdf(
    request: ApiRequest, contract_id: ContractId, year: Annotated[int, Path(ge=2000, le=2100)]
) -> HttpResponse:
    """The same on paper, in the language of Accept-Language. 409: the password under which the organization's documents are is lost."""
    count_file(request)
    contract = own(request, contract_id)
    customer, today = _whose(contract.customer_id)
    language, sellers = get_language() or "en", request.auth.sellers
    name, content = year_file(
        customer, year, language, today=today, contract_id=contract.id, for_seller=sellers
    )
    return download.pdf(content, name)


def _whose(customer_id: UUID) -> tuple[Organization, date]:
    """The customer, and their day."""
    customer = customers.get(customer_id)
    return customer, local_date(customer.moment(clock.now()).now, customer.time_zone)
