"""What a movement of a bank statement may be: looked up for somebody who then says what it is. Nothing is booked by it (PAY-12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from uuid import UUID

from abono.domain.approvals import queries as approvals
from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceHead
from abono.domain.payments import receipts
from abono.domain.payments.types import ReceiptInfo
from abono.domain.statements import queries as statements
from abono.domain.statements.types import MovementInfo
from abono.flows.standing.record import TAKES
from abono.kernel.money import Money
from abono.platform.use_case import use_case

AROUND = timedelta(days=4)  # between what is recorded and what the bank says of the same money
_INVOICE = re.compile(r"\b([A-Z]{1,4})[ -]?([0-9]{6,9})\b")
_CONTRACT = re.compile(r"\b[0-9]{4}-?[0-9]{6}-?[0-9]\b")
_TAX_ID = re.compile(r"\b[0-9A-Z][0-9A-Z./-]{6,17}[0-9A-Z]\b")
_PADDED_CPF = re.compile("000([0-9]{11})")


class Because(Enum):
    """Why an invoice is proposed."""

    NUMBER = "number"  # the text names it
    CONTRACT = "contract"  # the text names its contract
    PAYER = "payer"  # the text has the tax id of its customer
    AMOUNT = "amount"  # just so much is left of it, and of no other


@dataclass(frozen=True, slots=True)
class Proposal:
    """For one movement. `invoice` that it may pay, and why. `known`: money of that sum is recorded already, on a day close to it.
    `twin`: another statement tells of one just like it by another name. `waits`: a second person is asked, by this approval."""

    invoice: InvoiceHead | None = None
    because: Because | None = None
    known: ReceiptInfo | None = None
    twin: MovementInfo | None = None
    waits: str = ""


@use_case
def proposals(those: Sequence[MovementInfo]) -> Mapping[UUID, Proposal]:
    """For those of them of which nobody said what they are; the same number of statements for any number of them."""
    still = [one for one in those if one.open]
    if not still:
        return {}
    found = _Found(still)
    waits = {one.arguments.get("movement_id"): one.public_id for one in approvals.waiting()}
    twins = statements.twins(still)
    return {
        one.id: Proposal(
            *found.invoice_of(one), found.known(one), twins.get(one.id), waits.get(str(one.id), "")
        )
        for one in still
    }


class _Found:
    """What the texts and sums of some movements lead to."""

    def __init__(self, those: Sequence[MovementInfo]) -> None:
        titles = {title for one in those for title in _titles(one)}
        self.titled = invoices.titled_each(titles)
        self.contracts = contracts.by_numbers({number for one in those for number in _numbers(one)})
        self.customers = customers.with_tax_ids({tax_id for one in those for tax_id in _tax_ids(one)})
        sums = {one.amount.minor for one in those}
        whose = [customer for some in self.customers.values() for customer in some]
        self.pending = invoices.to_pay(contracts=self.contracts.values(), customers=whose)
        self.alone = invoices.alone_with(sums)
        days = [one.day for one in those]
        came = receipts.came_like(sums, since=min(days) - AROUND, until=max(days) + AROUND)
        ours = statements.led_to([one.id for one in came])
        self.came = [one for one in came if one.id not in ours]

    def known(self, movement: MovementInfo) -> ReceiptInfo | None:
        close = (
            one
            for one in self.came
            if one.amount == movement.amount and abs(one.received_date - movement.day) <= AROUND
        )
        return next(close, None)

    def invoice_of(self, movement: MovementInfo) -> tuple[InvoiceHead | None, Because | None]:
        named = (self.titled.get(title) for title in _titles(movement))
        titled = [one for one in named if one is not None and _takes(one, movement)]
        whose = {self.contracts[one] for one in _numbers(movement) if one in self.contracts}
        payers = {one for tax_id in _tax_ids(movement) for one in self.customers.get(tax_id, ())}
        ways = (
            (Because.NUMBER, titled),
            (
                Because.CONTRACT,
                self._owed(movement, (one for one in self.pending if one.contract_id in whose)),
            ),
            (Because.PAYER, self._owed(movement, (one for one in self.pending if one.customer_id in payers))),
            (Because.AMOUNT, [one for one in self.alone if _left(one) == movement.amount]),
        )
        return next(((some[0], why) for why, some in ways if some), (None, None))

    def _owed(self, movement: MovementInfo, those: Iterable[InvoiceHead]) -> list[InvoiceHead]:
        """Those of its currency, the ones with just this sum first."""
        fit = [one for one in those if one.currency == movement.amount.currency]
        return sorted(fit, key=lambda one: _left(one) != movement.amount)


def _left(invoice: InvoiceHead) -> Money:
    return Money(invoice.rest_minor, invoice.currency)


def _takes(invoice: InvoiceHead, movement: MovementInfo) -> bool:
    same = invoice.currency == movement.amount.currency
    return same and invoice.state in TAKES and not invoice.sandbox


def _titles(movement: MovementInfo) -> list[str]:
    return [f"{series}-{int(number):06d}" for series, number in _INVOICE.findall(movement.text.upper())]


def _numbers(movement: MovementInfo) -> list[str]:
    """Of contracts, as they are written: `2026-000042-6`."""
    found = (re.sub("-", "", one) for one in _CONTRACT.findall(movement.text))
    return [f"{one[:4]}-{one[4:10]}-{one[10:]}" for one in found]


def _tax_ids(movement: MovementInfo) -> Iterator[str]:
    for found in _TAX_ID.findall(movement.text.upper()):
        compact = re.sub("[^0-9A-Z]", "", found)
        if sum(letter.isdigit() for letter in compact) >= 7:
            yield compact
            if (padded := _PADDED_CPF.fullmatch(compact)) is not None:
                yield padded[1]
