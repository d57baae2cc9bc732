"""Many renewals at once: what `renew` does for each of them, in a few statements for all.

What is ordinary is read together, decided by the same book of charges, and written together; whatever is not, its caller
renews by itself. A property test holds both ways together, as ADR 12 says it of sends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from abono.domain.contracts import changes, terms
from abono.domain.contracts.cycles import enter_cycles, save_cycles
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.contracts.types import YEAR
from abono.domain.coupons import queries as coupons
from abono.domain.customers import queries as customers
from abono.domain.customers.rules import invoice_series
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys, taxes
from abono.domain.invoicing.many import (
    ToIssue,
    billed_of_many,
    collect_each,
    follow_up_each,
    issue_many,
    with_interims,
)
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import Billed, Buyer, NewLine
from abono.domain.metering import queries as cycles
from abono.domain.metering.opening import open_cycles
from abono.domain.metering.types import Balance
from abono.domain.payments import queries as payments
from abono.domain.payments.pushed.late import late_payers
from abono.domain.payments.pushed.means import choosers
from abono.domain.payments.retries import Try, next_try
from abono.domain.restrictions import queries as restrictions
from abono.domain.settings import queries as settings
from abono.domain.settings.known import REVIEW_FOR
from abono.domain.settings.types import Whose
from abono.flows import locks
from abono.flows.billing.alike import Alike, Begun
from abono.flows.billing.bill import how_it_is_paid
from abono.flows.billing.credit import note_drawn_each
from abono.flows.billing.expired import tell_what_expired_of_many
from abono.flows.billing.invoices import facts, issue_told
from abono.flows.billing.proof import prove
from abono.flows.billing.renew import promised
from abono.flows.charges.cycles import cycle_of
from abono.flows.next_try import left_alone_until, terms_of
from abono.flows.tell import know_people, tell_each
from abono.platform.agenda import Entry
from abono.platform.postgres.rows import put_beside

_TWO_CYCLES = timedelta(days=45), timedelta(days=70)  # they have 59 to 62 days
_A_YEAR = timedelta(days=430), timedelta(days=430)
_FEW = 50  # invoices whose cards are asked at once; those of more from the next sweep on


@dataclass(frozen=True, slots=True)
class Known:
    """A contract that is due, with all that its renewal asks for."""

    contract: Contract
    opened: Sequence[Balance]  # newest first
    billed: Billed
    interim: bool  # whether an interim invoice of the cycles that are billed may be open
    first: Try | None  # of the card that is asked for it
    own_settings: bool


def renew_chunk(entries: Sequence[Entry], *, run_id: UUID, alike: Alike) -> list[Entry]:
    """Renew those of the contracts that are ordinary, in one transaction, as `renew` would. Returns what is left for that.

    entries   of kind RENEW, in the caller's hands; those that are done are moved to their next moment with all else
    alike     as of `renew_many`
    """
    done = renew_many({entry.subject for entry in entries}, run_id=run_id, alike=alike, now=alike.now)
    return [entry for entry in entries if entry.subject not in done]


def renew_many(
    contract_ids: Collection[UUID], *, run_id: UUID | None = None, alike: Alike | None = None, now: datetime
) -> set[UUID]:
    """Begin the next cycle of those of the contracts that are due, ordinary and in nobody's hands. Returns which.

    run_id   of the billing run that does it
    alike    what was reckoned of others at the same moment

    Raises proof.Unproven, and nothing is changed.
    """
    with locks.free_contracts(contract_ids) as found:
        due = _read([one for one in found if _is_due(one, now)], now=now)
        ordinary = [one for one in due if _is_ordinary(one, now)]
        if not ordinary:
            return set()
        alike = alike or Alike(now)
        begun = _begin(ordinary, now=now)
        save_cycles([one.contract for one in ordinary])
        opening = [cycle for one in begun for cycle in alike.to_open(one)]
        if opening:
            open_cycles(opening)
        asked = []
        for known, one in zip(ordinary, begun, strict=True):
            if lines := alike.lines(one):
                asked.append(_Asked(known, *_made_out(one, lines, alike, run_id=run_id)))
        if asked:
            _issue(asked, now=now)
            prove([one.to_issue.invoice.id for one in asked])
    return {one.contract.id for one in ordinary}


def _is_due(contract: Contract, now: datetime) -> bool:
    """Whether its next cycle begins, and it neither ends nor is restricted."""
    runs = State(contract.state) is State.ACTIVE and contract.ends_at is None
    return runs and contract.cycle_end is not None and contract.cycle_end <= now


def _read(due: Sequence[Contract], *, now: datetime) -> list[Known]:
    ids, whose = [one.id for one in due], [one.customer_id for one in due]
    first = min((one.cycle_end for one in due if one.cycle_end is not None), default=now)
    own_settings = settings.know(ids)
    coupons.know_each(due)
    restrictions.read(one for one in due if vars(one)["ever_restricted"])
    know_people(whose)
    interims = with_interims(ids)
    cards = payments.to_ask(whose)
    for other in choosers(whose) | late_payers(whose):  # who pays by slip or Pix, or did, goes one by one
        cards[other] = []
    declined = payments.declined([one for those in cards.values() for one in those], now=now)
    opened: dict[UUID, list[Balance]] = {}
    billed: dict[UUID, Billed] = {}
    for (of_cycles, of_lines), those in groupby(sorted(due, key=_back), key=_back):
        named = [one.id for one in those]
        opened |= cycles.cycles_of_many(named, since=first - of_cycles)
        billed |= billed_of_many(named, since=first - of_lines)
    return [
        Known(
            contract=one,
            opened=opened[one.id],
            billed=billed[one.id],
            interim=one.id in interims,
            first=next_try(
                [(card, declined[card.id]) for card in cards[one.customer_id]],
                terms_of(one, now=now),
                now=now,
                after=now,
            ),
            own_settings=one.id in own_settings,
        )
        for one in due
    ]


def _back(contract: Contract) -> tuple[timedelta, timedelta]:
    """How far before the end of its cycle a contract's cycles end, and what was billed begins, that are looked at: of it and the
    one before; further back what may be put right of a contract whose terms changed."""
    return _TWO_CYCLES if len(contract.timeline) == 1 else _A_YEAR


def _is_ordinary(known: Known, now: datetime) -> bool:
    """Whether nothing comes with its renewal but a cycle, the terms that were promised for it, and an invoice of which credit
    pays what it can and its card is asked for the rest."""
    contract = known.contract
    assert contract.cycle is not None
    assert contract.cycle_number is not None
    tried = contract.trial_until is not None and contract.cycle_number < 2
    years = len(contract.timeline) > 1 and any(one.interval == YEAR for one in contract.timeline)
    whose = Whose(contract.at(contract.cycle.end).plan.code, contract.id)
    return (
        known.first is not None
        and left_alone_until(contract.customer, now=now) is None
        and not (known.interim or tried or years)
        and not settings.value(REVIEW_FOR, whose=whose, at=now)
    )


def _begin(ordinary: Sequence[Known], *, now: datetime) -> list[Begun]:
    """Go on to the next cycle of each."""
    entering, expiring = [], []
    for known in ordinary:
        contract, opened = known.contract, known.opened
        assert contract.cycle is not None
        assert contract.cycle_number is not None
        number, ended = contract.cycle_number + 1, contract.cycle
        entering.append((contract, number, cycle_of(contract, number, opened)))
        expiring += [(contract, past) for past in opened if past.cycle == ended]
    enter_cycles(entering, actor="system", now=now)
    others = [contract for contract, _number, _cycle in entering if len(contract.timeline) > 1]
    terms.enter_each(others, actor="system", now=now)
    if begun := [one for one in others if promised(one)]:
        changes.begin_each(begun, actor="system", now=now)
    tell_what_expired_of_many(expiring, now=now)
    by_kind = taxes.ask_for_buyers()
    return [
        Begun.of(one.contract, one.opened, one.billed, own_settings=one.own_settings, by_kind=by_kind)
        for one in ordinary
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An invoice of one that was renewed; `followed_at`: when it is looked at if nobody pays it."""

    known: Known
    to_issue: ToIssue
    followed_at: datetime | None


def _made_out(
    begun: Begun, lines: Sequence[NewLine], alike: Alike, *, run_id: UUID | None
) -> tuple[ToIssue, datetime | None]:
    contract = begun.contract
    assert contract.cycle_number is not None
    customer = contract.customer
    invoice = invoicing.made_out(
        customer_id=customer.id,
        contract_id=contract.id,
        reason=Reason.RENEWAL,
        key=keys.renewal(contract.cycle_number),
        series=invoice_series(customer.id, sandbox=customer.sandbox),
        currency=contract.currency,
        buyer=Buyer(
            customer.legal_name, customer.tax_id, customer.country, customers.address_lines(customer)
        ),
        lines=lines,
        now=alike.now,
        run_id=run_id,
    )
    put_beside(invoice, customer=customer)
    due_date, followed_at = alike.asked(begun)
    return ToIssue(invoice, lines, due_date), followed_at


def _issue(asked: Sequence[_Asked], *, now: datetime) -> None:
    """Last in the transaction, as `bill` and `issue` do it for one."""
    said, owed = [], []
    for one in asked:
        contract, invoice = one.known.contract, one.to_issue.invoice
        invoice.credit_used_minor = min(vars(contract)["credit_minor"], invoice.owed_minor)
        if invoice.owed_minor:
            owed.append((invoice, one.followed_at))
        how = how_it_is_paid(contract, None, one.known.first)
        said.append({**facts(contract, invoice), "due_date": one.to_issue.due_date, **how})
    collect_each([invoice for invoice, _at in owed], at_once=len(asked) <= _FEW, now=now)
    follow_up_each([(invoice, at) for invoice, at in owed if at is not None], now=now)
    issue_many([one.to_issue for one in asked], actor="system", now=now)
    note_drawn_each([one.to_issue.invoice for one in asked], actor="system", now=now)
    told = [issue_told(one.to_issue.invoice, of_it) for one, of_it in zip(asked, said, strict=True)]
    tell_each("invoice_issued", told, now=now)
