"""The same key, the same answer: how each act of the simulator happens once."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from abono.gateways.simulator.company.store import Row, Store, to_json

Json = dict[str, Any]


class KeyReused(Exception):
    """The same key came with other content."""


def first(store: Store, table: str, key: str, asked: object) -> Row | None:
    """What this key made before, if it came before. Raises KeyReused when it asked for something else."""
    row = store.with_key(table, key)
    if row is not None and row["fingerprint"] != fingerprint(asked):
        raise KeyReused(key)
    return row


def fingerprint(asked: object) -> str:
    return hashlib.sha256(to_json(asked).encode()).hexdigest()


def new_name(prefix: str) -> str:
    """A name that nobody can guess."""
    return f"{prefix}_{secrets.token_hex(12)}"
