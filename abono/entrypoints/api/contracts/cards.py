"""The cards that can pay for a contract: which one does, and which one is its reserve (WAL-1, PAY-8)."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Router, Schema

from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.payments import queries as payments
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, CardId, ContractId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.wallet import reserve_card
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class Card(Schema):
    """A kept card. Of its number only the last digits are known here."""

    id: shown.CardId
    brand: Annotated[str, Field(max_length=20, examples=["visa"])]
    last4: Annotated[str, Field(max_length=4, examples=["4242"])]
    last_day: Annotated[date, Field(description="On which it is still good.")]
    in_use: Annotated[bool, Field(description="It pays for the contract.")]
    reserve: Annotated[bool, Field(description="It is asked when the one in use is not any more.")]
    stopped: Annotated[
        Literal["never", "customer", "authenticate", "update_card", "mandate"] | None,
        Field(
            description="Why it is not charged by itself any more. `mandate`: its holder ended that at the bank; the others until it"
            " has paid with its holder there (`customer`, `authenticate`), or has other data (all but `mandate`)."
        ),
    ]


class CardList(Schema):
    """The one in use first, then the reserve."""

    contract: shown.ContractId
    cards: list[Card]


class ReserveWanted(Asked):
    card: Annotated[CardId | None, Field(description="Null: no card is the reserve any more.")]


@router.get("/contracts/{contract_id}/cards", **answers({200: CardList}, 404, scope=READ))
def list_cards(request: ApiRequest, contract_id: ContractId) -> CardList:
    """The cards of the customer. Cards are added on its pages alone: their numbers go nowhere else than to the gateway."""
    return _said(own(request, contract_id))


@router.put(
    "/contracts/{contract_id}/reserve-card",
    **answers({200: CardList}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_reserve_card(
    request: ApiRequest,
    contract_id: ContractId,
    body: ReserveWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Make a kept card the reserve: what is open is asked of it once the card in use is not asked any more. 409: it is the one in
    use."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        reserve_card(
            customer_id=contract.customer_id,
            method_id=body.card,
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.OK, _said(contract)

    return once(request, idempotency_key, act)


def _said(contract: ContractInfo) -> CardList:
    return CardList(
        contract=contract.public_id,
        cards=[
            Card(
                id=one.public_id,
                brand=one.brand,
                last4=one.last4,
                last_day=one.last_day,
                in_use=one.in_use,
                reserve=one.reserve,
                stopped=one.stopped or None,  # type: ignore[arg-type]
            )
            for one in payments.wallet(contract.customer_id)
        ],
    )
