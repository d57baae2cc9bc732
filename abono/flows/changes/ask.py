"""Raise the channel package inside a cycle: pay the difference, have it at once (CHG-5, LIM-4)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Contract
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import LineKind, Reason
from abono.domain.invoicing.types import NewLine
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.states import UNDECIDED, State
from abono.domain.payments.types import AttemptInfo
from abono.flows import locks
from abono.flows.billing.credit import draw
from abono.flows.billing.invoices import draft, issue
from abono.flows.billing.renew import catch_up
from abono.flows.changes.preview import RaisePreview, raised
from abono.flows.collecting.charge import Charged, as_it_went, begin, finish, send
from abono.flows.paid.package_raise import apply_package_raise
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import Period, local_date
from abono.kernel.rating import to_micro
from abono.platform.idempotency import Ask


@dataclass(frozen=True, slots=True)
class Raised:
    """What was asked for, and how its charge went, None where credit paid all of it: the bigger package is in force once
    it is paid."""

    preview: RaisePreview
    charged: Charged | None

    @property
    def paid(self) -> bool:
        return self.charged is None or self.charged.paid


def raise_package(
    *,
    contract_id: UUID,
    customer_id: UUID,
    package_code: str,
    accepted: Money,
    actor: str,
    moment: Moment,
    ask: Ask | None = None,
) -> Raised:
    """Let the contract's credit pay of the difference in value, and charge the rest to the card in use (INV-9); once it is
    paid the bigger package is in force.

    accepted    what the customer saw that is charged today: if it is another amount now, nothing happens (CHG-1)
    ask         the call with its key, where the door has one: what it led to before is its result (API-2)

    Declined: the old package stays, untouched, and the credit is back (CHG-7). Unclear: it changes when the answer is
    known, and the credit waits with it.
    Raises as `preview_raise`, and AmountChanged, NoCard, CardDeclined, NeverReceived, PaymentUnderWay.
    """
    if ask is not None and "invoice" in ask.led_to:
        return Raised(_preview_of(UUID(ask.led_to["invoice"]), None, UUID(ask.led_to["before"])), None)
    went = None if ask is None else as_it_went(ask, actor=actor, moment=moment)
    if went is not None and ask is not None:
        return Raised(_preview_of_attempt(went.attempt_id, UUID(ask.led_to["before"])), went.unless_refused())
    known = contracts.get(contract_id, customer_id=customer_id)
    for attempt in _newest_attempts(contract_id):
        if attempt.state is State.CREATED:
            left = _left(known, attempt, ask, package_code, accepted, actor=actor, moment=moment)
            if left is not None:
                return left
    with ExitStack() as running:
        with locks.contract(contract_id, customer_id=customer_id) as contract:
            catch_up(contract, now=moment.now)
            preview = raised(contracts.info(contract), package_code, now=moment.now)
            if preview.today != accepted:
                raise AmountChanged(preview.today.minor, preview.today.currency)
            _give_up_others(contract_id, moment)
            invoice = _draft(contract, preview, moment)
            draw(invoice, actor=actor, now=moment.now)
            if not invoice.owed_minor:
                _paid_by_credit(contract, invoice, actor=actor, now=moment.now)
                if ask is not None:
                    ask.note(invoice=str(invoice.id), before=str(preview.before.id))
                return Raised(preview, None)
            attempt = begin(invoice, running=running, method_id=None, off_session=False, moment=moment)
            if ask is not None:
                ask.note(attempt=str(attempt.id), before=str(preview.before.id))
        return Raised(preview, send(attempt, actor=actor, moment=moment).unless_refused())


def _left(
    contract: ContractInfo,
    attempt: AttemptInfo,
    ask: Ask | None,
    package_code: str,
    accepted: Money,
    *,
    actor: str,
    moment: Moment,
) -> Raised | None:
    """A raise without an answer, whose process may have been killed, gets it now. The result, if it is this raise
    that is asked for again and it is paid."""
    preview = _preview_of_attempt(attempt.id, contract.package_id)
    same = (preview.after.code, preview.today) == (package_code, accepted)
    if same and ask is not None:
        ask.note(attempt=str(attempt.id), before=str(contract.package_id))
    charged = finish(attempt.id, again=same, actor=actor, moment=moment)
    return Raised(preview, charged) if same and charged.paid else None


def _preview_of_attempt(attempt_id: UUID, before: UUID) -> RaisePreview:
    """What the raise was that an attempt pays, from this package."""
    attempt = payments.get_attempt(attempt_id)
    assert attempt is not None
    return _preview_of(attempt.invoice_id, attempt.amount, before)


def _preview_of(invoice_id: UUID, asked: Money | None, before: UUID) -> RaisePreview:
    """What the raise was that an invoice bills, of which so much was asked for, None where credit paid all."""
    invoice = invoices.get(invoice_id)
    after = catalog.package(keys.raised_to(invoice.key))
    difference = Money(invoice.total_minor, invoice.currency)
    today = Money(0, difference.currency) if asked is None else asked
    return RaisePreview(catalog.package(before), after, today, after.value, difference - today)


def _paid_by_credit(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Credit pays all of it: the bigger package is in force at once, and nobody is asked for money."""
    apply_package_raise(contract, invoice, actor=actor, now=now)
    today = local_date(now, contract.customer.time_zone)
    used = {"used_minor": invoice.credit_used_minor}
    issue(contract, invoice, told="credit_used", due_date=today, actor=actor, now=now, more=used)
    invoicing.settle(invoice, actor=actor, now=now)


def _give_up_others(contract_id: UUID, moment: Moment) -> None:
    """Discard raises that were declined: each is a difference to what was in force then. Raises PaymentUnderWay
    while one is being paid, of whatever cycle."""
    if any(attempt.state in UNDECIDED for attempt in _newest_attempts(contract_id)):
        raise PaymentUnderWay()
    invoicing.discard(contract_id=contract_id, prefix=keys.RAISES, now=moment.now)


def _newest_attempts(contract_id: UUID) -> list[AttemptInfo]:
    """The last attempt of each raise that was not given up."""
    raises = invoices.with_key_prefix(contract_id, keys.RAISES)
    return [found for one in raises if (found := payments.newest_attempt(one.id)) is not None]


def _draft(contract: Contract, preview: RaisePreview, moment: Moment) -> Invoice:
    if contract.cycle is None or contract.cycle_number is None:
        raise ContractNotRunning(contract.number)
    period, owed = Period(moment.now, contract.cycle.end), preview.difference
    return draft(
        contract,
        reason=Reason.PACKAGE_RAISE,
        key=keys.package_raise(contract.cycle_number, preview.after.id),
        lines=[NewLine(LineKind.PACKAGE_RAISE, preview.after.code, period, 1, to_micro(owed), owed)],
        now=moment.now,
    )
