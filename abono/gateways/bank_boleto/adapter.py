"""A bank that speaks in files, behind the port of money that the payer pushes, and its files (PAY-4, PAY-7).

It keeps nothing and calls nobody: the same request always has the same digits, and whether the bank knows of them is
told by its return files alone. So nothing is payable by what is said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from abono.domain.payments.ports.port import BadSignature, GatewayEvent, RefundOutcome, RefundReply
from abono.domain.payments.ports.push import (
    Order,
    PushReply,
    PushRequest,
    Remittance,
    ReturnFile,
    Slip,
    Standing,
)
from abono.gateways.bank_boleto import remittance, returns, titles
from abono.gateways.bank_boleto.account import account_of
from abono.kernel.money import Money


class BankBoletoGateway:
    """Slips of one account; its options are those of `account.Account`. Threads may share one.

    Raises BadAccount, which says in one line all that is wrong with them.
    """

    def __init__(self, **options: object) -> None:
        self.account = account_of(options)

    def ask(self, request: PushRequest) -> PushReply:
        """Its digits, to be registered by the next file. REFUSED, with the words of `titles.Unfit`, where it has none."""
        try:
            made = self.slip(request)
        except titles.Unfit as why:
            return PushReply(Standing.REFUSED, code=why.code)
        return PushReply(
            Standing.ASKED, made.reference, request.amount, pay_with=made.line, bar_code=made.bar_code
        )

    def slip(self, request: PushRequest) -> Slip:
        return titles.slip(self.account, request)

    def write(self, orders: Sequence[Order], number: int, at: datetime) -> Remittance:
        """What `push.BankFiles` says; raises BadAccount where the bank takes no file, titles.Unfit where `ask` refuses."""
        return remittance.write(self.account, orders, number, at)

    def read(self, content: bytes) -> ReturnFile:
        return returns.read(self.account, content)

    @property
    def takes_no_file(self) -> str:
        """Why its bank takes no remittance of this account, in one line; empty where it does."""
        return remittance.in_the_way(self.account)

    def find(self, key: str, reference: str) -> PushReply | None:
        """That it was asked for: files tell the rest."""
        return PushReply(Standing.ASKED, reference)

    def withdraw(self, key: str, reference: str) -> PushReply:
        """Asked for by the next file; it has ENDED when the bank's file says so, and may be paid until then."""
        return PushReply(Standing.ASKED, reference)

    def give_back(self, received: str, amount: Money, key: str) -> RefundReply:
        """A slip is paid by whoever holds it, at any bank: its bank has no way back."""
        return RefundReply(RefundOutcome.REFUSED, code="slip_has_no_way_back")

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        raise BadSignature("a bank that speaks in files sends no news")
