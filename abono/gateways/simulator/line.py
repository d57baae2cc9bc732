"""Our side's line to the simulator: bounded in time, asked once, its news proven by their signature."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import urllib3
from standardwebhooks import Webhook, WebhookVerificationError

from abono.domain.payments.ports.port import BadSignature, GatewayEvent
from abono.kernel import trace
from abono.kernel.money import Money
from abono.kernel.webhook_key import webhook_key

MAX_REPLY = 64 * 1024

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: status 0 when nothing did, or nothing that could be read.

    unsent   surely nothing was sent: nobody took the call
    """

    status: int
    body: Json
    unsent: bool = False


class Line:
    """Threads may share one."""

    def __init__(self, base_url: str, secret: str, connect_timeout_s: float, read_timeout_s: float) -> None:
        self._base_url, self._secret = base_url.rstrip("/"), secret
        self._webhook = Webhook(webhook_key(secret))
        # No retries anywhere: a repeated request could be a second charge at a worse gateway.
        self._http = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=connect_timeout_s, read=read_timeout_s)
        )

    def news(self, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[GatewayEvent, ...]:
        """The port's; the library compares with the real clock itself, five minutes either way."""
        given = {name.lower(): value for name, value in headers.items()}
        try:
            self._webhook.verify(body, given, json_parse=False)
        except (WebhookVerificationError, ValueError) as wrong:  # ValueError: what is no base 64, or no text
            raise BadSignature(str(wrong)) from None
        said, id = _object(body), given["webhook-id"]
        unreadable = (GatewayEvent(id, "", None, None, now),)
        try:
            words = (said["type"], said["data"]["key"], said["data"]["reference"])
            received = said["data"].get("received")
            happened_at = datetime.fromisoformat(said["timestamp"])
        except (AttributeError, KeyError, TypeError, ValueError):
            return unreadable
        named = words if received is None else (*words, received)
        if not all(isinstance(word, str) and word.isprintable() for word in named) or not happened_at.tzinfo:
            return unreadable
        return (GatewayEvent(id, *words, happened_at, received),)

    def call(self, method: str, path: str, body: Json | None = None) -> Heard:
        try:
            reply = self._http.request(
                method,
                f"{self._base_url}/v1/{path}",
                body=None if body is None else json.dumps(body),
                headers={
                    "authorization": f"Bearer {self._secret}",
                    "content-type": "application/json",
                    **trace.onward(),
                },
                redirect=False,
                preload_content=False,
            )
            with reply:
                text = reply.read(MAX_REPLY + 1)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            return Heard(0, {}, unsent=True)
        except urllib3.exceptions.HTTPError:
            return Heard(0, {})
        return Heard(reply.status, _object(text))


def money(body: Json, name: str = "amount_minor") -> Money | None:
    """A sum that the simulator names; None for what is no sum of money."""
    minor, currency = body.get(name), body.get("currency")
    if type(minor) is not int or not 0 <= minor < 2**63 or not isinstance(currency, str):
        return None
    return Money(minor, currency) if re.fullmatch("[A-Z]{3}", currency) else None


def _object(text: bytes) -> Json:
    try:
        said = json.loads(text.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
