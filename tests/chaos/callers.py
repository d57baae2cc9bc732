"""Programs that call while everything dies around them, and repeat the same call with the same ids until it is answered."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from abono.kernel.ids import public
from tests.chaos.house import House
from tests.world import Tenant

AGAIN_S = 0.2
LATER = (409, 429, 503)  # of an API: the same call may work later


@dataclass
class Told:
    """What all programs were told, and what was wrong with it."""

    held: dict[str, int] = field(default_factory=dict)  # price by id
    ended: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    raised: dict[str, str] = field(default_factory=dict)  # state of the payment by contract
    given_back: dict[str, int] = field(default_factory=dict)  # how much goes back by contract
    repeats: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Caller:
    """One program with a key of one customer. `over` ends it after the answer that it waits for."""

    house: House
    tenant: Tenant
    key: str
    told: Told
    over: threading.Event

    def meter(self, number: int) -> None:
        """Hold and settle without pause, one by one and seven at a time."""
        turn = 0
        while not self.over.is_set():
            size = 7 if turn % 2 else 1
            names = [f"{number}.{turn}.{n}" for n in range(size)]
            turn += 1
            with self.told.lock:
                self.told.asked |= set(names)
            held = self._events("holds", "sends", [self._sms(name) for name in names])
            with self.told.lock:
                self.told.held |= {one["id"]: one["price_micro"] for one in held if one["status"] == "held"}
                self.told.wrong += [str(one) for one in held if one["status"] not in ("held", "refused")]
            ends = {one["id"]: ("sent", "rejected")[turn % 2] for one in held if one["status"] == "held"}
            if ends:
                self._settle(ends)

    def _settle(self, ends: dict[str, str]) -> None:
        given = [{"id": name, "contract": self.contract, "outcome": end} for name, end in ends.items()]
        settled = self._events("settlements", "settlements", given)
        with self.told.lock:
            self.told.wrong += [str(one) for one in settled if one["status"] != "settled"]
            self.told.ended |= {one["id"]: ends[one["id"]] for one in settled if one["status"] == "settled"}

    def raise_package(self) -> None:
        """Buy a larger package, once; whatever the bank's answer is, it is asked for until it is there."""
        path, once = f"/v1/contracts/{self.contract}/changes", f"quote-{self.contract}"
        status, quote = self._until_answered("POST", path, {"package": "brl-1000"}, once=once)
        answer = quote
        if status == 201:
            path, once = f"/v1/changes/{quote['id']}/accept", f"raise-{self.contract}"
            status, answer = self._until_answered("POST", path, {}, once=once)
        with self.told.lock:
            if status in (200, 202):
                self.told.raised[self.contract] = answer["payment"]["state"]
            else:
                self.told.wrong.append(f"raise: {status} {answer}")

    def give_back(self) -> None:
        """Give the contract back, once; asked for until it is answered."""
        path = f"/v1/contracts/{self.contract}/regret"
        status, answer = self._until_answered("POST", path, {}, once=f"regret-{self.contract}")
        with self.told.lock:
            if status == 201:
                self.told.given_back[self.contract] = answer["amount_minor"]
            else:
                self.told.wrong.append(f"regret: {status} {answer}")

    @property
    def contract(self) -> str:
        return public("ctr", self.tenant.contract_id)

    def _sms(self, name: str) -> dict[str, str]:
        return {"id": name, "contract": self.contract, "channel": "sms", "kind": "message", "country": "BR"}

    def _events(self, what: str, of: str, events: list[dict[str, str]]) -> list[dict[str, Any]]:
        status, answer = self._until_answered("POST", f"/v1/{what}", {of: events})
        if status != 200:
            with self.told.lock:
                self.told.wrong.append(f"{what}: {status} {answer}")
            return []
        results: list[dict[str, Any]] = answer["results"]
        return results

    def _until_answered(self, method: str, path: str, body: object, *, once: str = "") -> tuple[int, Any]:
        """The same again and again, at whatever port there is; an answer that asks for it is asked again too."""
        while True:
            try:
                status, answer = self._once(method, path, body, once)
            except (OSError, HTTPException, ValueError):  # cut off, or nobody there
                status, answer = 503, None
            if status not in LATER:
                return status, answer
            with self.told.lock:
                self.told.repeats += 1
            time.sleep(AGAIN_S)

    def _once(self, method: str, path: str, body: object, once: str) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.house.port, timeout=30)
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        try:
            connection.request(
                method, path, json.dumps(body), headers | ({"idempotency-key": once} if once else {})
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
