"""The statements that doors share: sends that are told of afterwards, and holds that were refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from abono.platform.postgres.arrays import Moments, Uuids, literal
from abono.platform.postgres.batches import Call

# Contracts come in the order of their key: two statements wait for one another's cycles in one direction only.
_COLUMNS = (
    ("send", "uuid"),
    ("anew", "uuid"),
    ("route", "integer"),
    ("at", "timestamptz"),
    ("present", "timestamptz"),
    ("reference", "text"),
    ("channel", "text"),
    ("kind", "text"),
    ("country", "text"),
    ("why", "text"),
    ("campaign", "uuid"),
    ("units", "smallint"),
    ("contact", "uuid"),
    ("sender", "text"),
    ("outcome", "smallint"),
)
_NAMES = ", ".join(name for name, _type in _COLUMNS)
_ARRAYS = ", ".join(f"%s::{type_}[]" for _name, type_ in _COLUMNS)
_GROUPED = ", ".join(f"array_agg({name} ORDER BY n) AS {name}" for name, _type in _COLUMNS)
_PASSED = ", ".join(f"g.{name}" for name, _type in _COLUMNS)
_TOLD = (
    f"WITH e AS MATERIALIZED (SELECT * FROM unnest(%s::uuid[], {_ARRAYS}) WITH ORDINALITY"  # noqa: S608
    f" e (contract, {_NAMES}, n)),"
    f" g AS MATERIALIZED (SELECT contract, array_agg(n ORDER BY n) AS places, {_GROUPED}"
    " FROM e GROUP BY contract ORDER BY contract)"
    " SELECT array_agg(x.status ORDER BY x.n), array_agg(x.price ORDER BY x.n), array_agg(x.why ORDER BY x.n)"
    " FROM (SELECT unnest(g.places) AS n, unnest(f.status) AS status, unnest(f.price) AS price,"
    " unnest(f.why) AS why FROM g"
    f" CROSS JOIN LATERAL metering_told_contract_v1(g.contract, {_PASSED}, %s::interval) f) x"
)
_TOLD_OF_ONE = f"SELECT status, price, why FROM metering_told_contract_v1(%s::uuid, {_ARRAYS}, %s::interval)"  # noqa: S608


_PACKED = {"at": Moments, "present": Moments, "send": Uuids, "anew": Uuids}


def _many(contracts: Iterable[str], *columns: Iterable[Any]) -> list[Any]:
    return [Uuids(contracts), *_told(*columns)]


def _one(contracts: Iterable[str], *columns: Iterable[Any]) -> list[Any]:
    return [next(iter(contracts)), *_told(*columns)]


def _told(*columns: Iterable[Any]) -> list[Any]:
    *told, graces = columns
    packed = (
        _PACKED.get(name, literal)(column) for (name, _type), column in zip(_COLUMNS, told, strict=True)
    )
    return [*packed, next(iter(graces))]


# Columns: contract, those above, and for how long after its cycle a send is taken (the same for a whole call).
TOLD = Call(_TOLD, _many, alone=Call(_TOLD_OF_ONE, _one))

# The holds of a batch that were refused: contracts and keys.
REFUSED = (
    "INSERT INTO metering_refused_hold (contract_id, send_id)"
    " SELECT u.contract, u.send FROM unnest(%s::uuid[], %s::uuid[]) u (contract, send)"
    " ORDER BY u.contract, u.send ON CONFLICT DO NOTHING"
)
