"""Boleto and Pix by Stripe behind the port of money that payers push (docs/adr/0050).

One PaymentIntent is one request; it is paid once, whole, or not at all. Stripe adds nothing to what is paid late: a slip with
such terms ends with its due date. Boletos cannot be given back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from stripe.params import (
    PaymentIntentCreateParams,
    PaymentIntentCreateParamsPaymentMethodData,
    PaymentIntentCreateParamsPaymentMethodOptions,
)

from abono.domain.payments.ports.port import GatewayEvent, KeyClash, RefundOutcome, RefundReply
from abono.domain.payments.ports.push import LONGEST_REFUSAL, PushReply, PushRequest, Received, Standing
from abono.gateways.stripe import news, reading
from abono.gateways.stripe.line import API_URL, Json, client, hear
from abono.gateways.stripe.lookup import PAGE, Payments
from abono.gateways.stripe.reading import KEY, id_of, key_of
from abono.kernel.due import Means
from abono.kernel.money import Money

BRASILIA = ZoneInfo("America/Sao_Paulo")
SHORTEST_S, LONGEST_S = 60, 14 * 86_400  # that a Pix of Stripe's lasts
LONGEST_DAYS = 60  # that a boleto lasts
_UNKNOWN = PushReply(Standing.UNKNOWN)
_WORDS = {
    "amount_too_large": "amount",
    "amount_too_small": "amount",
    "payment_method_unactivated": "means",
    "postal_code_invalid": "postcode",
    "tax_id_invalid": "payer_tax_id",
}
_FIELDS = {
    "amount": "amount",
    "city": "payer",
    "line": "payer_address",
    "name": "payer_name",
    "postal_code": "postcode",
    "state": "state",
    "tax_id": "payer_tax_id",
}


class StripePushGateway:
    """Boleto and Pix on Stripe. Threads may share one.

    email   Stripe wants one beside each payer's name: the seller's own, since it is we who write to payers
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        email: str,
        api_url: str = API_URL,
        connect_timeout_s: float = 3,
        read_timeout_s: float = 20,
    ) -> None:
        self._webhook_secret, self._email = webhook_secret, email
        self._api = client(
            secret_key, api_url=api_url, connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s
        ).v1
        self._payments = Payments(self._api)

    def ask(self, request: PushRequest) -> PushReply:
        asked = _intent(request, self._email)
        heard = hear(lambda: self._api.payment_intents.create(asked, {"idempotency_key": request.key}))
        if heard.clashes:
            raise KeyClash("Stripe knows this key with another request")
        if heard.status == 200:
            return push_reply(heard.body)
        return PushReply(Standing.REFUSED, code=_why(heard.error)) if heard.refused else _UNKNOWN

    def find(self, key: str, reference: str) -> PushReply | None:
        intent = self._found(key, reference)
        if intent is None:
            return None
        return push_reply(intent) if intent else _UNKNOWN

    def withdraw(self, key: str, reference: str) -> PushReply:
        intent = self._found(key, reference)
        if intent is None:
            return PushReply(Standing.ENDED)
        stands = push_reply(intent)
        id = stands.reference
        if id is None or stands.standing in {Standing.PAID, Standing.ENDED, Standing.REFUSED}:
            return stands
        heard = hear(lambda: self._api.payment_intents.cancel(id, {"expand": ["latest_charge"]}))
        if heard.status == 200:
            return push_reply(heard.body)
        now = self._payments.by_reference(id, key) if heard.refused else None  # was somebody faster?
        return push_reply(now) if now else _UNKNOWN

    def give_back(self, received: str, amount: Money, key: str) -> RefundReply:
        if not id_of(received, "ch") and not id_of(received, "py"):
            return RefundReply(RefundOutcome.REFUSED, code="no_such_charge")
        listed = hear(lambda: self._api.refunds.list({"charge": received, "limit": PAGE}))
        known = listed.body.get("data")
        if listed.missing:
            return RefundReply(RefundOutcome.REFUSED, code="no_such_charge")
        if listed.status != 200 or not isinstance(known, list) or listed.body.get("has_more") is not False:
            return RefundReply(RefundOutcome.UNKNOWN)
        for refund in known:
            if isinstance(refund, dict) and key_of(refund) == key:
                if refund.get("amount") != amount.minor:
                    raise KeyClash("Stripe knows this key with another refund")
                return reading.refund_reply(refund)
        made = hear(
            lambda: self._api.refunds.create(
                {"charge": received, "amount": amount.minor, "metadata": {KEY: key}}, {"idempotency_key": key}
            )
        )
        if made.clashes:
            raise KeyClash("Stripe knows this key with another refund")
        if made.refused:
            return RefundReply(RefundOutcome.REFUSED, code=str(made.error.get("code") or "refused"))
        return reading.refund_reply(made.body)

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return news.parse(
            headers, body, now, secret=self._webhook_secret, key_of_intent=self._payments.key_of
        )

    def _found(self, key: str, reference: str) -> Json | None:
        if re.fullmatch("pi_[A-Za-z0-9]{1,100}", reference):
            return self._payments.by_reference(reference, key)
        return self._payments.of_its_time(key)


def push_reply(intent: Json) -> PushReply:
    """How a PaymentIntent that its payer pays stands."""
    reference = id_of(intent, "pi")
    amount = reading.money(intent.get("amount"), intent.get("currency"))
    if not reference:
        return _UNKNOWN
    error = intent.get("last_payment_error")
    code = str(error.get("code")) if isinstance(error, dict) else ""
    match intent.get("status"):
        case "requires_action" if (pay_with := _pay_with(intent)) is not None:
            return PushReply(Standing.PAYABLE, reference, amount, pay_with)
        case "succeeded" if (came := _received(intent)) is not None:
            return PushReply(Standing.PAID, reference, amount, received=(came,))
        case "canceled":
            return PushReply(Standing.ENDED, reference, amount)
        case "requires_payment_method" if code.endswith("_expired"):
            return PushReply(Standing.ENDED, reference, amount)
        case "requires_payment_method" if code:
            return PushReply(Standing.REFUSED, reference, amount, code=_why(error or {}))
    return PushReply(Standing.UNKNOWN, reference, amount)


def _why(error: Json) -> str:
    """Stripe's code, and a word of `refusals` for it or for the field that it means."""
    code = str(error.get("code") or "refused")[: LONGEST_REFUSAL - 20]
    field = re.findall(r"[a-z_]+", str(error.get("param") or ""))[-1:]
    word = _WORDS.get(code) or (_FIELDS.get(field[0]) if field else None)
    return f"{code} {word}" if word else code


def _pay_with(intent: Json) -> str | None:
    """The digit line of a boleto without its marks, or the text of a Pix."""
    action = intent.get("next_action")
    if not isinstance(action, dict):
        return None
    slip, pix = action.get("boleto_display_details"), action.get("pix_display_qr_code")
    if isinstance(slip, dict) and isinstance(slip.get("number"), str):
        return re.sub(r"\D", "", slip["number"]) or None
    return pix["data"] if isinstance(pix, dict) and isinstance(pix.get("data"), str) else None


def _received(intent: Json) -> Received | None:
    charge, currency = intent.get("latest_charge"), intent.get("currency")
    taken = reading.money(intent.get("amount_received"), currency)
    if not isinstance(charge, dict) or type(charge.get("created")) is not int or taken is None:
        return None
    id, back = charge.get("id"), reading.money(charge.get("amount_refunded"), currency)
    if not isinstance(id, str):
        return None
    return Received(
        reference=id,
        amount=taken,
        paid_on=datetime.fromtimestamp(charge["created"], UTC).astimezone(BRASILIA).date(),
        back=back or None,
        contested=taken if charge.get("disputed") is True else None,
    )


def _intent(request: PushRequest, email: str) -> PaymentIntentCreateParams:
    kind = "boleto" if request.means is Means.SLIP else "pix"
    payer = request.payer
    data: PaymentIntentCreateParamsPaymentMethodData = {
        "type": kind,
        "billing_details": {
            "name": payer.name,
            "email": email,
            "address": {
                "line1": payer.street,
                "city": payer.city,
                "state": payer.state,
                "postal_code": payer.postcode,
                "country": "BR",
            },
        },
    }
    options: PaymentIntentCreateParamsPaymentMethodOptions
    if kind == "boleto":
        data["boleto"] = {"tax_id": payer.tax_id}
        options = {"boleto": {"expires_after_days": _days(request)}}
    else:
        options = {"pix": {"expires_after_seconds": _seconds(request)}}
    return {
        "amount": request.amount.minor,
        "currency": request.amount.currency.lower(),
        "allowed_payment_method_types": [kind],
        "payment_method_data": data,
        "payment_method_options": options,
        "confirm": True,
        "metadata": {KEY: request.key, "abono_invoice": request.title},
        "expand": ["latest_charge"],
    }


def _days(request: PushRequest) -> int:
    """After how many days a boleto ends, at the end of that day in Brasília; with terms for what is late, on its due date."""
    last: date = request.until.astimezone(BRASILIA).date()
    if request.late is not None and request.due_date is not None:
        last = request.due_date
    return min(max((last - request.asked_at.astimezone(BRASILIA).date()).days, 1), LONGEST_DAYS)


def _seconds(request: PushRequest) -> int:
    return min(max(int((request.until - request.asked_at).total_seconds()), SHORTEST_S), LONGEST_S)
