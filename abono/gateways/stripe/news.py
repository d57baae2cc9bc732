"""Signed news of Stripe, checked and read. It only says about which of our keys to ask."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import stripe

from abono.domain.payments.ports.port import BadSignature, GatewayEvent
from abono.gateways.stripe.line import Json
from abono.gateways.stripe.reading import id_of, key_of

CARD_UPDATED = {"payment_method.automatically_updated", "payment_method.updated"}
TOLERANCE = timedelta(minutes=5)  # either way, between the moment of the signature and ours


def parse(
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    *,
    secret: str,
    key_of_intent: Callable[[str], str | None],
) -> tuple[GatewayEvent, ...]:
    """The event in a message.

    key_of_intent   asks Stripe for our key of a payment: a dispute names the payment alone. May raise GatewayUnavailable

    Raises BadSignature before anything of `body` is read.
    """
    _check(headers, body, now, secret)
    said = _object(body)
    id, kind, created = said.get("id"), said.get("type"), said.get("created")
    data = said.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    if (
        not isinstance(id, str)
        or not id.isprintable()
        or not id
        or not isinstance(kind, str)
        or type(created) is not int
        or not 0 <= created < 2**32
        or not isinstance(about, dict)
    ):
        # The message has no id that stands outside its body: the same message has the same one.
        return (GatewayEvent(f"unread_{hashlib.sha256(body).hexdigest()[:32]}", "", None, None, now),)
    reference = id_of(about, "pi") or id_of(about.get("payment_intent"), "pi")
    return (
        GatewayEvent(
            id=id,
            kind=kind,
            key=_key(kind, about, reference, key_of_intent),
            reference=reference or None,
            happened_at=datetime.fromtimestamp(created, UTC),
        ),
    )


def _key(kind: str, about: Json, intent: str, key_of_intent: Callable[[str], str | None]) -> str | None:
    """Our key of the payment, or the token of the card, that it is about; None where it is about none of ours, or about something else."""
    if kind.startswith("charge.dispute."):
        return key_of_intent(intent) if intent else None
    if kind in CARD_UPDATED:
        method, customer = id_of(about, "pm"), id_of(about.get("customer"), "cus")
        return f"{customer}/{method}" if method and customer else None
    if kind.startswith(("payment_intent.", "charge.")) and about.get("object") in {
        "payment_intent",
        "charge",
    }:
        return key_of(about)  # a charge has its payment's metadata
    return None


def _check(headers: Mapping[str, str], body: bytes, now: datetime, secret: str) -> None:
    given = {name.lower(): value for name, value in headers.items()}
    signature = given.get("stripe-signature", "")
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, ValueError) as wrong:  # ValueError: what is no text
        raise BadSignature(type(wrong).__name__) from None
    signed = re.search(r"(?:^|,)t=(\d{1,10})(?:,|$)", signature)
    if signed is None or abs(now.timestamp() - int(signed[1])) > TOLERANCE.total_seconds():
        raise BadSignature("signed at another time")


def _object(body: bytes) -> Json:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
