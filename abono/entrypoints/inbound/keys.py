"""Who tells us of usage: an API key, and the contract that it may speak for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.customers import queries as customers
from abono.domain.identity import actions as identity_actions
from abono.domain.identity import queries as identity
from abono.domain.identity.queries import Key
from abono.kernel.ids import parse
from abono.platform import clock

SCOPE = "meter"


def caller(request: HttpRequest) -> Key | None:
    """The key in `Authorization: Bearer …` or `X-API-Key`, if it is usable and may meter (ACC-4)."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        text = request.headers.get("X-API-Key", "")
    now = clock.now()
    key = identity.find_key(text.strip(), now=now) if text else None
    if key is None or SCOPE not in key.scopes:
        return None
    identity_actions.note_key_use(key_id=key.id, now=now)
    return key


def contract_for(key: Key, public_id: str | None) -> UUID:
    """The contract that the caller means: by its id, or the only one that a customer's key has.

    What belongs to another customer does not exist for the asker (ACC-2). Raises NoSuchContract.
    """
    if public_id is None and key.customer_id is not None:
        served = contracts.served(key.customer_id)
        if served is None:
            raise NoSuchContract()
        return served.id
    contract_id = parse("ctr", public_id or "")
    if contract_id is None:
        raise NoSuchContract()
    return contracts.get(contract_id, customer_id=key.customer_id).id


class Contracts:
    """What `contract_for` says, each asked once per request: a batch mostly speaks of one contract."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._known: dict[str | None, UUID | None] = {}

    def __call__(self, public_id: str | None) -> UUID:
        """Raises NoSuchContract."""
        if public_id not in self._known:
            try:
                self._known[public_id] = contract_for(self._key, public_id)
            except NoSuchContract:
                self._known[public_id] = None
        found = self._known[public_id]
        if found is None:
            raise NoSuchContract()
        return found


class Clocks:
    """The present moment of each contract's customer, read once per request (TIM-1)."""

    def __init__(self) -> None:
        self._moments: dict[UUID, datetime] = {}

    def __call__(self, contract_id: UUID) -> datetime:
        if contract_id not in self._moments:
            self._moments[contract_id] = customers.moment_of(
                contracts.customer_of(contract_id), real=clock.now()
            ).now
        return self._moments[contract_id]
