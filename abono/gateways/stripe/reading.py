"""What Stripe's objects mean in the words of the port. Pure; what is not understood is UNKNOWN."""

from __future__ import annotations

from dataclasses import replace

from abono.domain.payments.declines import decline as look_up
from abono.domain.payments.ports.port import (
    CardDetails,
    ChargeReply,
    Decline,
    Outcome,
    RefundOutcome,
    RefundReply,
    Retry,
)
from abono.gateways.stripe.line import Json
from abono.kernel.money import EXPONENT, Money

KEY = "abono_key"  # in the metadata of what we make there: our attempt, request or refund id
NOT_CONFIRMED = "authentication_required"  # Stripe's word for a charge that lacks its holder's consent
_SAME = {
    "payment_intent_authentication_failure": NOT_CONFIRMED,
    "setup_intent_authentication_failure": NOT_CONFIRMED,
}
_REFUND = {
    "succeeded": RefundOutcome.DONE,
    "pending": RefundOutcome.WAITING,
    "requires_action": RefundOutcome.WAITING,
    "failed": RefundOutcome.REFUSED,
    "canceled": RefundOutcome.REFUSED,
}
TOO_MANY = 2**63


def key_of(said: Json) -> str | None:
    """Our key in the metadata of an object, where we made it."""
    metadata = said.get("metadata")
    key = metadata.get(KEY) if isinstance(metadata, dict) else None
    return key if isinstance(key, str) and key.isprintable() and key else None


def id_of(said: object, kind: str) -> str:
    """The id of an object that stands there whole or by its id alone; empty for anything else."""
    found = said.get("id") if isinstance(said, dict) else said
    return found if isinstance(found, str) and found.startswith(f"{kind}_") else ""


def money(minor: object, currency: object) -> Money | None:
    """A sum as Stripe says it, in the smallest coin of its currency as we count it, too; None for what is none."""
    if type(minor) is not int or not 0 <= minor < TOO_MANY or not isinstance(currency, str):
        return None
    return Money(minor, currency.upper()) if currency.upper() in EXPONENT else None


def charge_reply(intent: Json) -> ChargeReply:
    """How a PaymentIntent of a card stands."""
    reference = id_of(intent, "pi")
    if not reference:
        return ChargeReply(Outcome.UNKNOWN)
    error = intent.get("last_payment_error")
    match intent.get("status"):
        case "succeeded":
            taken = money(intent.get("amount_received"), intent.get("currency"))
            if taken is not None:
                return ChargeReply(Outcome.PAID, reference, taken, disputed=_disputed(intent))
        case "processing":
            return ChargeReply(Outcome.WAITING, reference)
        case "requires_action":
            return ChargeReply(Outcome.WAITING, reference, challenge_url=challenge(intent))
        case "requires_payment_method" if isinstance(error, dict):
            return ChargeReply(Outcome.DECLINED, reference, decline=decline(error))
        case "canceled":  # by us, because nobody was there to confirm it
            why = decline(error) if isinstance(error, dict) else decline({"code": NOT_CONFIRMED})
            return ChargeReply(Outcome.DECLINED, reference, decline=why)
    return ChargeReply(Outcome.UNKNOWN, reference)


def challenge(intent: Json) -> str | None:
    """The page on which the holder confirms, where Stripe leads there by a redirect."""
    action = intent.get("next_action")
    redirect = action.get("redirect_to_url") if isinstance(action, dict) else None
    url = redirect.get("url") if isinstance(redirect, dict) else None
    return url if isinstance(url, str) else None


def _disputed(intent: Json) -> bool:
    charge = intent.get("latest_charge")
    return isinstance(charge, dict) and charge.get("disputed") is True


def decline(error: Json) -> Decline:
    """What an error of a card means. The issuer's code says what to check; what its network advises says who may try again."""
    code = str(error.get("decline_code") or error.get("code") or "")
    known = look_up(system="stripe", code=_SAME.get(code, code))
    said = replace(known, code=code)
    method = error.get("payment_method")
    card = method.get("card") if isinstance(method, dict) else None
    if isinstance(card, dict) and card.get("brand") == "mastercard" and error.get("network_advice_code"):
        advice = look_up(system="mac", code=str(error["network_advice_code"]), brand="mastercard")
        said = replace(said, retry=advice.retry, wait_s=advice.wait_s)
    return replace(said, retry=Retry.NEVER, wait_s=0) if _is_final(error) else said


def _is_final(error: Json) -> bool:
    return error.get("advice_code") == "do_not_try_again"


def refund_reply(said: Json) -> RefundReply:
    outcome = _REFUND.get(str(said.get("status")), RefundOutcome.UNKNOWN)
    reference, code = said.get("id"), said.get("failure_reason")
    if said.get("object") != "refund" or not isinstance(reference, str):
        return RefundReply(RefundOutcome.UNKNOWN)
    if outcome is not RefundOutcome.REFUSED:
        return RefundReply(outcome, reference)
    return RefundReply(outcome, reference, code if isinstance(code, str) else str(said["status"]))


def card(method: Json, token: str) -> CardDetails | None:
    """What we keep of a PaymentMethod; None when that is no card."""
    shown, billing = method.get("card"), method.get("billing_details")
    if not isinstance(shown, dict) or not isinstance(billing, dict):
        return None
    return CardDetails(
        token=token,
        brand=shown.get("brand", ""),
        last4=shown.get("last4", ""),
        holder=billing.get("name") or "",
        exp_month=shown.get("exp_month", 0),
        exp_year=shown.get("exp_year", 0),
    )
