"""`python -m abono.demo.traffic FILE`: the seller's platform at work, over HTTP with its API key.

A gentle rate, so that charts move and packages last for days: now and then somebody sends, settles what was
sent before, or hears from a contact; its people sign in to the software and out. A web server that is away is waited for; what is not settled yet is kept.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import urllib3

from abono.demo.screen import say
from abono.kernel.ids import uuid7
from abono.platform import clock

PAUSE_S = (2.0, 6.0)  # between two acts
AWAY_S = (1.0, 2.0, 5.0, 15.0)  # between tries while the web server is away
ASK_AGAIN_S = 60  # a blocked customer tries again so late
PEOPLE = 9  # contacts of each customer: their interactions last a day, so few are used up
COMES_OR_GOES, COMES = 0.6, 0.75  # how often somebody does, and that who is chosen then comes, or stays
CHATS = ("messenger", "instagram", "webchat")  # no channels for sending to many: a bot answers there
LOST_PERCENT = 3  # of sends that never reach the carrier


class Away(Exception):
    """The web server does not answer, or not well."""


class Refused(Exception):
    """The key does not serve here: nothing will get better by itself."""


@dataclass
class Customer:
    """One contract that sends. `routes` are [channel, kind, country, weight]; `people` work with the software."""

    slug: str
    contract: str
    weight: int
    routes: list[list[Any]]
    people: list[str] = field(default_factory=list)
    signed_in: dict[str, str] = field(default_factory=dict)  # who is in or waits, and their leases
    blocked_until: datetime | None = None
    since: datetime | None = None  # the cycle of a sandbox whose clock was moved ahead of ours
    unsettled: deque[tuple[str, str]] = field(default_factory=deque)  # id and how it ended


class Platform:
    """What the seller's software does for its customers."""

    def __init__(self, url: str, key: str, customers: list[Customer], dice: random.Random) -> None:
        self._url, self._customers, self._dice = url, customers, dice
        self._http = urllib3.PoolManager(retries=False, timeout=10)
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    def act(self) -> None:
        """One thing that happens to one customer. Raises Away, Refused."""
        [customer] = self._dice.choices(self._customers, [one.weight for one in self._customers])
        self._settle(customer)
        if customer.people:
            self._keep_in(customer)
            self._come_or_go(customer)
        if self._dice.random() < 0.4:
            self._hear(customer)
        else:
            self._send(customer)

    def _send(self, customer: Customer) -> None:
        """Ask for one or two sends; a block is told once, and asked about again after a while."""
        [route] = self._dice.choices(customer.routes, [one[3] for one in customer.routes])
        channel, kind, country, _weight = route
        now = clock.now()
        if customer.blocked_until is not None and now < customer.blocked_until:
            return
        wanted = [
            {"id": str(uuid7()), "contract": customer.contract, "channel": channel, "kind": kind}
            | ({} if country == "*" else {"country": country})
            | ({"use": "chatbot"} if channel in CHATS else {})
            for _ in range(self._dice.choice((1, 1, 1, 2)))
        ]
        results = self._post("holds", {"sends": wanted})
        for result in results:
            if result["status"] == "held":
                lost = self._dice.randrange(100) < LOST_PERCENT
                customer.unsettled.append((result["id"], "rejected" if lost else "delivered"))
        if any(result.get("code") == "sending_blocked" for result in results):
            if customer.blocked_until is None:
                say(f"{customer.slug}: sending is blocked; replies and contacts go on")
            customer.blocked_until = clock.shifted(ASK_AGAIN_S)
        elif results[0].get("price_micro") and customer.blocked_until is not None:
            say(f"{customer.slug}: sending goes on")
            customer.blocked_until = None

    def _settle(self, customer: Customer) -> None:
        """Say how the sends of the last time ended; they stay in the queue until that was heard."""
        if not customer.unsettled:
            return
        known = [
            {"id": one, "contract": customer.contract, "outcome": outcome}
            for one, outcome in customer.unsettled
        ]
        self._post("settlements", {"settlements": known})
        for _ in known:
            customer.unsettled.popleft()

    def _hear(self, customer: Customer) -> None:
        """A contact writes, or is answered."""
        event = {
            "id": str(uuid7()),
            "contract": customer.contract,
            "contact": f"{customer.slug}-guest-{self._dice.randrange(PEOPLE)}",
            "channel": customer.routes[0][0],
            "kind": self._dice.choice(("contact_message", "contact_message", "agent_action")),
            "at": max(filter(None, (clock.now(), customer.since))).isoformat(),
        }
        [result] = self._post("interactions", {"events": [event]})
        if result.get("code") == "too_late":
            customer.since = datetime.fromisoformat(self._cycle_start(customer))

    def _keep_in(self, customer: Customer) -> None:
        """Heartbeats of all; who waited comes in when it is their turn, and who is told that they are out is."""
        people = list(customer.signed_in)
        told = self._ask(customer, "lease-heartbeats", "heartbeats", people)
        self._claim(
            customer, [one for one, result in zip(people, told, strict=True) if result == "set_aside"]
        )
        _leave_out(customer, people, told)

    def _come_or_go(self, customer: Customer) -> None:
        """Somebody signs in, and waits if need be, or signs out; of an office where nobody is, half come."""
        if not customer.signed_in:
            self._claim(customer, customer.people[: len(customer.people) // 2])
        elif self._dice.random() < COMES_OR_GOES:
            person, comes = self._dice.choice(customer.people), self._dice.random() < COMES
            if comes and person not in customer.signed_in:
                self._claim(customer, [person])
            elif not comes and person in customer.signed_in:
                self._ask(customer, "lease-releases", "releases", [person])
                del customer.signed_in[person]

    def _claim(self, customer: Customer, people: list[str]) -> None:
        for person in people:
            customer.signed_in.setdefault(person, str(uuid7()))
        told = self._ask(customer, "leases", "leases", people, device="Firefox", wait=True)
        _leave_out(customer, people, told)

    def _ask(self, customer: Customer, what: str, name: str, people: list[str], **more: object) -> list[str]:
        """What becomes of each; their leases stand in `signed_in`."""
        asked = [
            {"id": customer.signed_in[person], "contract": customer.contract, "person": person, **more}
            for person in people
        ]
        return [str(result["status"]) for result in self._post(what, {name: asked})] if asked else []

    def _cycle_start(self, customer: Customer) -> str:
        return str(self._call("GET", f"balances/{customer.contract}")["cycle_start"])

    def _post(self, what: str, body: object) -> list[dict[str, Any]]:
        return list(self._call("POST", what, body)["results"])

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        try:
            reply = self._http.request(method, f"{self._url}/v1/{path}", json=body, headers=self._headers)
        except urllib3.exceptions.HTTPError as trouble:
            raise Away(type(trouble).__name__) from None
        if reply.status in (401, 403):
            raise Refused(f"{reply.status} {reply.data.decode(errors='replace')}")
        if reply.status != 200:
            raise Away(f"{reply.status} {reply.data.decode(errors='replace')[:300]}")
        return dict(reply.json())


def _leave_out(customer: Customer, people: list[str], told: list[str]) -> None:
    """Whoever is refused is not signed in."""
    for person, status in zip(people, told, strict=True):
        if status == "refused":
            customer.signed_in.pop(person, None)


def play(platform: Platform, wait: Callable[[float], bool], dice: random.Random) -> int:
    """Act until `wait` says that it is over. Returns an exit code."""
    failed = 0
    while True:
        try:
            platform.act()
        except Refused as no:
            say(f"the key is refused: {no}")
            return 1
        except Away as trouble:
            if failed == 0:
                say(f"the web server is away ({trouble}); waiting for it")
            pause = AWAY_S[min(failed, len(AWAY_S) - 1)]
            failed += 1
        else:
            if failed:
                say("the web server is back")
            failed, pause = 0, dice.uniform(*PAUSE_S)
        if wait(pause):
            return 0


def main() -> int:
    facts = json.loads(Path(sys.argv[1]).read_text())
    dice = random.Random()  # noqa: S311 – it only has to look alive
    customers = [Customer(**one) for one in facts["traffic"]]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    platform = Platform(os.environ["ABONO_PUBLIC_URL"], facts["api_key"], customers, dice)
    say(f"traffic for {', '.join(customer.slug for customer in customers)}")
    return play(platform, stop.wait, dice)


if __name__ == "__main__":
    sys.exit(main())
