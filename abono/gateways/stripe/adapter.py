"""Cards by Stripe behind the port. It never repeats a charge; what is unclear is UNKNOWN (docs/adr/0050)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from stripe.params import PaymentIntentCreateParams

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
from abono.gateways.stripe import news, reading
from abono.gateways.stripe.line import API_URL, Heard, Json, client, hear
from abono.gateways.stripe.lookup import PAGE, Payments
from abono.gateways.stripe.reading import KEY, card, charge_reply, decline, id_of, key_of

FRAME_FOR, PAYS_FOR = "abono_frame_for", "abono_pays_for"  # of a customer there: for whom
CONFIRM_WITHIN_S = 3_600  # a charge that its holder did not confirm by then is given up
KNOWN_CUSTOMERS = 50_000  # that a process remembers
NO_CARD = Decline("no_such_card", Hint.ISSUER, Retry.UPDATE_CARD)
NOT_TYPED = SaveReply(decline=Decline("no_card_typed", Hint.NUMBER, Retry.CUSTOMER))


@dataclass(frozen=True, slots=True)
class Token:
    """A saved card: Stripe's customer, who alone can pay with it, and its PaymentMethod."""

    customer: str
    method: str

    @staticmethod
    def read(text: str) -> Token | None:
        found = re.fullmatch("(cus_[A-Za-z0-9]{1,60})/(pm_[A-Za-z0-9]{1,50})", text)
        return Token(found[1], found[2]) if found else None

    def __str__(self) -> str:
        return f"{self.customer}/{self.method}"


class StripeGateway:
    """Cards on Stripe. Threads may share one.

    secret_key       of the seller's account, or one restricted to what docs/production.md lists
    webhook_secret   with which Stripe signs what it tells us
    fields_path      of our page that shows Stripe's card fields (WAL-2), with `{language}` in it
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        fields_path: str,
        api_url: str = API_URL,
        connect_timeout_s: float = 3,
        read_timeout_s: float = 20,
    ) -> None:
        self._fields_path = fields_path
        self._webhook_secret = webhook_secret
        self._api = client(
            secret_key, api_url=api_url, connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s
        ).v1
        self._payments = Payments(self._api)
        self._pays_for: dict[str, str] = {}

    # Cards

    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        """The port's. What opens Stripe's fields stands behind the
        `#` of its address, which no browser sends to a server."""
        owner = hear(
            lambda: self._api.customers.create(
                {"metadata": {FRAME_FOR: customer_reference}},
                {"idempotency_key": f"customer:{customer_reference}"},
            )
        )
        customer = id_of(owner.body, "cus")
        if not customer:
            raise GatewayUnavailable
        asked = hear(
            lambda: self._api.setup_intents.create(
                {
                    "customer": customer,
                    "usage": "off_session",
                    "allowed_payment_method_types": ["card"],
                    "metadata": {KEY: key[:500]},
                },
                {"idempotency_key": f"frame:{key}"},
            )
        )
        ref, secret = id_of(asked.body, "seti"), asked.body.get("client_secret")
        if not ref or not isinstance(secret, str):
            raise GatewayUnavailable
        url = f"{parent_origin}{self._fields_path.format(language=language)}#{quote(secret, safe='')}"
        return FrameSession(url=url, origin=parent_origin, ref=ref)

    def save_card(self, frame_ref: str, customer_reference: str, key: str) -> SaveReply:
        """The port's. The check is Stripe's, made while the card was typed: what it said is read here."""
        if not re.fullmatch("seti_[A-Za-z0-9]{1,100}", frame_ref):
            return NOT_TYPED
        heard = hear(
            lambda: self._api.setup_intents.retrieve(frame_ref, {"expand": ["customer", "payment_method"]})
        )
        if heard.status != 200:
            return _unsaved(heard)
        owner, method = heard.body.get("customer"), heard.body.get("payment_method")
        if not isinstance(owner, dict) or _metadata(owner).get(FRAME_FOR) != customer_reference:
            return NOT_TYPED
        match heard.body.get("status"):
            case "succeeded" if isinstance(method, dict):
                return self._kept(owner, method)
            case "requires_payment_method" | "canceled":
                error = heard.body.get("last_setup_error")
                return SaveReply(decline=decline(error)) if isinstance(error, dict) else NOT_TYPED
            case "requires_action" | "requires_confirmation":
                return NOT_TYPED  # the holder has not finished there
        return SaveReply(unknown=True)

    def _kept(self, owner: Json, method: Json) -> SaveReply:
        token = Token.read(f"{id_of(owner, 'cus')}/{id_of(method, 'pm')}")
        if token is None:
            return SaveReply(unknown=True)
        if not method.get("customer"):
            attached = hear(
                lambda: self._api.payment_methods.attach(token.method, {"customer": token.customer})
            )
            if attached.status != 200:
                return _unsaved(attached)
        details = card(method, str(token))
        return SaveReply(card=details) if details else SaveReply(unknown=True)

    def find_card(self, token: str) -> CardDetails | None:
        known = Token.read(token)
        if known is None:
            return None
        heard = hear(lambda: self._api.payment_methods.retrieve(known.method))
        if heard.missing or (heard.status == 200 and heard.body.get("customer") != known.customer):
            return None
        if heard.status != 200:
            raise GatewayUnavailable
        return card(heard.body, token)

    def forget_card(self, token: str) -> bool:
        known = Token.read(token)
        if known is None:
            return True  # it is no card here
        gone = hear(lambda: self._api.payment_methods.detach(known.method))
        if gone.status == 200 or gone.missing:
            return True
        if not gone.refused:
            return False
        looked = hear(lambda: self._api.payment_methods.retrieve(known.method))  # was it forgotten before?
        return looked.missing or (looked.status == 200 and not looked.body.get("customer"))

    # Charges

    def charge(self, request: ChargeRequest) -> ChargeReply:
        token = Token.read(request.method_token)
        if token is None:
            return ChargeReply(Outcome.DECLINED, decline=NO_CARD)
        whose = self._whose(token, request.customer_reference)
        if whose is None:
            return ChargeReply(Outcome.NEVER_RECEIVED)  # of the charge nothing was sent
        if whose != request.customer_reference:
            return ChargeReply(Outcome.DECLINED, decline=NO_CARD)
        heard = hear(
            lambda: self._api.payment_intents.create(
                _intent(request, token), {"idempotency_key": request.key}
            )
        )
        if heard.unsent:
            return ChargeReply(Outcome.NEVER_RECEIVED)
        if heard.clashes:
            raise KeyClash("Stripe knows this key with another charge")
        if heard.status == 200:
            return self._settled(heard.body, present=bool(request.return_url))
        intent = heard.error.get("payment_intent")
        if heard.refused and isinstance(intent, dict):
            return charge_reply(intent)
        return ChargeReply(Outcome.DECLINED, decline=decline(heard.error)) if heard.refused else _UNKNOWN

    def _whose(self, token: Token, reference: str) -> str | None:
        """For whom a card's customer pays: for whoever it pays for first. None without a clear answer."""
        known = self._pays_for.get(token.customer)
        if known is not None:
            return known
        looked = hear(lambda: self._api.customers.retrieve(token.customer))
        if looked.missing or looked.body.get("deleted") is True:
            return ""
        whose = _metadata(looked.body).get(PAYS_FOR)
        if looked.status == 200 and not whose:
            looked = hear(
                lambda: self._api.customers.update(token.customer, {"metadata": {PAYS_FOR: reference}})
            )
            whose = _metadata(looked.body).get(PAYS_FOR)
        if looked.status != 200 or not isinstance(whose, str):
            return None
        if len(self._pays_for) >= KNOWN_CUSTOMERS:
            self._pays_for.clear()
        self._pays_for[token.customer] = whose
        return whose

    def _settled(self, intent: Json, *, present: bool) -> ChargeReply:
        """What a PaymentIntent says, unless it waits for somebody who is not there or did not come: then it is given up."""
        reply = charge_reply(intent)
        if intent.get("status") != "requires_action" or reply.reference is None:
            return reply
        age_s = time.time() - intent["created"] if type(intent.get("created")) is int else 0
        if present and reply.challenge_url and age_s < CONFIRM_WITHIN_S:
            return reply
        reference = reply.reference
        ended = hear(lambda: self._api.payment_intents.cancel(reference, {"expand": ["latest_charge"]}))
        if ended.status == 200:
            return charge_reply(ended.body)
        return replace(
            reply, challenge_url=None
        )  # perhaps it was confirmed this moment: it is asked about again

    def find(self, key: str, reference: str = "", method_token: str = "") -> ChargeReply | None:
        """The port's. By Stripe's id where that is known; else among the payments of the card's customer, which a list shows
        as soon as they are there. Without either only the search is left, which may be late: it never says None.
        """
        if not key:
            return None
        if re.fullmatch("pi_[A-Za-z0-9]{1,100}", reference):
            intent = self._payments.by_reference(reference, key)
        elif (token := Token.read(method_token)) is not None:
            intent = self._payments.of_customer(key, token.customer)
        else:
            intent = self._payments.searched(key)
        if intent is None:
            return None
        return self._settled(intent, present=True) if intent else _UNKNOWN

    # Refunds

    def refund(self, request: RefundRequest) -> RefundReply:
        heard = hear(
            lambda: self._api.refunds.create(
                {
                    "payment_intent": request.charge_reference,
                    "amount": request.amount.minor,
                    "metadata": {KEY: request.key},
                },
                {"idempotency_key": request.key},
            )
        )
        if heard.clashes:
            raise KeyClash("Stripe knows this key with another refund")
        if heard.refused:
            return RefundReply(RefundOutcome.REFUSED, code=str(heard.error.get("code") or "refused"))
        return reading.refund_reply(heard.body)

    def find_refund(self, key: str, charge_reference: str = "") -> RefundReply | None:
        """The port's. Among the refunds of the charge; without it nobody knows where to look."""
        heard = hear(lambda: self._api.refunds.list({"payment_intent": charge_reference, "limit": PAGE}))
        found = heard.body.get("data")
        if heard.status != 200 or not charge_reference or not isinstance(found, list):
            return RefundReply(RefundOutcome.UNKNOWN)
        for refund in found:
            if isinstance(refund, dict) and key_of(refund) == key:
                return reading.refund_reply(refund)
        return None if heard.body.get("has_more") is False else RefundReply(RefundOutcome.UNKNOWN)

    # News

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return news.parse(
            headers, body, now, secret=self._webhook_secret, key_of_intent=self._payments.key_of
        )


_UNKNOWN = ChargeReply(Outcome.UNKNOWN)


def _intent(request: ChargeRequest, token: Token) -> PaymentIntentCreateParams:
    """What is asked for: made and confirmed in one call, so that no step of it is left over."""
    asked: PaymentIntentCreateParams = {
        "amount": request.amount.minor,
        "currency": request.amount.currency.lower(),
        "customer": token.customer,
        "payment_method": token.method,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "metadata": {KEY: request.key, "abono_invoice": request.description},
        "expand": ["latest_charge"],
    }
    if request.off_session:
        asked["off_session"] = True
    elif request.return_url:
        asked["return_url"] = request.return_url
    return asked


def _unsaved(heard: Heard) -> SaveReply:
    """Why a card was not saved, or that nobody knows."""
    if heard.unsent:
        return SaveReply(never_received=True)
    if heard.missing:
        return NOT_TYPED
    return SaveReply(decline=decline(heard.error)) if heard.refused else SaveReply(unknown=True)


def _metadata(said: Json) -> Json:
    found = said.get("metadata")
    return found if isinstance(found, dict) else {}
