"""By which means a contract is paid: card, Pix or slip (PAY-2, PAY-3)."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.payments.pushed.means import chosen
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId
from abono.entrypoints.api.protocol.keyed import once
from abono.flows.billing.offered import offers
from abono.flows.requests.choose import choose_means
from abono.kernel.due import Means
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payments"])
type Word = Literal["card", "pix", "slip"]


class OfferedMeans(Schema):
    means: Word
    possible_from: Annotated[
        date | None, Field(description="A later local day of the customer, before which it is refused.")
    ]


class PaymentMeans(Schema):
    """What is issued now is paid so; `ahead` is what was chosen for a later day."""

    means: Word
    ahead: OfferedMeans | None
    offered: list[OfferedMeans]


class PaymentMeansWanted(Asked):
    means: Word


@router.get("/contracts/{contract_id}/payment-means", **answers({200: PaymentMeans}, 404, scope=READ))
def read_payment_means(request: ApiRequest, contract_id: ContractId) -> PaymentMeans:
    """By which means what is issued now is paid, and which are offered."""
    return _read(request, contract_id)


@router.put(
    "/contracts/{contract_id}/payment-means",
    **answers({200: PaymentMeans}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_payment_means(
    request: ApiRequest,
    contract_id: ContractId,
    body: PaymentMeansWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Choose it for what is issued from today on; a slip during the first month of use for what is issued after that. What is
    issued already stays as it is. 409: the seller does not offer it to this customer, or there is no card."""
    contract = contracts.get(contract_id, customer_id=request.auth.customer_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        choose_means(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            means=Means(body.means),
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, _read(request, contract_id)

    return once(request, idempotency_key, act)


def _read(request: ApiRequest, contract_id: ContractId) -> PaymentMeans:
    contract = contracts.get(contract_id, customer_id=request.auth.customer_id)
    customer = customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    holds, ahead = chosen(customer.id, local_date(now, customer.time_zone))
    offered = [{"means": "card", "possible_from": None}]
    offered += [
        {"means": one.means.value, "possible_from": one.possible_from}  # type: ignore[dict-item]
        for one in offers(contract.id, now=now)
    ]
    return PaymentMeans.model_validate(
        {
            "means": holds.value,
            "ahead": ahead and {"means": ahead.means.value, "possible_from": ahead.from_date},
            "offered": offered,
        }
    )
