"""Every movement of money, in order: the judge of whether anybody was charged twice."""

from __future__ import annotations

from abono.gateways.simulator.company.once import Json
from abono.gateways.simulator.company.store import Row, Store, now_ms


def enter(store: Store, kind: str, *, key: str, charge: Row | Json, amount_minor: int) -> None:
    """Add one movement, "capture", "refund" or "chargeback", of a charge or of a Pix that came."""
    store.insert(
        "book",
        at_ms=now_ms(),
        kind=kind,
        key=key,
        charge=charge["reference"],
        customer=charge["customer"],
        description=charge["description"],
        amount_minor=amount_minor,
        currency=charge["currency"],
    )


def movements(store: Store) -> list[Json]:
    return [dict(row) for row in store.all("SELECT * FROM book ORDER BY id")]


def given_back(store: Store, charge: str) -> int:
    """Minor units of a charge that were refunded so far."""
    row = store.one(
        "SELECT coalesce(sum(amount_minor), 0) AS total FROM book WHERE kind = 'refund' AND charge = ?",
        charge,
    )
    assert row is not None
    total: int = row["total"]
    return total
