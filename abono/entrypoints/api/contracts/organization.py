"""What the organization of a contract says of itself, and its financial contact; the seller's platform changes it (ACC-1)."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.customers.types import Address, Organization, Particulars
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.buyers import LegalName, OrderPerson, PostalAddress, TaxId
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.people.organization import change_organization, contact_left
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["people"])
Tongue = Annotated[
    Literal["es", "pt-BR", "en"],
    Field(description="Of mails to the financial contact, with their documents."),
]


class ShownAddress(Schema):
    street: Annotated[str, Field(max_length=80)]
    city: Annotated[str, Field(max_length=60)]
    number: Annotated[str, Field(max_length=12)]
    complement: Annotated[str, Field(max_length=60)]
    district: Annotated[str, Field(max_length=60)]
    region: Annotated[str, Field(max_length=60)]
    postal_code: Annotated[str, Field(max_length=12)]


class FinancialContact(Schema):
    """Who gets invoices and warnings by mail, member or not."""

    name: Annotated[str, Field(max_length=120)]
    email: Annotated[str, Field(max_length=254, examples=["ana@padaria.example"])]
    left: Annotated[
        bool, Field(description="The address is of somebody who was a member and is deactivated or deleted.")
    ]


class ContractOrganization(Schema):
    id: shown.CustomerId
    legal_name: Annotated[str, Field(max_length=160)]
    country: Annotated[str, Field(max_length=2, examples=["BR"])]
    tax_id: Annotated[str, Field(max_length=20, description="Compact, as it is stored.")]
    time_zone: Annotated[str, Field(max_length=40)]
    language: Tongue
    address: ShownAddress
    financial_contact: FinancialContact


class OrganizationWanted(Asked):
    """All of it as it is to be; country and time zone stay."""

    legal_name: LegalName
    tax_id: TaxId
    language: Tongue
    address: PostalAddress
    financial_contact: OrderPerson


@router.get("/contracts/{contract_id}/organization", **answers({200: ContractOrganization}, 404, scope=READ))
def read_organization(request: ApiRequest, contract_id: ContractId) -> ContractOrganization:
    """As it is now: what the next invoice says of the buyer, and who gets it."""
    return _said(customers.get(own(request, contract_id).customer_id))


@router.put(
    "/contracts/{contract_id}/organization",
    **answers({200: ContractOrganization}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_organization(
    request: ApiRequest,
    contract_id: ContractId,
    body: OrganizationWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """It holds from the next invoice and the next mail on; invoices that are issued keep what they say. For keys of the
    seller. Administrators are told, and where the e-mail changes the financial contacts from before and from now on."""
    customer_id = own(request, contract_id).customer_id
    sellers(request, Act.MEMBERS)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        after = change_organization(
            customer_id=customer_id,
            new=_particulars(body),
            by=str(settings.ABONO_SELLER["name"]),
            by_seller=True,
            actor=request.auth.actor,
            now=customers.moment_of(customer_id, real=clock.now()).now,
            ask=ask,
        )
        return HTTPStatus.OK, _said(after)

    return once(request, idempotency_key, act)


def _particulars(body: OrganizationWanted) -> Particulars:
    return Particulars(
        legal_name=body.legal_name,
        tax_id=body.tax_id,
        language=body.language.lower(),
        financial_name=body.financial_contact.name,
        financial_email=body.financial_contact.email,
        address=Address(**body.address.model_dump()),
    )


def _said(one: Organization) -> ContractOrganization:
    return ContractOrganization(
        id=one.public_id,
        legal_name=one.legal_name,
        country=one.country,
        tax_id=one.tax_id,
        time_zone=one.time_zone,
        language="pt-BR" if one.language == "pt-br" else one.language,  # type: ignore[arg-type]
        address=ShownAddress(**asdict(one.address)),
        financial_contact=FinancialContact(
            name=one.financial_name, email=one.financial_email, left=contact_left(one)
        ),
    )
