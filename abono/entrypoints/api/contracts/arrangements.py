"""Prices of its own and add-ons of a contract (CAT-11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Router, Schema

from abono.domain.contracts import arrangements as domain
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.arrangements import ArrangementInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId
from abono.entrypoints.api.protocol.whose import own
from abono.kernel.periods import local_date

router = Router(tags=["contracts"])


class Arrangement(Schema):
    """It holds for cycles that begin on local days from `since` to `until`; null: until somebody ends it."""

    id: shown.ArrangementId
    kind: Literal["plan", "package", "extra_interaction", "extra_licence", "add_on"]
    of: Annotated[
        str,
        Field(
            max_length=60, description="Code of the plan or package whose price it is; name of the add-on."
        ),
    ]
    quantity: Annotated[int, Field(description="Of an add-on.")]
    price_micro: Annotated[int, Field(description="Of one, in millionths of the contract's currency.")]
    since: date
    until: date | None
    why: Annotated[str, Field(max_length=500)]


class ArrangementList(Schema):
    items: list[Arrangement]


@router.get("/contracts/{contract_id}/arrangements", **answers({200: ArrangementList}, 404, scope=READ))
def list_arrangements(request: ApiRequest, contract_id: ContractId) -> ArrangementList:
    """What the contract pays otherwise than the catalog says, and what was added to it: what holds, is to hold, and held, in
    the order in which it begins."""
    contract = own(request, contract_id)
    return ArrangementList(items=arrangements(domain.of_contract(contract.id), contract.id))


def arrangements(found: Iterable[ArrangementInfo], contract_id: UUID) -> list[Arrangement]:
    """In the customer's local days; without those that were taken back before they began."""
    zone = customers.get(contracts.customer_of(contract_id)).time_zone
    return [_shown(one, zone) for one in found if one.until != one.since]


def _shown(one: ArrangementInfo, zone: str) -> Arrangement:
    last = None if one.until is None else local_date(one.until - timedelta(microseconds=1), zone)
    return Arrangement.model_validate(
        {
            "id": one.public_id,
            "kind": one.kind.value,
            "of": one.of,
            "quantity": one.quantity,
            "price_micro": one.price_micro,
            "since": local_date(one.since, zone),
            "until": last,
            "why": one.why,
        }
    )
