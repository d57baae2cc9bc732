"""A program that calls the fast lane, and the customers that it calls for."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from abono.domain.catalog.models import Plan
from abono.domain.contracts import terms
from abono.domain.contracts.models import Contract
from abono.domain.customers.models import Customer
from abono.domain.identity import actions as identity
from abono.domain.identity.types import Profile
from abono.domain.metering import queries
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.types import Balance, NewCycle
from abono.entrypoints.meter.app import meter, stop
from abono.kernel import rating
from abono.kernel.ids import public
from abono.kernel.periods import Period
from abono.platform import clock
from tests.domain.metering.world import DAY, REAL, World


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def results(self) -> list[Any]:
        assert self.status == 200, self.body
        return self.json["results"]


@dataclass
class Program:
    """Calls `meter` as a server would, on an event loop of its own thread."""

    loop: asyncio.AbstractEventLoop
    key: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    address: str = ""

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def post(self, path: str, body: object, **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.run(self.call("POST", path, [raw], headers))

    def get(self, path: str, **headers: str) -> Answer:
        return self.run(self.call("GET", path, [b""], headers))

    async def call(
        self,
        method: str,
        path: str,
        chunks: list[bytes],
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        given = {"authorization": f"Bearer {self.key}"} if self.key else {}
        given |= {"content-type": "application/json"} if method == "POST" else {}
        given |= {
            name.replace("_", "-"): value for name, value in {**self.headers, **(headers or {})}.items()
        }
        messages = [
            {"type": "http.request", "body": chunk, "more_body": n < len(chunks) - 1}
            for n, chunk in enumerate(chunks)
        ]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "client": (self.address, 0) if self.address else None,
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        await meter(scope, receive, send)
        start, *rest = sent
        return Answer(
            start["status"],
            {name.decode(): value.decode() for name, value in start["headers"]},
            b"".join(message["body"] for message in rest),
        )


@contextmanager
def program() -> Iterator[Program]:
    """A loop in a thread; what the fast lane opened on it is closed at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Program(loop)
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class Tenant:
    """A customer with one contract in a cycle that began ten days ago, and an API key."""

    customer_id: UUID
    contract_id: UUID
    key: str
    key_id: UUID

    @property
    def contract(self) -> str:
        return public("ctr", self.contract_id)

    def sms(self, name: str) -> dict[str, str]:
        return {"id": name, "contract": self.contract, "channel": "sms", "kind": "message", "country": "BR"}

    def settlement(self, name: str, outcome: str = "sent") -> dict[str, str]:
        return {"id": name, "contract": self.contract, "outcome": outcome}

    def balance(self) -> Balance:
        return queries.balance(contract_id=self.contract_id, at=clock.now())


def tenant(
    world: World, name: str, *, value: int = 100, scopes: tuple[str, ...] = ("meter",), sandbox: bool = False
) -> Tenant:
    now = clock.now()
    customer = Customer.objects.create(
        legal_name=name,
        country="BR",
        tax_id="11222333000181",
        language="pt-br",
        time_zone="America/Sao_Paulo",
        financial_name="Fabiana",
        financial_email="f@example.org",
        address={"street": "Rua Um", "city": "São Paulo"},
        sandbox=sandbox,
        created_at=now,
    )
    plan, _ = Plan.objects.get_or_create(
        code="expert",
        version=1,
        defaults={"name": "Expert", "rank": 3, "function_codes": [], "on_sale_from": now},
    )
    contract = Contract(
        number=f"2026-{Contract.objects.count():06d}-0", customer=customer, currency="BRL", signed_at=now
    )
    with transaction.atomic():
        terms.begin_with(
            contract, plan_id=plan.id, package_id=world.brl_100, interval="month", actor="test", now=now
        ).save()
        contract.save(force_insert=True)
    for number in range(2):
        start = now - 10 * DAY + number * 30 * DAY
        open_cycle(
            NewCycle(
                contract_id=contract.id,
                cycle=Period(start, start + timedelta(days=30)),
                package_id=world.brl_100,
                value_micro=value * REAL,
                ceiling_micro=rating.ceiling(value * REAL, 100),
                included_interactions=100,
            )
        )
    key_id, key = identity.issue_key(
        name="test", customer_id=customer.id, scopes=scopes, expires_at=None, actor="test", now=now
    )
    return Tenant(customer.id, contract.id, key, key_id)


def office(world: World, *, licences: int) -> Tenant:
    """Padaria Sol, active, with so many licences; Ana administers it."""
    now = clock.now()
    Plan.objects.create(
        code="expert",
        version=1,
        name="Expert",
        rank=3,
        function_codes=[],
        included_licences=licences,
        on_sale_from=now,
    )
    padaria = tenant(world, "Padaria Sol")
    Contract.objects.filter(id=padaria.contract_id).update(
        state="active", adhesion_date=now.date(), cycle_start=now - DAY, cycle_end=now + DAY
    )
    ana, _new = identity.ensure_person(email="ana@p.example", name="Ana Souza", language="en", now=now)
    identity.add_member(
        person_id=ana.id,
        customer_id=padaria.customer_id,
        profile=Profile.ADMINISTRATOR,
        actor="test",
        now=now,
    )
    return padaria


def key_of(customer_id: UUID | None) -> str:
    """Another key that may meter: of a customer, or of the seller."""
    _id, text = identity.issue_key(
        name="test",
        customer_id=customer_id,
        scopes=("meter",),
        expires_at=None,
        actor="test",
        now=clock.now(),
    )
    return text
