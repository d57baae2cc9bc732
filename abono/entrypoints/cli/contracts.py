"""A contract as a person types it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.kernel.ids import parse


def contract_key(text: str) -> UUID:
    """The key of a contract from its public id or its UUID. Raises ArgumentTypeError."""
    found = parse("ctr", text)
    if found is not None:
        return found
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"no id of a contract: {text}") from None


def named_contract(text: str) -> UUID:
    """A contract that is there, from its number, its public id or its UUID. Raises NoSuchContract."""
    numbered = contracts.page(customer_id=None, number=text[:16], limit=1)
    if numbered:
        return numbered[0].id
    try:
        return contracts.get(contract_key(text)).id
    except ArgumentTypeError:
        raise NoSuchContract() from None
