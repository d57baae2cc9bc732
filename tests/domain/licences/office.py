"""An office whose people come in, wait and go: what programs say of them, in short words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from abono.domain.licences import queries
from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Beat, Claim, Leave
from abono.flows.licences.said import Said, Word
from abono.kernel.ids import public
from tests import sql
from tests.world import JUNE_1, Tenant

OPENS = JUNE_1 + timedelta(hours=1)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Office:
    """The licences of one contract. `now` is a moment of real time that a test moves on."""

    def __init__(self, tenant: Tenant, now: datetime = OPENS) -> None:
        self.tenant, self.now = tenant, now
        self.contract = public("ctr", tenant.contract_id)

    def later(self, by: timedelta) -> Office:
        self.now += by
        return self

    def claim(self, person: str, name: str = "", **more: Any) -> Said:
        return self._ask(Claim(name or person, self.contract, person, **more))

    def wait(self, person: str, name: str = "", **more: Any) -> Said:
        return self.claim(person, name, wait=True, **more)

    def beat(self, person: str, name: str = "", *, idle_s: int | None = None, proof: bool = True) -> Said:
        return self._ask(Beat(name or person, self.contract, person, idle_s, proof=proof))

    def leave(self, person: str, name: str = "") -> Said:
        return self._ask(Leave(name or person, self.contract, person))

    def fill(self, count: int) -> list[str]:
        """So many people come in."""
        people = [f"p{n:02}" for n in range(count)]
        facts = [Claim(person, self.contract, person) for person in people]
        told = ask_licences(facts, customer_id=self.tenant.customer_id, now=self.now)
        assert {one.word for one in told} == {Word.GRANTED}
        return people

    @property
    def people(self) -> list[str]:
        """Who is in."""
        found = queries.leases(self.tenant.contract_id, at=self.now, limit=1_000)
        return [one.person for one in found]

    def _ask(self, fact: Claim | Beat | Leave) -> Said:
        [said] = ask_licences([fact], customer_id=self.tenant.customer_id, now=self.now)
        return said


def own(contract_id: UUID, licences: int, *, at: datetime) -> None:
    """From now on so many; the plan Starter has one of its own."""
    sql.run(
        "INSERT INTO contracts_term (id, contract_id, position, begins_at, plan_id, package_id, extra_licences, interval,"
        " unit, actor, written_at) SELECT %s, contract_id, (SELECT max(position) + 1 FROM contracts_term WHERE contract_id ="
        " t.contract_id), %s, (SELECT id FROM catalog_plan WHERE code = 'starter'), package_id, %s, 'month', 'day', 'test', %s"
        " FROM contracts_term t WHERE contract_id = %s ORDER BY position LIMIT 1",
        uuid4(),
        at,
        licences - 1,
        at,
        contract_id,
    )
