"""The seller gives money back to whoever paid an invoice, in full or in part, with a reason (PAY-9).

It is taken from the contract's credit: what an invoice should not have asked for becomes that by a credit note, which can hand it
on at once (`Back`), and what came twice is credit already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.approvals.errors import AskedOtherwise
from abono.domain.contracts.models import Contract
from abono.domain.credit import queries as balances
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import refunds
from abono.domain.payments.errors import AboveWhatGoesBack, NothingGoesBack
from abono.domain.payments.states import Because
from abono.domain.payments.types import Refundable, RefundInfo
from abono.domain.settings.known import SECOND_PERSON_REFUND
from abono.flows import locks, second_person
from abono.flows.paid.by_credit import use_credit
from abono.flows.refunds.pay_back import ask_for, share
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.money import Money, total
from abono.platform.idempotency import Ask


@dataclass(frozen=True, slots=True)
class Back:
    """That what a credit note takes back of money that was paid does not stay credit: it goes to whoever paid. `real` is when
    that is asked for."""

    because: Because
    real: datetime


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What giving back would do, as things stand: so much of each payment."""

    invoice: InvoiceDetail
    parts: tuple[Refundable, ...]

    @property
    def amount(self) -> Money:
        return total([one.amount for one in self.parts], self.invoice.currency)

    @property
    def to(self) -> str:
        """What somebody agrees to: how much of which payment."""
        return ",".join(f"{one.of_payment}:{one.amount.minor}" for one in self.parts)

    def needs_second(self, *, at: datetime) -> bool:
        """Whether a second person has to agree (PAY-9)."""
        return needs_second(self.invoice.id, self.amount, at=at)


def preview_refund(*, invoice_id: UUID, amount_minor: int | None = None) -> GivenBack:
    """Nothing is written. `amount_minor` None is all that can go back. Raises NoSuchInvoice, NothingGoesBack, AboveWhatGoesBack."""
    invoice = invoices.get(invoice_id)
    payments = _payments(invoice.id, invoice.state)
    credit_minor = balances.balance(invoice.contract_id)
    return GivenBack(invoice, tuple(_parts(invoice, payments, credit_minor, amount_minor)))


@dataclass(frozen=True, slots=True)
class Room:
    """What of an invoice's payments is left to go back, and how much credit there is for it."""

    payments: tuple[Refundable, ...]
    credit: Money

    @property
    def most(self) -> Money:
        there = sum(one.amount.minor for one in self.payments)
        return Money(min(there, self.credit.minor), self.credit.currency)


def room_of(invoice: InvoiceDetail) -> Room:
    """As things stand."""
    credit = Money(balances.balance(invoice.contract_id), invoice.currency)
    return Room(tuple(_payments(invoice.id, invoice.state)), credit)


def give_back(
    *,
    invoice_id: UUID,
    amount_minor: int | None = None,
    because: Because,
    why: str,
    to: str = "",
    actor: str,
    moment: Moment,
    refund_id: UUID | None = None,
    ask: Ask | None = None,
    approved: bool = False,
) -> list[RefundInfo]:
    """Credit of the contract goes back to whoever paid this invoice: to the cards first, then the newest payment. What came by slip
    or otherwise without a gateway waits for somebody of the seller to pay it by hand.

    why         what both sides read beside `because`
    to          what whoever asks has seen (`GivenBack.to`): anything else is refused; empty where nobody saw it
    refund_id   of the first refund, where the door chose one: what has it already is the result
    ask         the call with its key, where the door has one: what it led to before is its result (API-2)
    approved    a second person has agreed (`flows.approvals`)

    Raises NoSuchInvoice, NothingGoesBack, AboveWhatGoesBack, AskedOtherwise, SecondPersonNeeded.
    """
    if ask is not None and "refund" in ask.led_to:
        refund_id = UUID(ask.led_to["refund"])
    refund_id = refund_id or uuid7()
    with locks.invoice(invoice_id) as (contract, invoice):
        if refunds.is_there(refund_id, invoice_id=invoice.id):
            return [refunds.get(refund_id)]
        stands = invoices.get(invoice.id)
        payments = _payments(invoice.id, stands.state)
        found = GivenBack(
            stands, tuple(_parts(stands, payments, balances.held_balance(contract.id), amount_minor))
        )
        if to not in ("", found.to):
            raise AskedOtherwise()
        require_second(invoice.id, found.amount, approved=approved, at=moment.now)
        asked = ask_back(
            contract,
            invoice,
            found.parts,
            because=because,
            why=why,
            refund_id=refund_id,
            actor=actor,
            moment=moment,
        )
        if ask is not None:
            ask.note(refund=str(asked[0].id))
        return asked


def hand_on(
    contract: Contract, invoice: Invoice, minor: int, back: Back, *, why: str, actor: str, now: datetime
) -> list[RefundInfo]:
    """What a credit note has just granted goes back, as far as something was paid that it can go back of: the rest stays credit.
    The caller holds the invoice."""
    parts = share(refunds.left([invoice.id]), min(minor, balances.held_balance(contract.id)))
    return ask_back(
        contract,
        invoice,
        parts,
        because=back.because,
        why=why,
        actor=actor,
        moment=Moment(now, back.real),
    )


def ask_back(
    contract: Contract,
    invoice: Invoice,
    parts: tuple[Refundable, ...] | list[Refundable],
    *,
    because: Because,
    why: str,
    refund_id: UUID | None = None,
    actor: str,
    moment: Moment,
) -> list[RefundInfo]:
    """Ask for it, and tell the customer. The caller holds the invoice."""
    asked = ask_for(
        contract, parts, because=because, why=why, refund_id=refund_id, actor=actor, moment=moment
    )
    for one in asked:
        tell(
            customer_id=one.customer_id,
            kind="refund_asked",
            key=str(one.id),
            facts={
                "number": contract.number,
                "invoice": invoice.title,
                "invoice_id": str(invoice.id),
                "refunded_minor": one.amount.minor,
                "currency": one.amount.currency,
                "card": one.to,
                "why": why,
            },
            now=moment.now,
        )
    use_credit(contract, actor=actor, now=moment.now)
    return asked


def needs_second(invoice_id: UUID, amount: Money, *, at: datetime) -> bool:
    """Many small refunds of one invoice are a large one."""
    return second_person.needed(SECOND_PERSON_REFUND, [_in_all(invoice_id, amount)], at=at)


def require_second(invoice_id: UUID, amount: Money, *, approved: bool, at: datetime) -> None:
    """Raises SecondPersonNeeded."""
    second_person.require(SECOND_PERSON_REFUND, [_in_all(invoice_id, amount)], approved=approved, at=at)


def _in_all(invoice_id: UUID, amount: Money) -> Money:
    return Money(refunds.asked_of(invoice_id) + amount.minor, amount.currency)


def _payments(invoice_id: UUID, state: State) -> list[Refundable]:
    return refunds.left([invoice_id]) if state is State.PAID else []


def _parts(
    invoice: InvoiceDetail, payments: list[Refundable], credit_minor: int, amount_minor: int | None
) -> list[Refundable]:
    there_minor = min(sum(one.amount.minor for one in payments), credit_minor)
    if there_minor <= 0:
        raise NothingGoesBack(invoice.title)
    if amount_minor is not None and not 0 < amount_minor <= there_minor:
        raise AboveWhatGoesBack(invoice.title, there_minor, invoice.currency)
    return share(payments, amount_minor or there_minor)
