"""Typing a card into the simulator's fields, as the page in the frame does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3

from abono.gateways.simulator.company.cards import Behaviour, card_that, cvv_length


class CardRefused(Exception):
    """The fields did not take the card; the text says which field and why."""


class Simulator:
    """The simulator, seen from a browser (`type_card`) and from its page of levers."""

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret
        self._http = urllib3.PoolManager(retries=False, timeout=10)

    def type_card(self, frame_ref: str, *, holder: str, behaviour: Behaviour, year: int) -> None:
        """Type the test card that behaves so, good until the end of `year`. Raises CardRefused."""
        card = card_that(behaviour)
        typed = {
            "number": card.spaced,
            "holder": holder.upper(),
            "expiry": f"12/{year % 100:02d}",
            "cvv": "123" + "4" * (cvv_length("amex") - 3 if card.number.startswith("3") else 0),
        }
        reply = self._http.request(
            "POST", f"{self._url}/frame/{frame_ref}", json=typed, headers={"origin": self._url}
        )
        said = reply.json()
        if said.get("ref") != frame_ref:
            raise CardRefused(str(said))

    def pay_pix(self, key: str) -> None:
        """As its payer's bank does: whole."""
        self._ask("POST", f"pix/{key}/pay", {})

    def book(self) -> list[dict[str, Any]]:
        """Every movement of money, in order."""
        return list(self._ask("GET", "book")["movements"])

    @contextmanager
    def levers(self, **change: object) -> Iterator[None]:
        """Set levers for a while; afterwards they are as they were."""
        before = self._ask("GET", "levers")
        self._ask("POST", "levers", change)
        try:
            yield
        finally:
            self._ask("POST", "levers", {name: before[name] for name in change})

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        reply = self._http.request(
            method,
            f"{self._url}/v1/{path}",
            json=body,
            headers={"authorization": f"Bearer {self._secret}"},
        )
        if reply.status != 200:
            raise RuntimeError(f"the simulator answers {reply.status} to {method} {path}: {reply.data!r}")
        return dict(reply.json())
