"""A supplier of slips and Pix in memory, behind the real port, for tests that are about something else.

Its own book: `asked[key]` is what it was asked for, once each; `came[key]` what was paid. `says` is how it answers from then
on: "payable", "asked" (it has to be told by a file), "refused", "unheard" (no answer, and it never arrived), "lost" (it has
it, but the answer never comes). `strays` is money by its name that came for nothing that we asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.conf import LazySettings

from abono.domain.payments.port import GatewayEvent, GatewayUnavailable, RefundOutcome, RefundReply
from abono.domain.payments.push import Arrival, PushReply, PushRequest, Received, Standing
from abono.kernel.money import Money
from tests.unit.bank_boleto.accounts import FOR_FILES, OPTIONS

SLIP_BANK = "abono.gateways.bank_boleto.adapter.BankBoletoGateway"


def slips_by_files(settings: LazySettings, bank: str = "341") -> str:
    """From now on slips are of an account at this bank, which speaks in files. Returns its name."""
    options = OPTIONS[bank] | FOR_FILES[bank]
    settings.GATEWAYS = {**settings.GATEWAYS, "banco": {"adapter": SLIP_BANK, "options": options}}
    settings.PUSH_GATEWAYS = {"pix": "bank", "slip": "banco"}
    return "banco"


class FakePush:
    def __init__(self) -> None:
        self.says = "payable"
        self.calls = 0
        self.asked: dict[str, PushRequest] = {}
        self.came: dict[str, tuple[Received, ...]] = {}
        self.registered: set[str] = set()
        self.ended: set[str] = set()
        self.strays: dict[str, Arrival] = {}

    def ask(self, request: PushRequest) -> PushReply:
        self.calls += 1
        if self.says == "unheard":
            return PushReply(Standing.UNKNOWN)
        if self.says == "refused":
            return PushReply(Standing.REFUSED, code="payer_marked")
        known = self.asked.setdefault(request.key, request)
        assert known == request, "one key, one request"
        if self.says == "payable":
            self.registered.add(request.key)
        if self.says == "lost":
            self.registered.add(request.key)
            return PushReply(Standing.UNKNOWN)
        return self._stands(request.key)

    def find(self, key: str, reference: str) -> PushReply | None:
        return self._stands(key) if key in self.asked else None

    def withdraw(self, key: str, reference: str) -> PushReply:
        if not self.came.get(key):
            self.ended.add(key)
        return self._stands(key) if key in self.asked else PushReply(Standing.ENDED)

    def give_back(self, received: str, amount: Money, key: str) -> RefundReply:
        return RefundReply(RefundOutcome.REFUSED, code="not_offered")

    def find_received(self, received: str) -> Arrival | None:
        if self.says == "unheard":
            raise GatewayUnavailable
        return self.strays.get(received)

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        return ()

    def pay(self, key: str, minor: int | None = None, *, on: date, currency: str = "BRL") -> None:
        """Somebody pays it, at their bank."""
        asked = self.asked[key]
        before = self.came.get(key, ())
        amount = Money(asked.amount.minor if minor is None else minor, currency)
        self.came[key] = (*before, Received(f"E{key[-12:]}{len(before)}", amount, on))

    def look_back(self, key: str, back: int = 0, contested: int = 0) -> None:
        """Of what came first so much went back to its payer, and so much the payer's bank asks for, in minor units."""
        first, *others = self.came[key]
        sums = {"back": Money(back, "BRL"), "contested": Money(contested, "BRL")}
        self.came[key] = (replace(first, **sums), *others)

    def _stands(self, key: str) -> PushReply:
        number = self.asked[key].number
        said = {"reference": f"tx{number}", "pay_with": f"PAY{number}", "received": self.came.get(key, ())}
        if said["received"]:
            return PushReply(Standing.PAID, **said)  # type: ignore[arg-type]
        if key in self.ended:
            return PushReply(Standing.ENDED, **said)  # type: ignore[arg-type]
        standing = Standing.PAYABLE if key in self.registered else Standing.ASKED
        return PushReply(standing, **said)  # type: ignore[arg-type]
