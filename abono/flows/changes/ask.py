"""Raise the channel package inside a cycle: pay the difference, have it at once (CHG-5, LIM-4)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import changes
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import ChangeState
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
    went = None if ask is None else as_it_went(ask, actor=actor, moment=moment)
    if went is not None and ask is not None:
        return Raised(_of(UUID(ask.led_to["change"])), went.unless_refused())
    if ask is not None and "paid_by_credit" in ask.led_to:
        return Raised(_of(UUID(ask.led_to["change"])), None)
    contracts.whose(contract_id, customer_id=customer_id)
    left = _left(contract_id, ask, package_code, accepted, actor=actor, moment=moment)
    if left is not None:
        return left
    with ExitStack() as running:
        with locks.contract(contract_id, customer_id=customer_id) as contract:
            catch_up(contract, now=moment.now)
            preview = raised(contracts.info(contract), package_code, now=moment.now)
            if preview.today != accepted:
                raise AmountChanged(preview.today.minor, preview.today.currency)
            _give_up_other(contract, actor=actor, now=moment.now)
            change = changes.ask(contract, package_id=preview.after.id, actor=actor, now=moment.now)
            invoice = _draft(contract, change, preview, now=moment.now)
            draw(invoice, actor=actor, now=moment.now)
            if not invoice.owed_minor:
                _paid_by_credit(contract, invoice, actor=actor, now=moment.now)
                if ask is not None:
                    ask.note(change=str(change.id), paid_by_credit="yes")
                return Raised(preview, None)
            attempt = begin(invoice, running=running, method_id=None, off_session=False, moment=moment)
            if ask is not None:
                ask.note(change=str(change.id), attempt=str(attempt.id))
        return Raised(preview, send(attempt, actor=actor, moment=moment).unless_refused())


def _left(
    contract_id: UUID,
    ask: Ask | None,
    package_code: str,
    accepted: Money,
    *,
    actor: str,
    moment: Moment,
) -> Raised | None:
    """A raise without an answer, whose process may have been killed, gets it now. The result, if it is this raise
    that is asked for again and it is paid."""
    change = changes.waiting(contract_id)
    attempt = None if change is None else _newest_attempt(change)
    if change is None or attempt is None or attempt.state is not State.CREATED:
        return None
    preview = _of(change.id)
    same = (preview.after.code, preview.today) == (package_code, accepted)
    if same and ask is not None:
        ask.note(change=str(change.id), attempt=str(attempt.id))
    charged = finish(attempt.id, again=same, actor=actor, moment=moment)
    return Raised(preview, charged) if same and charged.paid else None


def _of(change_id: UUID) -> RaisePreview:
    """What was previewed of a change: credit paid what no card was asked for."""
    change = changes.get(change_id)
    invoice, attempt = invoices.of_change(change.id), _newest_attempt(change)
    difference = Money(invoice.total_minor, invoice.currency)
    today = Money(0, difference.currency) if attempt is None else attempt.amount
    before, after = catalog.package(change.package_before_id), catalog.package(change.package_after_id)
    return RaisePreview(before, after, today, after.value, difference - today)


def _paid_by_credit(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Credit pays all of it: the bigger package is in force at once, and nobody is asked for money."""
    apply_package_raise(contract, invoice, actor=actor, now=now)
    today = local_date(now, contract.customer.time_zone)
    used = {"used_minor": invoice.credit_used_minor}
    issue(contract, invoice, told="credit_used", due_date=today, actor=actor, now=now, more=used)
    invoicing.settle(invoice, actor=actor, now=now)


def _give_up_other(contract: Contract, *, actor: str, now: datetime) -> None:
    """Give up a raise that was declined: it is a difference to what was in force then. Raises PaymentUnderWay while it
    is being paid, whatever its cycle."""
    change = changes.waiting(contract.id)
    if change is None:
        return
    attempt = _newest_attempt(change)
    if attempt is not None and attempt.state in UNDECIDED:
        raise PaymentUnderWay()
    changes.end(change, ChangeState.GIVEN_UP, actor=actor, now=now)
    invoicing.discard(contract_id=contract.id, prefix=keys.change(change.id), now=now)


def _newest_attempt(change: Change) -> AttemptInfo | None:
    return payments.newest_attempt(invoices.of_change(change.id).id)


def _draft(contract: Contract, change: Change, preview: RaisePreview, *, now: datetime) -> Invoice:
    if contract.cycle is None:
        raise ContractNotRunning(contract.number)
    period, owed = Period(now, contract.cycle.end), preview.difference
    return draft(
        contract,
        reason=Reason.PACKAGE_RAISE,
        key=keys.change(change.id),
        lines=[NewLine(LineKind.PACKAGE_RAISE, preview.after.code, period, 1, to_micro(owed), owed)],
        now=now,
        change_id=change.id,
    )
