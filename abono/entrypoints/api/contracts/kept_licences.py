"""Licences that a contract keeps for profiles and named groups (LIC-9)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Router, Schema
from pydantic import StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.licences import queries
from abono.domain.licences.actions import MOST_GROUPS
from abono.domain.licences.types import GROUP, MOST
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Whole
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.licences.keep import keep_licences
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["licences"])


class GroupLicences(Asked):
    """So many are nobody else's; a program names the groups of a person when it asks for a lease."""

    group: Annotated[str, StringConstraints(pattern=f"^{GROUP}$"), Field(examples=["supervisors"])]
    licences: Annotated[Whole, Field(ge=1, le=MOST)]


class KeptLicencesWanted(Asked):
    """For all groups at once, in place of what was kept; none: all are for everybody."""

    kept: Annotated[list[GroupLicences], Field(max_length=MOST_GROUPS)]

    @field_validator("kept")
    @classmethod
    def _each_group_once(cls, kept: list[GroupLicences]) -> list[GroupLicences]:
        if len({one.group for one in kept}) < len(kept):
            raise PydanticCustomError("group_twice", "a group twice")
        return kept


class KeptLicences(Schema):
    """`owned` is null where the plan leaves it to the contract. More can be kept than are owned once the contract owns fewer."""

    kept: list[GroupLicences]
    owned: int | None


@router.get("/contracts/{contract_id}/kept-licences", **answers({200: KeptLicences}, 404, scope=READ))
def read_kept_licences(request: ApiRequest, contract_id: ContractId) -> KeptLicences:
    """For which groups licences are kept, by name, and how many the contract owns now."""
    contract = own(request, contract_id)
    return _said(contract.id, contract.customer_id)


@router.put(
    "/contracts/{contract_id}/kept-licences",
    **answers({200: KeptLicences}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_kept_licences(
    request: ApiRequest,
    contract_id: ContractId,
    body: KeptLicencesWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """It holds from the next sign-in on; who is in stays in. 422 `licences.kept_beyond_owned`: more than are owned, nothing was
    changed."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        keep_licences(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            kept={one.group: one.licences for one in body.kept},
            actor=request.auth.actor,
            now=clock.now(),
        )
        return HTTPStatus.OK, _said(contract.id, contract.customer_id)

    return once(request, idempotency_key, act)


def _said(contract_id: UUID, customer_id: UUID) -> KeptLicences:
    now = customers.moment_of(customer_id, real=clock.now()).now
    return KeptLicences(
        kept=[GroupLicences(group=name, licences=n) for name, n in queries.kept(contract_id).items()],
        owned=queries.owned(contract_id, at=now),
    )
