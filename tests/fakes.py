"""A payment gateway in memory, behind the real port, for tests that are about something else.

The card frame's reference says how the card behaves: "ok", "decline:balance", "lost" (charged, but the
answer never comes), "vanish" (no answer, and it never arrived), "refused" (nobody took the call), "other:1:USD"
(another sum is taken), "asks" (the holder must confirm on a page of the bank; a renewal is declined), "renewals-fail" (good while somebody is present),
"dies-before" and "dies-after" (our process ends just before the money is taken, once, or just after it),
"as-said" (renewals are answered as `says` has it in order, then paid), "clash" (our own bug: the adapter raises), "slow" (no answer to a renewal before the test sets `held`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from abono.domain.payments.ports.port import (
    CardDetails,
    ChargeReply,
    ChargeRequest,
    Decline,
    FrameSession,
    GatewayEvent,
    Hint,
    KeyClash,
    Outcome,
    RefundOutcome,
    RefundReply,
    RefundRequest,
    Retry,
    SaveReply,
)
from abono.kernel.money import Money


class Died(BaseException):
    """Our process ends here: nothing of ours may catch this."""


class FakeGateway:
    """Keeps its own book: `book[key]` is what was really taken, whatever was answered.

    `broken` are keys of which `find` raises, `died` those with which our process ended before the money was taken,
    `forgotten` the tokens of cards that were given up. `typed` is the reference of the next card fields.
    """

    def __init__(self) -> None:
        self.book: dict[str, int] = {}
        self.taken: dict[str, Money] = {}  # the same, with the currency
        self.asked: set[str] = set()  # keys of charges that wait for the holder
        self.disputed: set[str] = set()  # keys of paid charges that the holder contests
        self.calls: list[ChargeRequest] = []
        self.broken: set[str] = set()
        self.died: set[str] = set()
        self.forgotten: list[str] = []
        self.typed = "ok"
        self.held = threading.Event()
        self.waiting: list[str] = []
        self.cards: dict[str, CardDetails] = {}  # by key: the same key answers the same
        self.refunds: dict[str, RefundRequest] = {}  # by key: what was asked to go back, once each
        self.refund_says = RefundOutcome.DONE
        self.refund_dies = False  # our process ends once, just after the gateway has heard of it
        self.says: list[Decline] = []
        self._lock = threading.Lock()

    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        return FrameSession("http://cards.example/frame", "http://cards.example", self.typed)

    def save_card(self, frame_ref: str, customer_reference: str, key: str) -> SaveReply:
        behaviour = frame_ref.split("#")[0]
        if behaviour.startswith("refuse:"):
            return SaveReply(decline=_decline(behaviour.partition(":")[2]))
        if behaviour == "unheard":
            return SaveReply(never_received=True)
        if behaviour == "unclear":
            return SaveReply(unknown=True)
        with self._lock:
            if key not in self.cards:
                number = len(self.cards) + 1
                shown = ("visa", f"{4242 + number:04d}"[-4:], "ANA SOUZA", 12, 2030)
                self.cards[key] = CardDetails(f"{behaviour}|{number}", *shown)
            return SaveReply(self.cards[key])

    def find_card(self, token: str) -> CardDetails | None:
        return next((card for card in self.cards.values() if card.token == token), None)

    def forget_card(self, token: str) -> bool:
        self.forgotten.append(token)
        return True

    def charge(self, request: ChargeRequest) -> ChargeReply:
        behaviour = request.method_token.split("|")[0]
        if behaviour == "slow" and request.off_session:
            self.waiting.append(request.key)
            assert self.held.wait(60)
        with self._lock:
            self.calls.append(request)
            if behaviour.startswith("decline:"):
                return ChargeReply(Outcome.DECLINED, decline=_decline(behaviour.partition(":")[2]))
            if behaviour == "as-said" and request.off_session and self.says:
                return ChargeReply(Outcome.DECLINED, decline=self.says.pop(0))
            if behaviour == "renewals-fail" and request.off_session:
                return ChargeReply(Outcome.DECLINED, decline=_decline("balance"))
            if behaviour == "vanish":
                return ChargeReply(Outcome.UNKNOWN)
            if behaviour == "refused":
                return ChargeReply(Outcome.NEVER_RECEIVED)
            if behaviour == "asks" and request.off_session:
                return ChargeReply(
                    Outcome.DECLINED, decline=Decline("ask_holder", Hint.ISSUER, Retry.AUTHENTICATE)
                )
            if behaviour == "asks":
                self.asked.add(request.key)
                return self._asks(request.key)
            if behaviour == "clash":
                raise KeyClash(request.key)
            if behaviour == "dies-before" and request.key not in self.died:
                self.died.add(request.key)
                raise Died(request.key)
            taken = _taken(behaviour, request.amount)
            self.book.setdefault(request.key, taken.minor)
            self.taken.setdefault(request.key, taken)
            if behaviour == "dies-after":
                raise Died(request.key)
        if behaviour == "lost":
            return ChargeReply(Outcome.UNKNOWN)
        return self._paid(request.key)

    def find(self, key: str, reference: str = "", method_token: str = "") -> ChargeReply | None:
        if key in self.broken:
            raise KeyClash(key)
        if key in self.asked and key not in self.book:
            return self._asks(key)
        return self._paid(key) if key in self.book else None

    def _asks(self, key: str) -> ChargeReply:
        return ChargeReply(Outcome.WAITING, f"ch_{key}", challenge_url=f"http://cards.example/ask/{key}")

    def _paid(self, key: str) -> ChargeReply:
        taken = self.taken.get(key) or Money(self.book[key], "BRL")
        return ChargeReply(Outcome.PAID, f"ch_{key}", taken, disputed=key in self.disputed)

    def refund(self, request: RefundRequest) -> RefundReply:
        with self._lock:
            known = self.refunds.get(request.key)
            if known is None:
                self.refunds[request.key] = known = request
            if known != request:
                raise KeyClash(request.key)
            if self.refund_dies and request.key not in self.died:
                self.died.add(request.key)
                raise Died(request.key)
            return self._given_back(request.key)

    def find_refund(self, key: str, charge_reference: str = "") -> RefundReply | None:
        return self._given_back(key) if key in self.refunds else None

    def _given_back(self, key: str) -> RefundReply:
        code = "card_closed" if self.refund_says is RefundOutcome.REFUSED else None
        return RefundReply(self.refund_says, f"re_{key}", code)

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return ()


def _taken(behaviour: str, asked: Money) -> Money:
    """What is really taken: `other:1:USD` is one cent, `other::USD` the same number in dollars."""
    if not behaviour.startswith("other:"):
        return asked
    _other, minor, currency = behaviour.split(":")
    return Money(int(minor or asked.minor), currency or asked.currency)


def _decline(hint: str) -> Decline:
    return Decline(f"test_{hint}", Hint(hint), Retry.CUSTOMER)
