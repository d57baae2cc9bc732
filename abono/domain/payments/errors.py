from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NoSuchMethod(Refusal):
    code = "payments.method_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such card in your wallet.")


@dataclass(eq=False)
class NoSuchMoney(Refusal):
    code = "payments.money_not_found"
    kind = Kind.NOT_FOUND
    message = _("Nothing that waits for somebody to look at it has this number.")


@dataclass(eq=False)
class WalletFull(Refusal):
    code = "payments.wallet_full"
    kind = Kind.CONFLICT
    message = _("A wallet keeps up to {limit} cards. Remove one first.")
    limit: int


@dataclass(eq=False)
class LastCard(Refusal):
    code = "payments.last_card"
    kind = Kind.CONFLICT
    message = _("This card pays for your contract. Add another one and use it, then this one can be removed.")


@dataclass(eq=False)
class CardDeclined(Refusal):
    code = "payments.card_declined"
    kind = Kind.PAYMENT_REQUIRED
    message = _("The card was not accepted.")
    hint: str
    retry: str = ""  # a word of `port.Retry`: whether the same card may be tried again


@dataclass(eq=False)
class CardUnclear(Refusal):
    code = "payments.card_unclear"
    kind = Kind.UNAVAILABLE
    message = _("The bank did not answer in time. Nothing was charged: try again in a moment.")


@dataclass(eq=False)
class NeverReceived(Refusal):
    code = "payments.never_received"
    kind = Kind.UNAVAILABLE
    message = _(
        "Our request did not reach the bank. No card was declined and nothing was charged: try again in a moment."
    )
    retry_after_s: int = 5


@dataclass(eq=False)
class PaymentUnderWay(Refusal):
    code = "payments.under_way"
    kind = Kind.CONFLICT
    message = _("A payment of this is being confirmed. You will not be charged twice.")


@dataclass(eq=False)
class NoCard(Refusal):
    code = "payments.no_card"
    kind = Kind.PAYMENT_REQUIRED
    message = _("There is no card in your wallet to pay with. Add one first.")
