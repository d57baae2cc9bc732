"""Accept a quoted change of plan or package: pay what it costs for the rest of the cycle, have at once what is a step up (CHG-1)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import changes
from abono.domain.contracts.errors import QuoteStale
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import CHANGE, HELD_CHANGE, ChangeState
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import FEES, FeePart, LineKind, Reason
from abono.domain.invoicing.types import NewLine
from abono.domain.payments import queries as payments
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import RequestState, State
from abono.domain.payments.types import AttemptInfo
from abono.flows import locks
from abono.flows.billing.credit import draw
from abono.flows.billing.invoices import draft, issue
from abono.flows.billing.renew import catch_up
from abono.flows.changes.hold import hold, lapse_if_over, next_word
from abono.flows.charges.paid_for import paid_for
from abono.flows.collecting.charge import Charged, as_charged, as_it_went, begin, finish, send
from abono.flows.paid.change import apply_change
from abono.flows.quotes.being_paid import asked_of, being_paid
from abono.flows.quotes.kept import VALID, good_until, keep, quote_of
from abono.flows.quotes.parts import Quote
from abono.flows.quotes.quote import quoted_again
from abono.flows.requests.ask import begin as begin_pix
from abono.flows.requests.ask import send as send_pix
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.kernel.moment import Moment
from abono.kernel.periods import Period, local_date
from abono.kernel.rating import to_micro
from abono.platform.idempotency import Ask


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted, and how its charge went; None where nothing was to be charged.

    waits_for   whose word is waited for before anything is charged or done (CHG-6)
    asked       the Pix that waits to be paid, or that its bank did not take
    """

    change_id: UUID
    charged: Charged | None
    waits_for: ChangeState | None = None
    asked: RequestInfo | None = None

    @property
    def paid(self) -> bool:
        """Whether nothing is to be paid of it any more; else somebody's word, or its money, is to come."""
        waits = self.waits_for is not None or self.asked is not None
        return not waits and (self.charged is None or self.charged.paid)


type Went = AttemptInfo | RequestInfo | ChangeState | None
"""How it goes on: a charge or a Pix that is to be sent, or whose word is waited for; None where it is done."""


def accept_change(
    *,
    change_id: UUID,
    customer_id: UUID,
    by: Means = Means.CARD,
    actor: str,
    moment: Moment,
    ask: Ask | None = None,
) -> Accepted:
    """Do what was quoted, and nothing else: let credit pay of the difference (INV-9), charge the rest to the card in use;
    what is a step up holds once it is paid, what is a step down with the next cycle (CHG-3). Where the setting says so it
    first waits for a link to be pressed, or for the seller (CHG-6).

    by    the card in use, or a Pix, which can be paid for half an hour; nothing is done before it is
    ask   the call with its key, where the door has one: what it led to before is its result (API-2)

    Accepting it again is answered as the first time. Declined: the old plan stays, untouched, the credit is back (CHG-7), and
    it can be accepted once more as long as it is as it was quoted. Unclear: it changes when the answer is known, and the credit waits with it.
    Raises NoSuchChange, QuoteStale with a new quote where anything is not as it was seen, and as `quoted`, and NoCard, MeansNotOffered,
    CardDeclined, NeverReceived, PaymentUnderWay.
    """
    change, waits = changes.and_waiting(change_id, customer_id=customer_id)
    went = None if ask is None else as_it_went(ask, actor=actor, moment=moment)
    if went is not None:
        return Accepted(change.id, went.unless_refused())
    if ask is not None and "request" in ask.led_to:
        return _by_pix(change.id, requests.get(UUID(ask.led_to["request"])))
    left = _left(change, waits, actor=actor, moment=moment)
    if left is not None:
        return left
    with ExitStack() as running:
        with locks.contract(change.contract_id, customer_id=customer_id) as contract:
            catch_up(contract, now=moment.now)
            change = changes.of_held(contract, change_id)
            lapse_if_over(contract, now=moment.now)
            if not may_be_accepted(change.id, ChangeState(change.state)):
                return as_before(change)
            quote = quoted_again(contract, change, now=moment.now)
            stale = moment.now >= change.valid_until or quote != quote_of(change)
            if stale:
                anew = keep(contract, quote, actor=actor, now=moment.now)
            else:
                goes_on = go_on(contract, change, quote, running=running, by=by, actor=actor, moment=moment)
                if ask is not None and isinstance(goes_on, AttemptInfo):
                    ask.note(attempt=str(goes_on.id))
                if ask is not None and isinstance(goes_on, RequestInfo):
                    ask.note(request=str(goes_on.id))
        if stale:
            raise stale_with(change, anew, quote)
        return as_it_goes_on(change, goes_on, actor=actor, moment=moment)


def go_on(
    contract: Contract,
    change: Change,
    quote: Quote,
    *,
    running: ExitStack,
    off_session: bool = False,
    by: Means = Means.CARD,
    actor: str,
    moment: Moment,
) -> Went:
    """Let a change that is as it was quoted wait for the word that it still needs, or begin with it. The caller holds the
    contract."""
    word = next_word(contract, change, quote, now=moment.now)
    if word is not None:
        hold(contract, change, quote, word, actor=actor, now=moment.now)
        return word
    return _begin(
        contract, change, quote, running=running, off_session=off_session, by=by, actor=actor, moment=moment
    )


def as_it_goes_on(change: Change, went: Went, *, actor: str, moment: Moment) -> Accepted:
    """Send the charge or the Pix, if there is one. Raises CardDeclined, NeverReceived."""
    if isinstance(went, RequestInfo):
        return _by_pix(change.id, send_pix(went, moment=moment))
    if isinstance(went, AttemptInfo):
        return Accepted(
            change.id, send(went, change.contract_id, actor=actor, moment=moment).unless_refused()
        )
    return Accepted(change.id, None, went)


def _begin(
    contract: Contract,
    change: Change,
    quote: Quote,
    *,
    running: ExitStack,
    off_session: bool,
    by: Means,
    actor: str,
    moment: Moment,
) -> AttemptInfo | RequestInfo | None:
    """What is to be charged is asked for once this is committed; where nothing is, the change is done here."""
    asked_before = ChangeState(change.state) is ChangeState.WAITING  # and declined
    if not asked_before:
        _give_up_other(contract, actor=actor, now=moment.now)
        if ChangeState(change.state) in HELD_CHANGE:  # it was quoted again just now
            change.valid_until = good_until(contract, now=moment.now)
        changes.accept(change, actor=actor, now=moment.now)
    if quote.difference.minor <= 0 or quote.deferred:
        apply_change(contract, change, actor=actor, now=moment.now)
        return None
    invoice = _drafted(change) if asked_before else _draft(contract, change, quote, now=moment.now)
    draw(invoice, actor=actor, now=moment.now)
    if invoice.owed_minor and by is Means.PIX:
        return begin_pix(contract, invoice, by, stays=VALID, actor=actor, moment=moment)
    if invoice.owed_minor:
        return begin(invoice, running=running, method_id=None, off_session=off_session, moment=moment)
    _paid_by_credit(contract, change, invoice, actor=actor, now=moment.now)
    return None


def _by_pix(change_id: UUID, asked: RequestInfo) -> Accepted:
    """How it stands; nothing of it waits once it was paid."""
    return Accepted(change_id, None, asked=None if asked.state is RequestState.PAID else asked)


def _drafted(change: Change) -> Invoice:
    """What it was to be paid with before, held until the transaction ends."""
    before = invoices.of_change(change.id)
    assert before is not None
    with locks.invoice(before.id) as (_contract, invoice):
        return invoice


def _left(change: Change, waits: Change | None, *, actor: str, moment: Moment) -> Accepted | None:
    """A change that waits without an answer, whose process may have been killed, gets it now. The result, if it is this
    one that is accepted again."""
    attempt = None if waits is None else _newest_attempt(waits.id)
    if waits is None or attempt is None or attempt.state is not State.CREATED:
        return None
    same = waits.id == change.id
    charged = finish(attempt.id, again=same, actor=actor, moment=moment)
    return Accepted(change.id, charged.unless_refused()) if same else None


def may_be_accepted(change_id: UUID, state: ChangeState) -> bool:
    """Whether it was not accepted yet, or was and its payment came to nothing."""
    return state is ChangeState.QUOTED or (state is ChangeState.WAITING and not being_paid(change_id))


def as_before(change: Change) -> Accepted:
    """What became of a change that was accepted before. Raises MoveNotAllowed for one that is over."""
    state = ChangeState(change.state)
    if state in HELD_CHANGE:
        return Accepted(change.id, None, state)
    if state not in (ChangeState.WAITING, ChangeState.SCHEDULED, ChangeState.APPLIED):
        CHANGE.require(state, ChangeState.WAITING)
    asked = asked_of(change.id) if state is ChangeState.WAITING else None
    if asked is not None:
        return _by_pix(change.id, asked)
    attempt = _newest_attempt(change.id)
    return Accepted(change.id, None if attempt is None else as_charged(attempt.id).unless_refused())


def stale_with(change: Change, anew: Change, quote: Quote) -> QuoteStale:
    was = quote_of(change).today
    return QuoteStale(
        public("chg", anew.id), quote.today.minor, (quote.today - was).minor, quote.today.currency
    )


def _paid_by_credit(
    contract: Contract, change: Change, invoice: Invoice, *, actor: str, now: datetime
) -> None:
    """Credit pays all of it: it holds at once, and nobody is asked for money."""
    apply_change(contract, change, invoice=invoice, actor=actor, now=now)
    today = local_date(now, contract.customer.time_zone)
    used = {"used_minor": invoice.credit_used_minor}
    issue(contract, invoice, told="credit_used", due_date=today, actor=actor, now=now, more=used, paid=True)


def _give_up_other(contract: Contract, *, actor: str, now: datetime) -> None:
    """A change that was declined gives way: it is a difference to what was in force then."""
    change = changes.waiting(contract.id)
    if change is not None:
        changes.move(change, ChangeState.GIVEN_UP, actor=actor, now=now)
        invoicing.discard(contract_id=contract.id, prefix=keys.change(change.id), now=now)


def _newest_attempt(change_id: UUID) -> AttemptInfo | None:
    invoice = invoices.of_change(change_id)
    return None if invoice is None else payments.newest_attempt(invoice.id)


def _draft(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> Invoice:
    assert contract.cycle is not None
    pays = paid_for(contract, contract.cycle)
    rest, of_plan = Period(now, pays.cycle.end), Period(now, pays.plan.period.end)
    return draft(
        contract,
        reason=Reason.CHANGE,
        key=keys.change(change.id),
        lines=[
            NewLine(
                line.kind,
                line.name,
                of_plan if FEES.get(line.kind) in (FeePart.PLAN, FeePart.PLAN_DISCOUNT) else rest,
                1,
                to_micro(line.amount),
                line.amount,
                line.calculation,
            )
            for line in quote.lines
            if line.kind is not LineKind.TAX  # they come with the invoice, the same
        ],
        now=now,
        change_id=change.id,
    )
