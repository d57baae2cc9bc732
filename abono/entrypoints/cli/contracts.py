"""A contract as a person types it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from uuid import UUID

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
