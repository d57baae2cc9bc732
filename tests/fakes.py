"""A payment gateway in memory, behind the real port, for tests that are about something else.

The card frame's reference says how the card behaves: "ok", "decline:balance", "lost" (charged, but the
answer never comes), "vanish" (never received), "renewals-fail" (good while somebody is present).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from abono.domain.payments.port import (
    CardDetails,
    ChargeReply,
    ChargeRequest,
    Decline,
    FrameSession,
    GatewayEvent,
    Hint,
    Outcome,
    RefundReply,
    RefundRequest,
    Retry,
    SaveReply,
)


class FakeGateway:
    """Keeps its own book: `book[key]` is what was really taken, whatever was answered."""

    def __init__(self) -> None:
        self.book: dict[str, int] = {}
        self.calls: list[ChargeRequest] = []
        self._lock = threading.Lock()
        self._cards = 0

    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        return FrameSession("http://cards.example/frame", "http://cards.example", "ok")

    def save_card(self, frame_ref: str, key: str) -> SaveReply:
        behaviour = frame_ref.split("#")[0]
        if behaviour.startswith("refuse:"):
            return SaveReply(decline=_decline(behaviour.partition(":")[2]))
        if behaviour == "unclear":
            return SaveReply(unknown=True)
        with self._lock:
            self._cards += 1
            token = f"{behaviour}|{self._cards}"
        return SaveReply(CardDetails(token, "visa", f"{4242 + self._cards:04d}"[-4:], "ANA SOUZA", 12, 2030))

    def forget_card(self, token: str) -> bool:
        return True

    def charge(self, request: ChargeRequest) -> ChargeReply:
        behaviour = request.method_token.split("|")[0]
        with self._lock:
            self.calls.append(request)
            if behaviour.startswith("decline:"):
                return ChargeReply(Outcome.DECLINED, decline=_decline(behaviour.partition(":")[2]))
            if behaviour == "renewals-fail" and request.off_session:
                return ChargeReply(Outcome.DECLINED, decline=_decline("balance"))
            if behaviour == "vanish":
                return ChargeReply(Outcome.UNKNOWN)
            self.book.setdefault(request.key, request.amount.minor)
        if behaviour == "lost":
            return ChargeReply(Outcome.UNKNOWN)
        return ChargeReply(Outcome.PAID, reference=f"ch_{request.key}")

    def find(self, key: str) -> ChargeReply | None:
        return ChargeReply(Outcome.PAID, reference=f"ch_{key}") if key in self.book else None

    def refund(self, request: RefundRequest) -> RefundReply:
        raise AssertionError("no flow refunds yet")

    def find_refund(self, key: str) -> RefundReply | None:
        return None

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return ()


def _decline(hint: str) -> Decline:
    return Decline(f"test_{hint}", Hint(hint), Retry.CUSTOMER)
