"""What our stand-in for Stripe knows and decides: objects in its shapes, and each movement of money."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from abono.gateways.simulator.company.cards import DECLINED_AT_CHARGE, DECLINED_AT_VERIFICATION, Behaviour

Json = dict[str, Any]
ERROR = {  # code and decline code
    Behaviour.WRONG_NUMBER: ("incorrect_number", None),
    Behaviour.EXPIRED: ("expired_card", None),
    Behaviour.WRONG_CVV: ("incorrect_cvc", None),
    Behaviour.NOT_ONLINE: ("card_declined", "transaction_not_allowed"),
    Behaviour.NO_BALANCE: ("card_declined", "insufficient_funds"),
    Behaviour.NO_BALANCE_LATER: ("card_declined", "insufficient_funds"),
    Behaviour.ASK_ISSUER: ("card_declined", "do_not_honor"),
    Behaviour.STOLEN: ("card_declined", "stolen_card"),
    Behaviour.NEW_CODE: ("card_declined", "a_code_of_tomorrow"),
    Behaviour.PROCESSING_ERROR: ("processing_error", None),
    Behaviour.PROCESSING_DECLINED: ("card_declined", "insufficient_funds"),
}


@dataclass
class Refused(Exception):
    """An error as Stripe answers it."""

    status: int
    error: Json


def invalid(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> Refused:
    said = {"type": "invalid_request_error", "message": message}
    return Refused(status, said | ({"code": code} if code else {}) | ({"param": param} if param else {}))


@dataclass
class Book:
    origin: str = ""
    levers: Json = field(default_factory=dict)
    movements: list[Json] = field(default_factory=list)  # the judge: each time that money moved
    objects: dict[str, Json] = field(default_factory=dict)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)  # of PaymentMethods
    tell: Callable[[str, Json], None] = lambda kind, about: None
    lock: threading.RLock = field(default_factory=threading.RLock)
    _counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def new(self, kind: str, prefix: str, **other: Any) -> Json:
        number = next(self._counter)
        made = {
            "id": f"{prefix}_{number:024d}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **other,
        }
        self.objects[made["id"]] = made
        return made

    def get(self, id: str, kind: str) -> Json:
        found = self.objects.get(id)
        if found is None or found["object"] != kind:
            raise invalid(f"No such {kind}: '{id}'", code="resource_missing", param="id", status=404)
        return found

    def shown(self, said: Json, expand: list[str]) -> Json:
        """With what stands there by its id put in whole, where that was asked for."""
        names = {name.rpartition(".")[2] for name in expand}
        return {
            name: self.objects.get(value, value) if name in names and isinstance(value, str) else value
            for name, value in said.items()
        }

    # Customers, and cards that are typed in Stripe's fields

    def make_customer(self, sent: Json) -> Json:
        return self.new("customer", "cus", metadata=dict(sent.get("metadata", {})))

    def update_customer(self, id: str, sent: Json) -> Json:
        customer = self.get(id, "customer")
        customer["metadata"].update(sent.get("metadata", {}))
        return customer

    def make_setup(self, sent: Json) -> Json:
        setup = self.new(
            "setup_intent",
            "seti",
            customer=self.get(sent["customer"], "customer")["id"],
            usage=sent.get("usage", "off_session"),
            payment_method_types=["card"],
            metadata=sent.get("metadata", {}),
            status="requires_payment_method",
            payment_method=None,
            last_setup_error=None,
        )
        setup["client_secret"] = f"{setup['id']}_secret_{len(setup['id'])}"
        return setup

    def type_card(self, setup_id: str, behaviour: Behaviour) -> None:
        """What the browser does with Stripe's script."""
        setup = self.get(setup_id, "setup_intent")
        if behaviour in DECLINED_AT_VERIFICATION:
            setup["last_setup_error"] = error_of(behaviour)
            return
        card = {
            "brand": "visa",
            "last4": "4242",
            "exp_month": 12,
            "exp_year": 2039,
            "country": "BR",
            "funding": "credit",
        }
        method = self.new(
            "payment_method",
            "pm",
            type="card",
            customer=setup["customer"],
            billing_details={
                "name": "Ana Souza",
                "email": None,
                "phone": None,
                "address": None,
                "tax_id": None,
            },
            card=card,
        )
        self.behaviours[method["id"]] = behaviour
        setup.update(status="succeeded", payment_method=method["id"], last_setup_error=None)

    def renew_card(self, id: str) -> None:
        method = self.get(id, "payment_method")
        method["card"].update(last4="4243", exp_year=2043)
        self.tell("payment_method.automatically_updated", method)

    def detach(self, id: str) -> Json:
        method = self.get(id, "payment_method")
        if method["customer"] is None:
            raise invalid("The payment method is not attached to a customer.")
        method["customer"] = None
        return method

    # Charges

    def make_intent(self, sent: Json) -> Json:
        customer = self.get(sent["customer"], "customer") if "customer" in sent else None
        amount = int(sent["amount"])
        if amount < 50:
            raise invalid("Amount is too small.", code="amount_too_small", param="amount")
        method = self._method_for(sent, customer)
        intent = self.new(
            "payment_intent",
            "pi",
            amount=amount,
            amount_received=0,
            currency=sent["currency"],
            customer=customer and customer["id"],
            payment_method=method["id"],
            payment_method_types=[method["type"]],
            metadata=sent.get("metadata", {}),
            status="requires_confirmation",
            next_action=None,
            latest_charge=None,
            last_payment_error=None,
        )
        if method["type"] == "card":
            self._confirm(intent, sent)
        else:
            self._ask_payer(intent, sent)
        return intent

    def _method_for(self, sent: Json, customer: Json | None) -> Json:
        if data := sent.get("payment_method_data"):
            return self.new(
                "payment_method",
                "pm",
                type=data["type"],
                customer=None,
                billing_details={
                    "name": None,
                    "email": None,
                    "phone": None,
                    "address": None,
                    "tax_id": None,
                    **data.get("billing_details", {}),
                },
            )
        method = self.get(sent["payment_method"], "payment_method")
        if customer is None or method["customer"] != customer["id"]:
            raise invalid(
                "The PaymentMethod was detached, or is of another customer.", param="payment_method"
            )
        return method

    def _confirm(self, intent: Json, sent: Json) -> None:
        given = self.levers.pop("next_charge", None)
        behaviour = Behaviour(given) if given else self.behaviours[intent["payment_method"]]
        off_session = sent.get("off_session") == "true"
        match behaviour:
            case Behaviour.NO_BALANCE_LATER if not off_session:
                self.take(intent)
            case Behaviour.NO_BALANCE_LATER:
                self.decline(intent, *ERROR[behaviour])
            case Behaviour.CHALLENGE if off_session:
                self.decline(intent, "authentication_required")
            case Behaviour.CHALLENGE:
                redirect = {
                    "url": f"{self.origin}/challenge/{intent['id']}",
                    "return_url": sent.get("return_url"),
                }
                kind = "redirect_to_url" if sent.get("return_url") else "use_stripe_sdk"
                intent["next_action"] = {
                    "type": kind,
                    kind: redirect if kind == "redirect_to_url" else {"type": "3ds"},
                }
                intent["status"] = "requires_action"
            case Behaviour.PROCESSING | Behaviour.PROCESSING_DECLINED | Behaviour.SLOW:
                intent["status"] = "processing"
            case Behaviour.STRANGE:
                intent["status"] = "pondering"
            case _ if behaviour in DECLINED_AT_CHARGE:
                self.decline(intent, *ERROR[behaviour])
            case _:
                self.take(intent)
        if intent["status"] == "requires_payment_method":
            raise Refused(402, {**intent["last_payment_error"], "payment_intent": intent})

    def behaves(self, intent: Json) -> Behaviour | None:
        return self.behaviours.get(intent["payment_method"])

    def take(self, intent: Json) -> None:
        """Capture the money of a payment, unless that was done."""
        with self.lock:
            if intent["status"] == "succeeded":
                return
            charge = self.new(
                "charge",
                "ch",
                amount=intent["amount"],
                amount_captured=intent["amount"],
                amount_refunded=0,
                billing_details=self.objects[intent["payment_method"]]["billing_details"],
                captured=True,
                currency=intent["currency"],
                disputed=False,
                metadata=intent["metadata"],
                paid=True,
                refunded=False,
                status="succeeded",
                payment_intent=intent["id"],
            )
            intent.update(
                status="succeeded",
                amount_received=intent["amount"],
                latest_charge=charge["id"],
                next_action=None,
                last_payment_error=None,
            )
            self._move("capture", intent, intent["amount"])
            self.tell("payment_intent.succeeded", intent)

    def decline(self, intent: Json, code: str, decline_code: str | None = None) -> None:
        intent.update(
            status="requires_payment_method",
            next_action=None,
            last_payment_error=error(code, decline_code, self.objects[intent["payment_method"]]),
        )
        self.tell("payment_intent.payment_failed", intent)

    def cancel(self, id: str) -> Json:
        intent = self.get(id, "payment_intent")
        if intent["status"] in {"succeeded", "canceled"}:
            raise Refused(
                400,
                {
                    "type": "invalid_request_error",
                    "code": "payment_intent_unexpected_state",
                    "message": "You cannot cancel this.",
                    "payment_intent": intent,
                },
            )
        intent.update(status="canceled", canceled_at=int(time.time()), next_action=None)
        return intent

    def dispute(self, intent: Json) -> None:
        charge = self.objects[intent["latest_charge"]]
        if charge["disputed"]:
            return
        charge["disputed"] = True
        self._move("chargeback", intent, intent["amount"])
        about = self.new(
            "dispute",
            "du",
            amount=intent["amount"],
            balance_transactions=[],
            charge=charge["id"],
            payment_intent=intent["id"],
            currency=intent["currency"],
            enhanced_eligibility_types=[],
            evidence={},
            evidence_details={"submission_count": 0},
            is_charge_refundable=False,
            metadata={},
            reason="fraudulent",
            status="needs_response",
        )
        self.tell("charge.dispute.created", about)

    # Boleto and Pix

    def _ask_payer(self, intent: Json, sent: Json) -> None:
        kind = intent["payment_method_types"][0]
        if kind == "boleto":
            days = int(sent["payment_method_options"]["boleto"]["expires_after_days"])
            details = {
                "number": "00190500954014481606906809350314337370000000100",
                "expires_at": int(time.time()) + days * 86_400,
                "hosted_voucher_url": f"{self.origin}/boleto",
                "pdf": f"{self.origin}/boleto.pdf",
            }
            intent["next_action"] = {
                "type": "boleto_display_details",
                "boleto_display_details": details,
            }
        else:
            until = int(time.time()) + int(sent["payment_method_options"]["pix"]["expires_after_seconds"])
            details = {
                "data": "00020126580014br.gov.bcb.pix0136made-up",
                "expires_at": until,
                "image_url_png": f"{self.origin}/qr.png",
                "image_url_svg": f"{self.origin}/qr.svg",
            }
            intent["next_action"] = {
                "type": "pix_display_qr_code",
                "pix_display_qr_code": details,
            }
        intent["status"] = "requires_action"

    # Refunds

    def refund(self, sent: Json) -> Json:
        of = sent.get("payment_intent") or self.get(sent["charge"], "charge")["payment_intent"]
        intent = self.get(of, "payment_intent")
        charge = self.objects.get(intent["latest_charge"] or "")
        if charge is None:
            raise invalid("This payment has no successful charge to refund.")
        if intent["payment_method_types"] == ["boleto"]:
            raise invalid("Boleto payments cannot be refunded.")
        amount = int(sent["amount"])
        if amount > charge["amount"] - charge["amount_refunded"]:
            raise invalid("The amount is more than what is left.", param="amount")
        charge["amount_refunded"] += amount
        made = self.new(
            "refund",
            "re",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent["id"],
            metadata=sent.get("metadata", {}),
            status=self.levers.pop("next_refund", None) or "succeeded",
        )
        del made["livemode"]
        self._move("refund", intent, amount)
        return made

    def list(self, kind: str, sent: Json) -> Json:
        """Newest first, by pages."""
        span = sent.get("created", {})
        found = [
            one
            for one in reversed(self.objects.values())
            if one["object"] == kind
            and all(
                one[name] == sent.get(name, one[name])
                for name in ("customer", "payment_intent", "charge")
                if name in one
            )
            and int(span.get("gte", 0)) <= one["created"] <= int(span.get("lte", 2**40))
        ]
        ids = [one["id"] for one in found]
        begin = ids.index(sent["starting_after"]) + 1 if "starting_after" in sent else 0
        page = found[begin : begin + int(sent.get("limit", 10))]
        return {
            "object": "list",
            "data": page,
            "has_more": begin + len(page) < len(found),
            "url": f"/v1/{kind}s",
        }

    def by_key(self, key: str) -> Json:
        return next(
            one
            for one in reversed(self.objects.values())
            if one["object"] == "payment_intent" and one["metadata"].get("abono_key") == key
        )

    def _move(self, kind: str, intent: Json, amount: int) -> None:
        moved = {
            "kind": kind,
            "key": intent["metadata"].get("abono_key"),
            "charge": intent["id"],
            "amount_minor": amount,
        }
        self.movements.append(moved)


def error_of(behaviour: Behaviour) -> Json:
    return error(*ERROR[behaviour])


def error(code: str, decline_code: str | None = None, method: Json | None = None) -> Json:
    said: Json = {"type": "card_error", "code": code, "message": "Your card was declined."}
    return (
        said
        | ({"decline_code": decline_code} if decline_code else {})
        | ({"payment_method": method} if method else {})
    )
