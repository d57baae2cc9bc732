"""What an order is made of: one choice, and who contracts, administrates and answers for payment."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import StringConstraints

from abono.domain.contracts.types import MOST_LICENCES
from abono.domain.customers.types import Address, NewCustomer
from abono.entrypoints.api.protocol.buyers import LegalName, OrderPerson, PostalAddress, TaxId
from abono.entrypoints.api.protocol.fields import (
    Asked,
    Code,
    Country,
    Currency,
    Interval,
    TimeZone,
)
from abono.flows.signup.begin import Details
from abono.flows.signup.sign import Administrator

CouponCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=30, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$"),
    Field(description="In letters of either size.", examples=["SPRING10"]),
]
ExtraLicences = Annotated[
    int,
    Field(
        ge=0, le=MOST_LICENCES, description="Beside those that the plan includes, from the first cycle on."
    ),
]


class ChoiceQuery(Schema):
    plan: Annotated[Code, Field(examples=["specialist"])]
    package: Annotated[Code, Field(examples=["brl-100"])]
    currency: Annotated[Currency, Field(examples=["BRL"])]
    interval: Annotated[Interval, Field(description="By which the plan is paid for.")] = "month"
    coupon: Annotated[CouponCode | None, Field(description="One that is not for this is refused.")] = None
    extra_licences: ExtraLicences = 0


class OrderCustomer(Asked):
    """The organization that contracts, as it stands on invoices."""

    legal_name: LegalName
    country: Annotated[Country, Field(examples=["BR"])]
    tax_id: TaxId
    language: Annotated[
        Literal["es", "pt-BR", "en"], Field(description="Of the terms, of mails and documents.")
    ]
    time_zone: Annotated[TimeZone | None, Field(description="Left out: the usual one of the country.")] = None
    address: PostalAddress


class OrderAsked(Asked):
    """One plan and one package in one currency; who contracts, administrates and answers for payment."""

    plan: Annotated[Code, Field(examples=["specialist"])]
    package: Annotated[Code, Field(examples=["brl-100"])]
    currency: Annotated[Currency, Field(examples=["BRL"])]
    interval: Annotated[
        Interval, Field(description="By which the plan is paid for; all else stays monthly.")
    ] = "month"
    customer: OrderCustomer
    administrator: OrderPerson
    coupon: Annotated[CouponCode | None, Field(description="One that is not for this order is refused.")] = (
        None
    )
    extra_licences: ExtraLicences = 0
    financial_contact: Annotated[OrderPerson | None, Field(description="Left out: the administrator.")] = None


def details(body: OrderAsked) -> Details:
    """The same as the flows take it."""
    asked, pays = body.customer, body.financial_contact or body.administrator
    return Details(
        choice=(body.plan, body.package, body.currency),
        customer=NewCustomer(
            legal_name=asked.legal_name,
            country=asked.country,
            tax_id=asked.tax_id,
            language=asked.language.lower(),
            time_zone=asked.time_zone or "",
            financial_name=pays.name,
            financial_email=pays.email,
            address=Address(**asked.address.model_dump()),
        ),
        administrator=Administrator(body.administrator.name, body.administrator.email.lower()),
        coupon=body.coupon or "",
        extra_licences=body.extra_licences,
        interval=body.interval,
    )
