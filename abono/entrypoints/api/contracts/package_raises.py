"""Raise the channel package: what it would cost, and the act (LIM-4, CHG-5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.entrypoints.api.invoices.payments import Payment, payment, status
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Code, ContractId, Whole
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.changes.ask import raise_package
from abono.flows.changes.preview import RaisePreview, preview_raise
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payments"])

PackageCode = Annotated[Code, Field(description="Code of a bigger package on sale.", examples=["brl-250"])]


class PackageRaise(Asked):
    package: PackageCode
    today_minor: Annotated[
        Whole,
        Field(
            ge=0,
            description="As it was previewed: if it is another amount by now nothing is charged, and the answer "
            "is 409 `invoicing.amount_changed` with `today_minor` as it is.",
            examples=[15_000],
        ),
    ]


class RaiseQuery(Schema):
    package: PackageCode


class RaisePreviewed(Schema):
    """`today_minor` is charged now: the difference, less `credit_minor`, which the contract's credit pays of it;
    `monthly_minor` at the start of each later cycle, besides the plan."""

    before: shown.Code
    after: shown.Code
    today_minor: int
    credit_minor: int
    monthly_minor: int
    currency: shown.Currency


class PackageRaised(RaisePreviewed):
    payment: Annotated[Payment | None, Field(description="Null where credit paid all of it.")]


@router.get(
    "/contracts/{contract_id}/package-raises/preview",
    **answers({200: RaisePreviewed}, 404, 409, 422, scope=(READ, WRITE)),
)
def preview_package_raise(
    request: ApiRequest, contract_id: ContractId, query: Query[RaiseQuery]
) -> RaisePreviewed:
    """What raising to a package would cost; nothing is written."""
    contract = own(request, contract_id)
    preview = preview_raise(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        package_code=query.package,
        now=customers.moment_of(contract.customer_id, real=clock.now()).now,
    )
    return RaisePreviewed.model_validate(_previewed(preview))


@router.post(
    "/contracts/{contract_id}/package-raises",
    **answers({201: PackageRaised, 202: PackageRaised}, 400, 402, 404, 409, 413, 415, 422, 503, scope=WRITE),
)
def create_package_raise(
    request: ApiRequest, contract_id: ContractId, body: PackageRaise, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Let credit pay of the difference, and charge the rest to the card in use; 201: the bigger package is in force, sending is open.
    202: as soon as the bank says yes. 402: declined, 503: the bank never heard of it; the old package stays."""
    contract = own(request, contract_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        raised = raise_package(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            package_code=body.package,
            accepted=Money(body.today_minor, contract.currency),
            actor=request.auth.actor,
            moment=customers.moment_of(contract.customer_id, real=clock.now()),
            ask=ask,
        )
        charged = raised.charged
        return HTTPStatus.CREATED if charged is None else status(charged), PackageRaised.model_validate(
            {**_previewed(raised.preview), "payment": None if charged is None else payment(charged)}
        )

    return once(request, idempotency_key, act)


def _previewed(preview: RaisePreview) -> dict[str, object]:
    return {
        "before": preview.before.code,
        "after": preview.after.code,
        "today_minor": preview.today.minor,
        "credit_minor": preview.credit.minor,
        "monthly_minor": preview.monthly.minor,
        "currency": preview.today.currency,
    }
