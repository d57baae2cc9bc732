"""The simulator behind the port. It never repeats a charge; what is unclear is UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from abono.domain.payments.declines import decline
from abono.domain.payments.ports.port import (
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
from abono.gateways.simulator.line import Heard, Json, Line, money

_OUTCOME = {
    "paid": Outcome.PAID,
    "processing": Outcome.WAITING,
    "challenge": Outcome.WAITING,
    "declined": Outcome.DECLINED,
}
_REFUND = {"done": RefundOutcome.DONE, "refused": RefundOutcome.REFUSED}


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
        self._public_url = public_url.rstrip("/")
        self._line = Line(base_url, secret, connect_timeout_s, read_timeout_s)

    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        heard = self._line.call(
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
        heard = self._line.call("POST", "cards", asked)
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
        heard = self._line.call("GET", f"cards/{quote(token, safe='')}")
        if heard.status == 404 and heard.body.get("error") == "no_such_card":
            return None
        card = _card(heard.body.get("card")) if heard.status == 200 else None
        if card is None:
            raise GatewayUnavailable
        return card

    def forget_card(self, token: str) -> bool:
        return self._line.call("DELETE", f"cards/{quote(token, safe='')}").status == 204

    def charge(self, request: ChargeRequest) -> ChargeReply:
        heard = self._line.call(
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
        heard = self._line.call("GET", f"charges/{quote(key, safe='')}")
        never_seen = heard.status == 404 and heard.body.get("error") == "no_such_charge"
        return None if never_seen else self._charge_reply(heard)

    def _charge_reply(self, heard: Heard) -> ChargeReply:
        """What it says of a charge, with the address of the page on which the holder confirms."""
        reply, asks = _charge_reply(heard), heard.body.get("challenge")
        if heard.body.get("status") != "challenge" or not isinstance(asks, str):
            return reply
        return replace(reply, challenge_url=f"{self._public_url}/{quote(asks)}")

    def refund(self, request: RefundRequest) -> RefundReply:
        heard = self._line.call(
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
        heard = self._line.call("GET", f"refunds/{quote(key, safe='')}")
        never_seen = heard.status == 404 and heard.body.get("error") == "no_such_refund"
        return None if never_seen else _refund_reply(heard)

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return self._line.news(headers, body, now)


def _charge_reply(heard: Heard) -> ChargeReply:
    if heard.status == 409 and heard.body.get("error") == "key_reused":
        raise KeyClash("the simulator knows this key with another charge")
    reference = heard.body.get("reference")
    outcome = _OUTCOME.get(str(heard.body.get("status")), Outcome.UNKNOWN)
    if heard.status != 200 or not isinstance(reference, str):
        return ChargeReply(Outcome.UNKNOWN)
    amount = money(heard.body)
    if outcome is Outcome.PAID and amount is None:
        return ChargeReply(Outcome.UNKNOWN)
    why = _decline(heard.body) if outcome is Outcome.DECLINED else None
    return ChargeReply(outcome, reference, amount, why, disputed=heard.body.get("disputed") is True)


def _refund_reply(heard: Heard) -> RefundReply:
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
