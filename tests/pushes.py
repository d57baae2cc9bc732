"""A supplier of slips and Pix in memory, behind the real port, for tests that are about something else.

Its own book: `asked[key]` is what it was asked for, once each; `came[key]` what was paid. `says` is how it answers from then
on: "payable", "asked" (it has to be told by a file), "refused", "unheard" (no answer, and it never arrived), "lost" (it has
it, but the answer never comes). `returns[key]` is what went back of which money. `strays` is money by its name that came for
nothing that we asked for.

Payers can agree to be charged, too: `mandates` by their numbers, `debits` by their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.conf import LazySettings

from abono.domain.payments.ports.mandates import (
    Debit,
    DebitReply,
    DebitStanding,
    MandateReply,
    MandateRequest,
    MandateStanding,
    PayerAccount,
    announced_between,
    may_be_tried_again,
)
from abono.domain.payments.ports.port import GatewayEvent, GatewayUnavailable, RefundOutcome, RefundReply
from abono.domain.payments.ports.push import Arrival, Payer, PushReply, PushRequest, Received, Standing
from abono.kernel.money import Money
from tests.unit.bank_boleto.accounts import FOR_FILES, OPTIONS

PUSHED = {"pix": "bank", "slip": "bank"}  # both are asked for by one supplier in memory
SLIP_BANK = "abono.gateways.bank_boleto.adapter.BankBoletoGateway"


def slips_by_files(settings: LazySettings, bank: str = "341") -> str:
    """From now on slips are of an account at this bank, which speaks in files. Returns its name."""
    options = OPTIONS[bank] | FOR_FILES[bank]
    settings.GATEWAYS = {**settings.GATEWAYS, "banco": {"adapter": SLIP_BANK, "options": options}}
    settings.PUSH_GATEWAYS = {"pix": "bank", "slip": "banco"}
    return "banco"


class FakeMandates:
    """The payers' banks: what they agree to, and what is charged to them. `today` is their day."""

    def __init__(self) -> None:
        self.today = date(2026, 6, 1)
        self.says = "payable"
        self.mandates: dict[str, tuple[MandateRequest, MandateReply]] = {}
        self.debits: dict[str, tuple[Debit, DebitReply]] = {}

    def ask_mandate(self, request: MandateRequest) -> MandateReply:
        if self.says == "unheard":
            return MandateReply(MandateStanding.UNKNOWN)
        known = self.find_mandate(request, None)
        if known is not None:
            return known
        number = f"RN{len(self.mandates) + 1}"
        self.mandates[number] = request, MandateReply(MandateStanding.ASKED, number, f"AGREE{number}")
        return MandateReply(MandateStanding.UNKNOWN) if self.says == "lost" else self.mandates[number][1]

    def find_mandate(self, request: MandateRequest, reference: str | None) -> MandateReply | None:
        if self.says == "unheard":
            return MandateReply(MandateStanding.UNKNOWN)
        named = {of.name: reply for of, reply in self.mandates.values()}
        return self.mandates[reference][1] if reference else named.get(request.name)

    def send_mandate(
        self, reference: str, account: PayerAccount, payer: Payer, until: datetime
    ) -> MandateReply:
        return MandateReply(MandateStanding.UNKNOWN)

    def end_mandate(self, reference: str) -> MandateReply:
        if self.says == "unheard":
            return MandateReply(MandateStanding.UNKNOWN)
        return self.answer(reference, MandateStanding.ENDED, code="SLCR")

    def answer(
        self, reference: str, standing: MandateStanding, *, code: str = "", by_payer: bool = False
    ) -> MandateReply:
        """Its payer answers, or one of both ends it."""
        asked, _before = self.mandates[reference]
        reply = MandateReply(standing, reference, code=code or None, ended_by_payer=by_payer)
        self.mandates[reference] = asked, reply
        return reply

    def announce(self, debit: Debit) -> DebitReply:
        if self.says == "unheard":
            return DebitReply(DebitStanding.UNKNOWN)
        known = self.debits.get(debit.key)
        if known is not None:
            assert known[0] == debit, "one key, one charge"
            return known[1]
        asked, mandate = self.mandates[debit.mandate]
        assert asked.least is None or debit.amount.minor <= asked.least.minor
        first, last = announced_between(debit.day)
        if mandate.standing is not MandateStanding.AGREED or not first <= self.today <= last:
            return DebitReply(DebitStanding.REFUSED, code="not_in_time")
        self.debits[debit.key] = debit, DebitReply(DebitStanding.SCHEDULED, debit.amount, (debit.day,))
        return self.debits[debit.key][1]

    def find_debit(self, key: str) -> DebitReply | None:
        return self.debits[key][1] if key in self.debits else None

    def try_again(self, key: str, on: date) -> DebitReply:
        debit, reply = self.debits[key]
        assert may_be_tried_again(debit.day, len(reply.tries) - 1, on)
        return self._now(key, replace(reply, tries=(*reply.tries, on)))

    def take_back(self, key: str) -> DebitReply:
        debit, reply = self.debits[key]
        early = self.today < debit.day and reply.standing is DebitStanding.SCHEDULED
        return self._now(key, replace(reply, standing=DebitStanding.ENDED)) if early else reply

    def charge(self, key: str, minor: int | None = None) -> None:
        """The payer's bank pays it on the day of its newest try."""
        debit, reply = self.debits[key]
        amount = debit.amount if minor is None else Money(minor, debit.amount.currency)
        came = Received(f"E{key[-12:]}", amount, max(reply.tries))
        self._now(key, replace(reply, standing=DebitStanding.PAID, received=(came,)))

    def _now(self, key: str, reply: DebitReply) -> DebitReply:
        self.debits[key] = self.debits[key][0], reply
        return reply


class FakePush(FakeMandates):
    def __init__(self) -> None:
        super().__init__()
        self.says = "payable"
        self.calls = 0
        self.asked: dict[str, PushRequest] = {}
        self.came: dict[str, tuple[Received, ...]] = {}
        self.registered: set[str] = set()
        self.ended: set[str] = set()
        self.strays: dict[str, Arrival] = {}
        self.gives = "done"
        self.returns: dict[str, tuple[str, int]] = {}

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
        """Once for each key, never more than is left of what came. `gives` says what it answers: "lost" is done, and unheard."""
        if self.gives == "unheard":
            return RefundReply(RefundOutcome.UNKNOWN)
        if key not in self.returns and not self._take_back(received, amount):
            return RefundReply(RefundOutcome.REFUSED, code="amount")
        assert self.returns.setdefault(key, (received, amount.minor)) == (received, amount.minor)
        if self.gives == "lost":
            return RefundReply(RefundOutcome.UNKNOWN)
        waits = self.gives == "waiting"
        return RefundReply(RefundOutcome.WAITING if waits else RefundOutcome.DONE, f"D{key[-8:]}")

    def _take_back(self, received: str, amount: Money) -> bool:
        """Of what came of this name."""
        for key, came in self.came.items():
            for place, one in enumerate(came):
                back = amount + one.back if one.back else amount
                if one.reference == received and self.gives != "refused" and back <= one.amount:
                    self.came[key] = (*came[:place], replace(one, back=back), *came[place + 1 :])
                    return True
        return False

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
