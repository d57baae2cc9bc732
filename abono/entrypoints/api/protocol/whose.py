"""What a key may see: its customer's things, or everybody's when it is the seller's (ACC-2)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.customers.errors import NoSuchCustomer
from abono.domain.identity.roles import BY_KEY, Act
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.platform.web import problems


def own(request: ApiRequest, contract_id: UUID) -> ContractInfo:
    """A contract that the key may see; any other does not exist for it (ACC-2). Raises NoSuchContract."""
    return contracts.get(contract_id, customer_id=request.auth.customer_id)


def whose(request: ApiRequest, wanted: UUID | None) -> UUID | None:
    """The customer whose things are meant; None for all. Raises NoSuchCustomer for another's (ACC-2)."""
    if wanted is None:
        return request.auth.customer_id
    if request.auth.customer_id not in (None, wanted):
        raise NoSuchCustomer()
    return customers.get(wanted).id


def sellers(request: ApiRequest, act: Act) -> None:
    """Only a key of the seller goes on, and only to what keys may do (`identity.roles`). Raises Problem (403)."""
    if request.auth.customer_id is not None or act not in BY_KEY:
        raise problems.seller_only()
