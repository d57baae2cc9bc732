"""The simulator behind the port. It never repeats a charge; what is unclear is UNKNOWN."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from standardwebhooks import Webhook, WebhookVerificationError

from abono.domain.payments.declines import decline
from abono.domain.payments.port import (
    BadSignature,
    CardDetails,
    ChargeReply,
    ChargeRequest,
    Decline,
    FrameSession,
    GatewayEvent,
    GatewayUnavailable,
    Hint,
    KeyClash,
    Outcome,
    RefundOutcome,
    RefundReply,
    RefundRequest,
    Retry,
    SaveReply,
)
from abono.kernel import trace
from abono.kernel.money import Money
from abono.kernel.webhook_key import webhook_key

_OUTCOME = {
    "paid": Outcome.PAID,
    "processing": Outcome.WAITING,
    "challenge": Outcome.WAITING,
    "declined": Outcome.DECLINED,
}
_REFUND = {"done": RefundOutcome.DONE, "refused": RefundOutcome.REFUSED}
MAX_REPLY = 64 * 1024

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What came back: status 0 when nothing did, or nothing that could be read.

    unsent   surely nothing was sent: nobody took the call
    """

    status: int
    body: Json
    unsent: bool = False


class SimulatorGateway:
    """Cards on the simulator. Threads may share one.

    base_url     where our server reaches it
    public_url   where browsers reach it: the origin of the card fields
    """

    def __init__(
        self,
        *,
        base_url: str,
        secret: str,
        public_url: str,
        connect_timeout_s: float = 2,
        read_timeout_s: float = 8,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._public_url = public_url.rstrip("/")
        self._secret = secret
        self._webhook = Webhook(webhook_key(secret))
        # No retries anywhere: a repeated request could be a second charge at a worse gateway.
        self._http = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=connect_timeout_s, read=read_timeout_s)
        )

    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        heard = self._call(
            "POST",
            "frames",
            {
                "key": key,
                "customer": customer_reference,
                "language": language,
                "parent_origin": parent_origin,
            },
        )
        ref = heard.body.get("ref")
        if heard.status != 201 or not isinstance(ref, str):
            raise GatewayUnavailable
        parts = urlsplit(self._public_url)
        url = f"{self._public_url}/frame/{quote(ref, safe='')}?{urlencode({'lang': language})}"
        return FrameSession(url=url, origin=f"{parts.scheme}://{parts.netloc}", ref=ref)

    def save_card(self, frame_ref: str, customer_reference: str, key: str) -> SaveReply:
        asked = {"frame": frame_ref, "customer": customer_reference, "key": key}
        heard = self._call("POST", "cards", asked)
        if heard.unsent:
            return SaveReply(never_received=True)
        if heard.status == 400 and heard.body.get("field") == "frame":
            # No card was typed there, too long ago, or for somebody else: the reference came through a browser.
            return SaveReply(decline=Decline("no_card_typed", Hint.NUMBER, Retry.CUSTOMER))
        if heard.status == 200 and heard.body.get("status") == "declined":
            return SaveReply(decline=_decline(heard.body))
        card = _card(heard.body.get("card")) if heard.status == 200 else None
        return SaveReply(card=card) if card else SaveReply(unknown=True)

    def find_card(self, token: str) -> CardDetails | None:
        heard = self._call("GET", f"cards/{quote(token, safe='')}")
        if heard.status == 404 and heard.body.get("error") == "no_such_card":
            return None
        card = _card(heard.body.get("card")) if heard.status == 200 else None
        if card is None:
            raise GatewayUnavailable
        return card

    def forget_card(self, token: str) -> bool:
        return self._call("DELETE", f"cards/{quote(token, safe='')}").status == 204

    def charge(self, request: ChargeRequest) -> ChargeReply:
        heard = self._call(
            "POST",
            "charges",
            {
                "key": request.key,
                "amount_minor": request.amount.minor,
                "currency": request.amount.currency,
                "description": request.description,
                "card": request.method_token,
                "customer": request.customer_reference,
                "off_session": request.off_session,
                "return_url": request.return_url,
            },
        )
        return ChargeReply(Outcome.NEVER_RECEIVED) if heard.unsent else self._charge_reply(heard)

    def find(self, key: str, reference: str = "", method_token: str = "") -> ChargeReply | None:
        heard = self._call("GET", f"charges/{quote(key, safe='')}")
        never_seen = heard.status == 404 and heard.body.get("error") == "no_such_charge"
        return None if never_seen else self._charge_reply(heard)

    def _charge_reply(self, heard: _Heard) -> ChargeReply:
        """What it says of a charge, with the address of the page on which the holder confirms."""
        reply, asks = _charge_reply(heard), heard.body.get("challenge")
        if heard.body.get("status") != "challenge" or not isinstance(asks, str):
            return reply
        return replace(reply, challenge_url=f"{self._public_url}/{quote(asks)}")

    def refund(self, request: RefundRequest) -> RefundReply:
        heard = self._call(
            "POST",
            "refunds",
            {
                "key": request.key,
                "charge": request.charge_reference,
                "amount_minor": request.amount.minor,
                "currency": request.amount.currency,
            },
        )
        return _refund_reply(heard)

    def find_refund(self, key: str, charge_reference: str = "") -> RefundReply | None:
        heard = self._call("GET", f"refunds/{quote(key, safe='')}")
        never_seen = heard.status == 404 and heard.body.get("error") == "no_such_refund"
        return None if never_seen else _refund_reply(heard)

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
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
            happened_at = datetime.fromisoformat(said["timestamp"])
        except (KeyError, TypeError, ValueError):
            return unreadable
        if not all(isinstance(word, str) and word.isprintable() for word in words) or not happened_at.tzinfo:
            return unreadable
        return (GatewayEvent(id, *words, happened_at),)

    def _call(self, method: str, path: str, body: Json | None = None) -> _Heard:
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
            return _Heard(0, {}, unsent=True)
        except urllib3.exceptions.HTTPError:
            return _Heard(0, {})
        return _Heard(reply.status, _object(text))


def _charge_reply(heard: _Heard) -> ChargeReply:
    if heard.status == 409 and heard.body.get("error") == "key_reused":
        raise KeyClash("the simulator knows this key with another charge")
    reference = heard.body.get("reference")
    outcome = _OUTCOME.get(str(heard.body.get("status")), Outcome.UNKNOWN)
    if heard.status != 200 or not isinstance(reference, str):
        return ChargeReply(Outcome.UNKNOWN)
    amount = _money(heard.body)
    if outcome is Outcome.PAID and amount is None:
        return ChargeReply(Outcome.UNKNOWN)
    why = _decline(heard.body) if outcome is Outcome.DECLINED else None
    return ChargeReply(outcome, reference, amount, why, disputed=heard.body.get("disputed") is True)


def _money(body: Json) -> Money | None:
    """What the simulator says that it took; None for what is no sum of money."""
    minor, currency = body.get("amount_minor"), body.get("currency")
    if type(minor) is not int or not 0 <= minor < 2**63 or not isinstance(currency, str):
        return None
    return Money(minor, currency) if re.fullmatch("[A-Z]{3}", currency) else None


def _refund_reply(heard: _Heard) -> RefundReply:
    if heard.status == 409 and heard.body.get("error") == "key_reused":
        raise KeyClash("the simulator knows this key with another refund")
    outcome = _REFUND.get(str(heard.body.get("status")), RefundOutcome.UNKNOWN)
    if heard.status != 200:
        return RefundReply(RefundOutcome.UNKNOWN)
    return RefundReply(outcome, heard.body.get("reference"), heard.body.get("code"))


def _decline(body: Json) -> Decline:
    """The simulator answers as the card networks do: ABECS codes, which each brand reads its own way."""
    return decline(system="abecs", code=str(body.get("code")), brand=str(body.get("brand")))


def _card(said: object) -> CardDetails | None:
    try:
        return CardDetails(**said)  # type: ignore[arg-type]
    except TypeError:
        return None


def _object(text: bytes) -> Json:
    try:
        said = json.loads(text.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
