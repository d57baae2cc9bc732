"""What a contract allows at a moment: the functions of the plan's version in its terms (CAT-12)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from abono.domain.contracts.states import State

IN_SERVICE = frozenset({State.ACTIVE.value, State.ENDING.value})

# At a moment, on the clock of each contract's customer: also where the worker that ends or renews it is late. In so many seconds
# it is another by time alone; null: not by time.
ENTITLEMENTS = (
    "SELECT c.id, c.customer_id,"
    " CASE WHEN c.state = 'ending' AND coalesce(c.ends_at, c.cycle_end) <= m.moment THEN 'ended' ELSE c.state END,"
    " p.code, p.version, t.interval, p.function_codes, extract(epoch FROM least("
    "CASE WHEN c.state = 'ending' AND coalesce(c.ends_at, c.cycle_end) > m.moment THEN coalesce(c.ends_at, c.cycle_end) END,"
    " (SELECT min(begins_at) FROM contracts_term WHERE contract_id = c.id AND begins_at > m.moment)) - m.moment)::float8"
    " FROM contracts_contract c"
    " JOIN customers_customer u ON u.id = c.customer_id"
    " CROSS JOIN LATERAL (SELECT %s::timestamptz + u.clock_offset_s * interval '1 second' AS moment) m"
    " CROSS JOIN LATERAL (SELECT plan_id, interval FROM contracts_term"
    " WHERE contract_id = c.id AND (begins_at IS NULL OR begins_at <= m.moment)"
    " ORDER BY begins_at DESC NULLS LAST, position DESC LIMIT 1) t"
    " JOIN catalog_plan p ON p.id = t.plan_id"
    " WHERE c.id = ANY (%s)"
)
FUNCTIONS = "SELECT code FROM catalog_function WHERE code = ANY (%s)"  # also those that no plan has any more


@dataclass(frozen=True, slots=True)
class Entitlements:
    """`version` is a text that is another one exactly when something of the answer before it is."""

    customer_id: UUID
    state: str  # of State
    plan: str  # its code …
    plan_version: int
    interval: str
    functions: tuple[
        str, ...
    ]  # codes that may be used now, sorted; none while the contract is not in service
    version: str
    lasts_s: float | None  # from the moment that was asked about; None: time alone does not end it

    @property
    def in_service(self) -> bool:
        return self.state in IN_SERVICE


def by_name(names: Mapping[UUID, str], rows: Iterable[Sequence[Any]]) -> dict[str, Entitlements]:
    """What is in rows of ENTITLEMENTS, by the public ids of contracts."""
    return {names[row[0]]: _entitlements(*row) for row in rows}


def _entitlements(
    contract_id: UUID,
    customer_id: UUID,
    state: str,
    plan: str,
    plan_version: int,
    interval: str,
    codes: Sequence[str],
    lasts_s: float | None,
) -> Entitlements:
    functions = tuple(sorted(codes)) if state in IN_SERVICE else ()
    said = (contract_id, state, plan, plan_version, interval, *functions)
    version = hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()[:20]
    return Entitlements(customer_id, state, plan, plan_version, interval, functions, version, lasts_s)
