"""What the chapters of the story act with, and how they check what they see."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from abono.demo.cards import Simulator
from abono.demo.stack import Stack
from abono.demo.story.browser import Browser
from abono.demo.story.html import Form, Page
from abono.demo.story.notebook import Notebook

WAIT_S = 60.0  # longest that anything is waited for; the worker looks every five seconds
PAUSE_S = 0.2


class Failed(Exception):
    """Something is not as the story must go; the text says what was expected and what was found."""


@dataclass
class Stage:
    """One run: the people's browser and notebook, the seller's platform, and the companies around."""

    stack: Stack
    notebook: Notebook
    browser: Browser
    simulator: Simulator
    again: bool  # the same run was made on this database before
    http: urllib3.PoolManager

    def platform(self, method: str, path: str, body: object = None, *, once: str = "") -> Any:
        """A call of the seller's software with its API key: JSON in, JSON out. `once` is its Idempotency-Key. Raises Failed."""
        return json.loads(self.platform_bytes(method, path, body, once=once))

    def platform_bytes(self, method: str, path: str, body: object = None, *, once: str = "") -> bytes:
        """The same, as it was answered. Raises Failed."""
        reply = self.http.request(
            method,
            f"{self.stack.addresses.web_url}/v1/{path}",
            json=body,
            headers={"authorization": f"Bearer {self.notebook['api_key']}"}
            | ({"idempotency-key": once} if once else {}),
        )
        if reply.status not in (200, 201):
            raise Failed(
                f"{method} /v1/{path} answers {reply.status}: {reply.data.decode(errors='replace')[:600]}"
            )
        return reply.data

    def balance(self) -> dict[str, Any]:
        return dict(self.platform("GET", f"balances/{self.notebook['contract']}"))

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        """What is in the inbox, newest first."""
        reply = self.http.request("GET", f"{self.stack.addresses.inbox_url}/mails.json", fields={"to": to})
        return list(reply.json()["mails"])

    def mailed_link(self, to: str, part: str) -> str | None:
        """The path of the newest link with this part that was sent to somebody."""
        words = (word for mail in self.mails(to) for word in str(mail["text"]).split() if part in word)
        return next((urlsplit(word.strip("<>()")).path for word in words), None)

    def attachment(self, href: str) -> bytes:
        return bytes(self.http.request("GET", f"{self.stack.addresses.inbox_url}{href}").data)

    def press(self, name: str, page: Page | None = None, form: str | Form = "", **typed: str) -> Page:
        """Press a button that must have its effect once, and write down what was sent.

        Pressed before, in this run or an earlier one: the same is sent again, as going back does.
        """
        if name in self.notebook:
            known = self.notebook[name]
            return self.browser.press_again(known["address"], known["values"])
        assert page is not None
        filled = page.form(form) if isinstance(form, str) else form
        pressed = self.browser.send(page, filled, **typed)
        address = urlsplit(urljoin(page.url, filled.action)).path  # the next run has other ports
        self.notebook.write(name, {"address": address, "values": {**filled.values, **typed}})
        return pressed


def expect(what: str, found: object, wanted: object) -> None:
    """Raises Failed."""
    if found != wanted:
        raise Failed(f"{what}: expected {wanted!r}, found {found!r}")


def shown(page: Page, *texts: str) -> None:
    """Raises Failed unless the page shows all of them."""
    for text in texts:
        if text not in page.text:
            raise Failed(f"{page.url} does not show {text!r}. It shows: {page.text[:1500]}")


def amount(minor: int) -> str:
    """As an English page writes it, without the currency: 1,349.00."""
    return f"{minor // 100:,}.{minor % 100:02d}"


def wait_for[T](what: str, look: Callable[[], T | None]) -> T:
    """Look until there is something. Raises Failed when that takes too long."""
    deadline = time.monotonic() + WAIT_S
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {WAIT_S:.0f} s")
        time.sleep(PAUSE_S)
    return found


def first(pattern: str, text: str) -> str:
    """The first group of a pattern in a text. Raises Failed."""
    found = re.search(pattern, text)
    if found is None:
        raise Failed(f"nothing like {pattern} in: {text[:1500]}")
    return found[1]
