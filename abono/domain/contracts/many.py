"""Contracts of which many go on at once: taken, read and saved in a few statements for all of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, Expression, QuerySet

from abono.domain.catalog.models import Package, Plan
from abono.domain.contracts import arrangements, terms
from abono.domain.contracts.actions import note_alone, with_beside
from abono.domain.contracts.models import Contract
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Uuids
from abono.platform.postgres.asked import Asked, Slot
from abono.platform.postgres.rows import put_beside

_FREE = """
SELECT c.id, u.id, c.number, c.state, u.time_zone, u.sandbox
  FROM contracts_contract c JOIN customers_customer u ON u.id = c.customer_id
 WHERE c.id = ANY(%s) ORDER BY u.id, c.id FOR UPDATE OF u, c SKIP LOCKED
"""


class ContractRow(NamedTuple):
    """What is read of a contract that is held with many others, and of its customer."""

    id: UUID
    customer_id: UUID
    number: str
    state: str
    time_zone: str
    sandbox: bool


def lock_free(contract_ids: Collection[UUID]) -> list[ContractRow]:
    """Hold those of many contracts, and their customers, that nobody else holds now, until the transaction ends;
    `flows.locks` knows when. Returns them in the order of their customers."""
    with beside() as cursor:
        cursor.execute(_FREE, [Uuids(one.hex for one in contract_ids)])
        return [ContractRow(*row) for row in cursor.fetchall()]


def reading(**beside: Expression | Exists) -> QuerySet[Contract]:
    """Many contracts by their `ids`, in the order of their customers, with what stands beside each."""
    related = with_beside(**beside).select_related("term", "customer")
    return related.filter(id__any_of=Slot("ids")).order_by("customer_id", "id")


def read_many(contract_ids: Collection[UUID], *, asked: Asked[Contract, Contract]) -> list[Contract]:
    """Contracts as `lock` reads one, with their timelines and arrangements, in the order of their customers; the caller holds
    them. Those of one plan or package share it.

    asked   `reading`
    """
    found = asked.all(ids=Uuids(map(str, contract_ids)))
    plans = Plan.objects.in_bulk({one.term.plan_id for one in found})
    packages = Package.objects.in_bulk({one.term.package_id for one in found})
    for contract in found:
        term = contract.term
        put_beside(term, plan=plans[term.plan_id], package=packages[term.package_id])
        note_alone(contract)
    terms.read(one for one in found if vars(one)["has_others"])
    arrangements.read(one for one in found if one.may_be_arranged)
    return found
