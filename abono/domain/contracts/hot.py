"""What the fast lane has to know of a contract, many at a time: whose it is, by which plan, and how far that customer's clock is
ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from abono.kernel.ids import parse, public

CONTRACTS = (
    "SELECT c.id, c.customer_id, c.currency, u.clock_offset_s, p.code, c.state = 'restricted' FROM contracts_contract c"
    " JOIN customers_customer u ON u.id = c.customer_id JOIN contracts_term t ON t.id = c.term_id"
    " JOIN catalog_plan p ON p.id = t.plan_id WHERE c.id = ANY (%s)"
)
_TOLD = "contract:"  # what sql/told_v1.sql says in a notification, before the id


@dataclass(frozen=True, slots=True)
class Contract:
    id: UUID
    text: str  # of the id, as the database writes it
    customer_id: UUID
    currency: str
    offset_s: int  # by which the customer's clock is ahead (TIM-2)
    plan: str = ""  # code of the software plan in force
    restricted: bool = False  # nothing may go out (END-1, END-4)


def ids(names: Iterable[str]) -> dict[UUID, str]:
    """The ids that public ones stand for, each with its public one; what is none is left out."""
    return {key: name for name in names if (key := parse("ctr", name)) is not None}


def by_name(names: Mapping[UUID, str], rows: Iterable[tuple[Any, ...]]) -> dict[str, Contract]:
    """The contracts in rows of CONTRACTS, by their public ids."""
    return {names[row[0]]: Contract(row[0], str(row[0]), *row[1:]) for row in rows}


def told(notice: str) -> str | None:
    """The public id of the contract of which a notification on `lookups.CHANGED` tells; None: it tells of something else."""
    return public("ctr", UUID(notice.removeprefix(_TOLD))) if notice.startswith(_TOLD) else None
